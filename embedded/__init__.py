"""Starts Postgres, Temporal and the product's own processes on one machine."""
