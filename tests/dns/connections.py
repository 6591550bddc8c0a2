"""connections.py SERVER MOST: what a server does with connections, of which it takes MOST at once."""
import socket
import struct
import sys
import time

server, most = sys.argv[1], int(sys.argv[2])
failures = 0


def check(what, good):
    global failures
    failures += not good
    print("ok -" if good else "not ok -", what, flush=True)


def connect():
    c = socket.create_connection((server, 53))
    c.settimeout(30)
    return c


def query(number, text):
    name = b"".join(bytes([len(x)]) + x.encode() for x in text.split(".")) + b"\0"
    packet = struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + name + b"\0\1\0\1"
    return struct.pack("!H", len(packet)) + packet


def exactly(c, n):
    data = b""
    while len(data) < n:
        more = c.recv(n - len(data))
        if not more:
            return None
        data += more
    return data


def answer(c):
    head = exactly(c, 2)
    packet = exactly(c, struct.unpack("!H", head)[0]) if head else None
    return struct.unpack("!H", packet[:2])[0] if packet else None


def closed_after(c, limit):
    """Seconds until the server closes; None: it does not."""
    c.settimeout(limit)
    begin = time.monotonic()
    try:
        while c.recv(4096):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        return None
    return time.monotonic() - begin


c = connect()
c.sendall(b"".join(query(n, f"n{n}.example") for n in range(1, 301)))
check("300 queries at once", sorted(answer(c) for _ in range(300)) == list(range(1, 301)))
c.sendall(query(1, "late.example") + query(2, "slow.example") + query(3, "n1.example"))
check("who is ready first is answered first", [answer(c) for _ in range(3)] == [3, 2, 1])
c.sendall(query(7, "gone.example") + query(8, "n2.example"))
check("one that is dropped stops no other", answer(c) == 8)
for octet in query(9, "n3.example"):
    c.sendall(bytes([octet]))
check("octet by octet", answer(c) == 9)
c.sendall(b"".join(query(n, "slow.example") for n in range(100, 103)) + query(103, "n4.example"))
c.shutdown(socket.SHUT_WR)
check("answers after the client's last word", sorted(answer(c) for _ in range(4)) == [100, 101, 102, 103])
check("and then the end", closed_after(c, 30) is not None)

idle = {"nothing": b"\0", "half a query": query(1, "a.example")[:9]}
idle = {what: (connect(), data) for what, data in idle.items()}
for c, data in idle.values():
    c.sendall(data)
begin = time.monotonic()
for what, (c, _) in idle.items():
    took = closed_after(c, 30)
    check(f"a connection with {what} is closed", took is not None and time.monotonic() - begin > 2)
c = connect()
c.sendall(query(1, "a.example")[:-5])
begin, sent = time.monotonic(), True
while sent and time.monotonic() < begin + 30:  # a trickle of a query that never ends
    time.sleep(0.4)
    try:
        c.sendall(b"\0" if time.monotonic() < begin + 2 else b"")
        c.setblocking(False)
        sent = c.recv(1) != b""
    except BlockingIOError:
        pass
    except OSError:
        sent = False
check("a slow one, too", not sent)

for what, data in (("a length of 0", b"\0\0"), ("a length of 65535", b"\xff\xff" + bytes(100))):
    c = connect()
    c.sendall(data)
    took = closed_after(c, 30)
    check(f"{what} ends it at once", took is not None and took < 3.5)

many = [connect() for _ in range(most + 20)]
for c in many:
    c.sendall(query(1, "n1.example"))
    c.settimeout(30)
served = 0
for c in many:
    try:
        served += answer(c) == 1
    except OSError:
        pass
check(f"the newest {most} of many are served ({served})", served >= most)
c = many[-1]
c.sendall(query(2, "n2.example"))
check("the last one goes on", answer(c) == 2)
for c in many:
    c.close()

c = connect()
c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
c.settimeout(0.5)
try:
    for n in range(100000):
        c.sendall(query(n & 0xFFFF, "many200.example"))
    stopped = False
except OSError:
    stopped = True
check("who takes no answers is not read from", stopped)
c2 = connect()
c2.sendall(query(5, "n5.example"))
check("others are served meanwhile", answer(c2) == 5)
sys.exit(failures)
