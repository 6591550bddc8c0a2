"""Two network namespaces joined by a veth pair, with a service in one and its client in the other."""

import contextlib
import ctypes
import os
import select
import signal
import socket
import struct
import subprocess
import time

CLONE_NEWNET = 0x40000000
PROBE_S = 0.0005  # between two probes of `felt`
PROMPT_S = 0.005  # for which `free` waits
FREE_S = 0.1  # a machine under load takes its time; faults that are tried with it take longer


def enter(namespace):
    with open(f"/run/netns/{namespace}", "rb") as f:
        if ctypes.CDLL(None, use_errno=True).setns(f.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")


class Link:
    """Two network namespaces, a server in one, and a client in the other that asks it on demand."""

    def __init__(self):
        self.names = [f"gale-link-{os.getpid()}-{side}" for side in "ab"]
        a, b = self.names
        for name in self.names:
            self.ip("netns", "add", name)
        self.ip("-n", a, "link", "add", "gale0", "type", "veth", "peer", "name", "gale0", "netns", b)
        for name, host in ((a, 1), (b, 2)):
            self.ip("-n", name, "addr", "add", f"10.78.0.{host}/24", "dev", "gale0")
            self.ip("-n", name, "link", "set", "gale0", "up")
        self.children = [self.fork(b, self.serve), self.fork(a, self.ask)]
        self.children[0][1].recv(1)
        self.pipe = self.children[1][1]

    @staticmethod
    def ip(*words):
        subprocess.run(["ip", *words], check=True)

    @staticmethod
    def fork(namespace, body):
        mine, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            mine.close()
            enter(namespace)
            body(theirs)
            os._exit(0)
        theirs.close()
        return pid, mine

    @staticmethod
    def serve(pipe):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("10.78.0.2", 7000))
        pipe.send(b".")
        while True:
            udp.sendto(*udp.recvfrom(64))

    @classmethod
    def ask(cls, pipe):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.connect(("10.78.0.2", 7000))
        udp.setblocking(False)
        while question := pipe.recv(16):
            if question == b"?":
                pipe.send(b"y" if cls.prompt(udp) else b"n")
            else:
                pipe.send(struct.pack("d", cls.first_late(udp, float(question), pipe)))

    @staticmethod
    def echo(udp, seconds):
        """The next echo: (sent, how long it took), or None."""
        if not select.select([udp], [], [], seconds)[0]:
            return None
        sent = struct.unpack("d", udp.recv(64))[0]
        return sent, time.monotonic() - sent

    @classmethod
    def prompt(cls, udp):
        """One probe; its echo, or that of one before, took less than FREE_S."""
        with contextlib.suppress(OSError):
            udp.send(struct.pack("d", time.monotonic()))
        while heard := cls.echo(udp, PROMPT_S):
            if heard[1] < FREE_S:
                return True
        return False

    @classmethod
    def first_late(cls, udp, seconds, pipe):
        """When the first probe was sent whose echo took as long; 0 when the asker has enough."""
        begin = time.monotonic()
        while not select.select([pipe], [], [], 0)[0]:
            udp.send(struct.pack("d", time.monotonic()))
            while heard := cls.echo(udp, PROBE_S):
                if heard[0] >= begin and heard[1] >= seconds:
                    return heard[0]
        pipe.recv(1)
        return 0.0

    def free(self):
        """A packet and its echo take less than FREE_S, as they do without a fault."""
        self.pipe.send(b"?")
        return self.pipe.recv(1) == b"y"

    def watch(self, seconds):
        """Begins to look for the first echo that takes so many seconds."""
        self.pipe.send(str(seconds).encode())

    def felt(self, timeout):
        """When (time.monotonic) the first of them was sent; 0: there was none."""
        if not select.select([self.pipe], [], [], timeout)[0]:
            self.pipe.send(b".")
        return struct.unpack("d", self.pipe.recv(8))[0]

    def close(self):
        for pid, pipe in self.children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            pipe.close()
        for name in self.names:
            self.ip("netns", "delete", name)
