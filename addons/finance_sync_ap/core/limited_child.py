"""Run in a process of its own: become another program, within limits.

The system enforces them, whatever the program does with the file that strangers sent.
Imports nothing of ours.

Usage: memory in bytes, seconds of CPU, largest file in bytes, then the program's path
and its arguments.
"""

import os
import resource
import sys


def limit(memory, seconds, size):
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, size),
        (resource.RLIMIT_CORE, 0),
    ):
        _soft, hard = resource.getrlimit(what)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (allowed, allowed))


if __name__ == "__main__":
    limit(*map(int, sys.argv[1:4]))
    os.execv(sys.argv[4], sys.argv[4:])  # noqa: S606 - a program of ours, no shell
