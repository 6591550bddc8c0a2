"""with_pid.py PID COMMAND...: runs the command as the process PID, which is nobody's, until it ends or
this one does. Needs root."""
import ctypes
import os
import signal
import sys

SYS_CLONE3, PR_SET_PDEATHSIG = 435, 1


class CloneArgs(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in (
        "flags", "pidfd", "child_tid", "parent_tid", "exit_signal", "stack", "stack_size", "tls",
        "set_tid", "set_tid_size", "cgroup")]


libc = ctypes.CDLL(None, use_errno=True)
wanted = ctypes.c_int(int(sys.argv[1]))
args = CloneArgs(exit_signal=signal.SIGCHLD, set_tid=ctypes.addressof(wanted), set_tid_size=1)
pid = libc.syscall(SYS_CLONE3, ctypes.byref(args), ctypes.sizeof(args))
if pid < 0:
    sys.exit(f"pid {wanted.value}: {os.strerror(ctypes.get_errno())}")
if pid == 0:
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.execvp(sys.argv[2], sys.argv[2:])
signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGKILL))
os.waitpid(pid, 0)
