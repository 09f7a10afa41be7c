"""Decisions of human reviewers as cases, and how well analysts meet them."""
