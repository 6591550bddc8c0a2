"""ending.py SERVER PID: a server that is asked to end answers what was asked before. Prints what is wrong.

Needs a rule that delays late.example by 4 s, and an upstream whose slow.example takes 0.3 s.
"""
import os
import signal
import socket
import struct
import sys
import time

server, pid = sys.argv[1], int(sys.argv[2])
wrong = []


def query(number, text):
    name = b"".join(bytes([len(x)]) + x.encode() for x in text.split(".")) + b"\0"
    return struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + name + b"\0\1\0\1"


def udp():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(20)
    s.connect((server, 53))
    return s


def refused():
    s = udp()
    s.settimeout(0.2)
    try:
        s.send(query(1, "new.example"))
        s.recv(512)
    except ConnectionRefusedError:
        return True
    except TimeoutError:
        pass
    return False


many, late = udp(), udp()
tcp, idle = (socket.create_connection((server, 53), 20) for _ in range(2))
idle.sendall(struct.pack("!H", len(query(1, "a.example"))) + query(1, "a.example"))
idle.recv(512)
late.send(query(1, "late.example"))
for n in range(200):
    many.send(query(n, f"n{n}.slow.example" if n % 2 else "slow.example"))
tcp.sendall(b"".join(struct.pack("!H", len(q)) + q for q in (query(7, "late.example"), query(8, "slow.example"))))
os.kill(pid, signal.SIGTERM)
begin = time.monotonic()
while not refused() and time.monotonic() < begin + 3.5:
    time.sleep(0.01)
if time.monotonic() >= begin + 3.5:
    wrong.append("who asks now is not refused")
try:
    if len({many.recv(512)[:2] for _ in range(200)}) != 200:
        wrong.append("UDP: an answer comes twice")
except OSError as error:
    wrong.append(f"UDP: {error}")
try:
    late.recv(512)
except OSError as error:
    wrong.append(f"a delayed answer: {error}")
stream = tcp.makefile("rb")
numbers = []
while len(head := stream.read(2)) == 2:
    numbers.append(struct.unpack("!H", stream.read(struct.unpack("!H", head)[0])[:2])[0])
if numbers != [8, 7]:
    wrong.append(f"TCP: {numbers}")
if idle.recv(512) != b"":
    wrong.append("an idle connection stays")
print("\n".join(wrong))
sys.exit(bool(wrong))
