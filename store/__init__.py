"""All SQL: migrations, named queries, and the functions that run them."""
