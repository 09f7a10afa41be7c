"""Starts Postgres, Temporal and the product's own processes on one machine.

- `embedded.postgres.EmbeddedPostgres`, `embedded.temporal.EmbeddedTemporal`: one server, for tests
- `embedded.stack.EmbeddedStack`: the whole stack or some parts of it, for tests and benchmarks
- `embedded.up.run_stack`: the same in the foreground until Ctrl-C, for commands
"""
