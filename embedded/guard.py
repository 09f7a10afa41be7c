"""Runs one command so that it cannot outlive its supervisor; a script of the standard library only.

    python -I -S guard.py MODE PARENT SIGNAL USER COMMAND...

On Linux (MODE `exec`) the kernel sends SIGNAL when the supervisor dies, and the guard becomes the
command, so the supervisor owns the command's own pid. Elsewhere (MODE `watch`) the guard stays,
watches its parent pid and passes signals on. USER is a system user to become, or `-`.
"""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
from types import FrameType

PR_SET_PDEATHSIG = 1
WATCH_SECONDS = 0.5
ORPHAN_GRACE_SECONDS = 15.0
FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)


def become(user: str) -> None:
    """Gives up root for `user`, groups included."""
    entry = pwd.getpwnam(user)
    os.initgroups(user, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    os.environ["USER"] = os.environ["LOGNAME"] = user
    os.environ["HOME"] = "/"


def run_as(parent: int, stop: int, user: str, command: list[str]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if user != "-":
        become(user)
    # After the change of user: the kernel forgets the request when credentials change.
    if libc.prctl(PR_SET_PDEATHSIG, stop, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 - no shell is meant


def watch(parent: int, stop: int, user: str, command: list[str]) -> int:
    if user != "-":
        become(user)
    child = subprocess.Popen(command)  # noqa: S603 - what the supervisor says

    def forward(number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(number)

    for number in FORWARDED:
        signal.signal(number, forward)
    while True:
        try:
            code = child.wait(WATCH_SECONDS)
        except subprocess.TimeoutExpired:
            if os.getppid() == parent:
                continue
            return end(child, stop)
        return code if code >= 0 else 128 - code


def end(child: "subprocess.Popen[bytes]", stop: int) -> int:
    child.send_signal(stop)
    try:
        return child.wait(ORPHAN_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


def main(argv: list[str]) -> int:
    # What children write under `.learning-loop` is for its owner only.
    os.umask(0o077)
    mode, parent, stop, user = argv[0], int(argv[1]), int(argv[2]), argv[3]
    if mode == "exec":
        run_as(parent, stop, user, argv[4:])
    return watch(parent, stop, user, argv[4:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
