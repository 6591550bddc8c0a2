"""The agent library from Python: attaches to a JVM of this machine as HotSpot wants it, sends
commands of src/jvm/protocol.h and reads the answers in the page. For tests of the library alone."""
import contextlib
import fcntl
import glob
import itertools
import os
import re
import signal
import socket
import struct
import time

NEAR = 2000, 10000, 40000  # deadlines in ms: a longer one when it came before it could be looked at
RETRANSFORMS, GO = 632, 640  # where these stand in the page
RULES, RULE, REPLIES, REPLY = 4096, 128, 512, 8192
ids = itertools.count(1)


def escape(text):
    return "".join(f"%{b:02X}" if b < 32 or b in (37, 127) else chr(b) for b in text.encode("utf-8")).encode("latin-1")


def unescape(value):
    return re.sub(rb"%([0-9A-F]{2})", lambda m: bytes([int(m[1], 16)]), value).decode("utf-8", "replace")


class Jvm:
    def __init__(self, pid, library):
        self.pid, self.library = pid, library

    def _connect(self):
        path = f"/tmp/.java_pid{self.pid}"
        if not os.path.exists(path):
            trigger = f"/proc/{self.pid}/cwd/.attach_pid{self.pid}"
            with open(trigger, "w"):
                os.kill(self.pid, signal.SIGQUIT)
            for _ in range(6000):
                if os.path.exists(path):
                    break
                time.sleep(0.01)
            os.unlink(trigger)
        s = socket.socket(socket.AF_UNIX)
        s.connect(path)
        return s

    def load(self, options):
        s = self._connect()
        s.sendall(b"1\0load\0" + self.library.encode() + b"\0true\0" + options + b"\0")
        reply = b""
        while chunk := s.recv(4096):
            reply += chunk
        s.close()
        return reply.decode()

    def _page_path(self):
        for fd in glob.glob(f"/proc/{self.pid}/fd/*"):
            try:
                if os.readlink(fd).startswith("/memfd:gale-jvm"):
                    return fd
            except OSError:
                pass
        return None

    def page(self):
        path = self._page_path()
        if path is None:
            return None
        with open(path, "rb") as f:
            return f.read()

    def retransforms(self):
        return struct.unpack_from("<Q", self.page(), RETRANSFORMS)[0]

    @contextlib.contextmanager
    def holding(self):
        """The page locked; yields what says the word to go on."""
        with open(self._page_path(), "r+b", buffering=0) as f:
            fcntl.flock(f, fcntl.LOCK_EX)
            yield lambda number: os.pwrite(f.fileno(), struct.pack("<Q", number % (1 << 64)), GO)

    @staticmethod
    def number():
        return next(ids) + (os.getpid() << 20)

    def command(self, cmd, *lines, number=None, **keys):
        """lines: (key, value) pairs in order, behind the keys. The answer: {key: [values]}."""
        number = number or self.number()
        text = f"cmd={cmd}\nid={number}\n".encode()
        for key, value in list(keys.items()) + list(lines):
            text += key.replace("_", "-").encode() + b"=" + escape(str(value)) + b"\n"
        file = None
        if len(text) > 1000:
            file = f"/tmp/gale-test-{number}"
            with open(file, "wb") as f:
                f.write(text)
            text = b"@" + file.encode()
        loaded = self.load(text)
        if file:
            os.unlink(file)
        page = self.page()
        if page is None:
            raise RuntimeError(f"no page: {loaded!r}")
        for i in range(8):
            at = RULES + REPLIES * RULE + i * REPLY
            reply_id, length = struct.unpack_from("<QI", page, at)
            if reply_id != number:
                continue
            answer = {}
            for line in page[at + 12 : at + 12 + length].splitlines():
                key, _, value = line.partition(b"=")
                answer.setdefault(key.decode(), []).append(unescape(value))
            return answer
        raise RuntimeError(f"no answer: {loaded!r}")

    def rule(self, uid):
        """The counters of a rule in the page, or None."""
        page = self.page()
        for i in range(512):
            name, state, methods, calls, hits, failed, _ = struct.unpack_from("<64sIIQQQQ", page, RULES + i * RULE)
            if state and name.rstrip(b"\0").decode() == uid:
                return {"state": state, "methods": methods, "calls": calls, "hits": hits, "failed": failed}
        return None
