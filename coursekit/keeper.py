"""End the processes of somebody who is gone. Started by `coursekit.processes`, as a program.

It reads lines from a pipe: `+<group> <signal>` when a process group begins, `-<group>` when it has
ended. The pipe closes when the one who writes to it is gone, were it by `kill -9`. The groups that
are left then get their signal, and `SIGKILL` if that was not enough.
"""

from __future__ import annotations

import os
import signal
import sys
import time

PATIENCE = 5.0


def main() -> None:
    """Read to the end, then clean up."""
    groups: dict[int, int] = {}
    for line in sys.stdin:
        if line.startswith("+"):
            group, stop = line[1:].split()
            groups[int(group)] = int(stop)
        else:
            groups.pop(int(line[1:]), None)
    for group, stop in groups.items():
        send(group, stop)
    deadline = time.monotonic() + PATIENCE
    while any(send(group, 0) for group in groups) and time.monotonic() < deadline:
        time.sleep(0.05)
    for group in groups:
        send(group, signal.SIGKILL)


def send(group: int, number: int) -> bool:
    """Send a signal to a group (0 only asks); return whether there is such a group."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    main()
