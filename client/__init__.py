"""A typed client of the HTTP contract, for the command line and the demo. No rules, no SQL."""
