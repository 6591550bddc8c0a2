"""Two network namespaces joined by a veth pair, with a service in one and its client in the other."""

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
        tcp = socket.create_server(("10.78.0.2", 7000), backlog=64)
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("10.78.0.2", 7000))
        pipe.send(b".")
        while True:
            for ready in select.select([tcp, udp], [], [])[0]:
                if ready is tcp:
                    tcp.accept()[0].close()
                else:
                    udp.sendto(*udp.recvfrom(64))

    @classmethod
    def ask(cls, pipe):
        while question := pipe.recv(16):
            if question == b"?":
                pipe.send(b"y" if cls.connects() else b"n")
            else:
                pipe.send(struct.pack("d", cls.first_late(float(question), pipe)))

    @staticmethod
    def connects():
        with socket.socket() as client:
            client.settimeout(0.02)
            return client.connect_ex(("10.78.0.2", 7000)) == 0

    @staticmethod
    def first_late(seconds, pipe):
        """When the first probe was sent whose echo took as long; until the asker has enough."""
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.connect(("10.78.0.2", 7000))
        udp.setblocking(False)
        first = 0.0
        while not first:
            udp.send(struct.pack("d", time.monotonic()))
            end = time.monotonic() + PROBE_S
            while (left := end - time.monotonic()) > 0:
                if not select.select([udp], [], [], left)[0]:
                    break
                sent = struct.unpack("d", udp.recv(64))[0]
                if time.monotonic() - sent >= seconds:
                    first = sent
                    break
            if select.select([pipe], [], [], 0)[0]:
                pipe.recv(1)
                break
        udp.close()
        return first

    def free(self):
        """A connection takes less than 20 ms, as it does without a fault."""
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
