"""A process that ends when the one that started it ends, however that happens."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from types import FrameType

_PR_SET_PDEATHSIG = 1
_LOOK_EVERY_S = 0.5


def end_with_parent(parent: int, *, by: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send this process a signal when its parent ends; a thread looks elsewhere.

    parent: the process id that started us. It may be gone already: then we end at once. What the
    kernel was told survives an exec and is not inherited by our own children.
    Source: prctl(2), PR_SET_PDEATHSIG; the parent is the thread that forked us.
    """
    if not ask_kernel(by):
        threading.Thread(target=_watch, args=(parent, by), daemon=True).start()
    if os.getppid() != parent:
        os.kill(os.getpid(), by)


def ask_kernel(by: signal.Signals) -> bool:
    """Set the parent-death signal; False where the system has none."""
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(_PR_SET_PDEATHSIG, int(by), 0, 0, 0) == 0)


def run_tied(command: list[str], *, parent: int) -> int:
    """Become the command, ending with parent; never returns where the kernel can tie us to it.

    Without a parent-death signal (macOS) an exec would lose the watching thread, so this process
    stays, watches its parent, passes signals on and returns the command's exit code.
    """
    if ask_kernel(signal.SIGKILL):
        if os.getppid() != parent:
            return 1
        os.execvp(command[0], command)  # noqa: S606 - our own commands, no shell wanted
    return _guard(command, parent)


def _guard(command: list[str], parent: int) -> int:
    child = subprocess.Popen(command)  # noqa: S603 - our own commands

    def pass_on(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, pass_on)
    while True:
        try:
            return child.wait(timeout=_LOOK_EVERY_S)
        except subprocess.TimeoutExpired:
            if os.getppid() != parent:
                child.kill()


def _watch(parent: int, by: signal.Signals) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY_S)
    os.kill(os.getpid(), by)
