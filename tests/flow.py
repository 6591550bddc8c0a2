"""flow.py HOST PORT COUNT: sends COUNT numbered datagrams to an echo server, one a millisecond;
prints "seen again late": how many came back, how many of them once more, how many behind a later one.
"""
import socket
import struct
import sys
import time

host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
sock.connect((host, port))
sock.setblocking(False)
seen, again, late, highest = set(), 0, 0, -1


def receive(until):
    global again, late, highest
    while True:
        try:
            (number,) = struct.unpack("!I", sock.recv(100)[:4])
        except BlockingIOError:
            if time.monotonic() >= until:
                return
            time.sleep(0.0002)
            continue
        if number in seen:
            again += 1
        elif number < highest:
            late += 1
        seen.add(number)
        highest = max(highest, number)


for number in range(count):
    sock.send(struct.pack("!I", number) + bytes(60))
    receive(time.monotonic() + 0.001)
receive(time.monotonic() + 1)
print(len(seen), again, late)
