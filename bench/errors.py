"""What can go wrong in a run."""


class BenchError(RuntimeError):
    """The run cannot go on, or its figures would mean nothing; the message says why."""
