"""Order, waiting and deadlines; deterministic; one workflow a file."""
