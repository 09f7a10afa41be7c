"""The demo: an invented company, its interventions, and what shows them. Nothing depends on it."""
