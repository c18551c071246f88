"""Starts one program that must not outlive the process that asked for it. Run as a file, by its path.

``keeper.py PARENT_PID exec PROGRAM …`` becomes the program, which the kernel kills when the parent dies (Linux).
``keeper.py PARENT_PID watch PROGRAM …`` stays beside it and kills it when its own stdin, the parent's pipe, ends.

A launcher, because ``preexec_fn`` is unsafe in a process with threads; ``watch`` also where the asking *thread* may end
before the process does: Linux takes the thread for the parent.
"""

import os
import signal
import subprocess
import sys
import threading

PR_SET_PDEATHSIG = 1


def become(parent: int, command: list[str]) -> None:
    """Replace this process by the command, killed with its parent."""
    import ctypes

    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        sys.exit("keeper: prctl failed")
    if os.getppid() != parent:  # it died before we asked to be told
        sys.exit("keeper: the parent is gone")
    os.execv(command[0], command)


def watch(command: list[str]) -> int:
    """Run the command until it ends or stdin does; its exit code."""
    # A handler and not SIG_IGN, which the command would inherit: it gets the same signal, as one of our group.
    signal.signal(signal.SIGTERM, lambda *_: None)
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, close_fds=False)

    def kill_with_parent() -> None:
        while os.read(0, 1024):
            pass
        child.kill()

    threading.Thread(target=kill_with_parent, daemon=True).start()
    return child.wait()


if __name__ == "__main__":
    how, program = sys.argv[2], sys.argv[3:]
    if how == "exec":
        become(int(sys.argv[1]), program)
    sys.exit(watch(program))
