"""What can go wrong when the parts of the stack are started; messages say what a person can do."""


class EmbeddedError(Exception):
    """A part of the stack could not be started."""


class AlreadyRunningError(EmbeddedError):
    """Another process runs a stack in the same folder."""


class StartError(EmbeddedError):
    """A part died or stayed silent on start; the message ends with the last lines of its log."""
