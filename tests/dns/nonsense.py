"""nonsense.py SERVER...: random packets and queries that were spoilt at random, over UDP and TCP. Fails
when a packet that is no query is answered, or an answer is none."""
import random
import socket
import sys

r = random.Random(20260211)
GOOD = (b"\x12\x34\1\0\0\1\0\0\0\0\0\1" b"\3www\7example\3com\0\0\1\0\1" b"\0\0\x29\4\xd0\0\0\x80\0\0\0")


def packet():
    kind = r.random()
    if kind < 0.4:
        return r.randbytes(r.randrange(0, 600))
    if kind < 0.5:  # a header that looks well, and nonsense behind it
        return GOOD[:12] + r.randbytes(r.randrange(0, 300))
    data = bytearray(GOOD)
    for _ in range(r.randrange(1, 6)):
        data[r.randrange(len(data))] = r.randrange(256)
    return bytes(data[: r.randrange(len(data) + 1)] if kind < 0.7 else data)


for server in sys.argv[1:]:
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    udp = socket.socket(family, socket.SOCK_DGRAM)
    udp.connect((server, 53))
    udp.setblocking(False)
    for _ in range(10000):
        sent = packet()
        udp.send(sent)
        try:
            while True:
                reply = udp.recv(65535)
                if len(reply) < 12 or not reply[2] & 0x80:
                    sys.exit(f"no answer: {reply!r}")
        except BlockingIOError:
            pass
    for _ in range(200):
        with socket.create_connection((server, 53)) as tcp:
            for _ in range(r.randrange(1, 5)):
                sent = packet()
                length = len(sent) if r.random() < 0.7 else r.randrange(65536)
                try:
                    tcp.sendall(length.to_bytes(2, "big") + sent)
                except OSError:
                    break
