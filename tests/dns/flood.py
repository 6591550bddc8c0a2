"""flood.py SERVER SECONDS RATE: asks for names that nobody asked for, UDP and TCP, RATE a second, and
says how many had no answer within 30 s, or one that is no NOERROR."""
import select
import socket
import struct
import sys
import time

server, seconds, rate = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.connect((server, 53))
tcp = socket.create_connection((server, 53))
stream = b""
waiting, asked, failed, lost = {}, 0, 0, 0
begin = time.monotonic()


def take(packet):
    global failed
    waiting.pop(struct.unpack("!H", packet[:2])[0], None)
    failed += packet[3] & 15 != 0


print("started", flush=True)
while (now := time.monotonic()) < begin + seconds + (30 if waiting else 0):
    if now < begin + seconds and asked < (now - begin) * rate:
        asked += 1
        label = f"flood{asked}".encode()
        packet = struct.pack("!HHHHHH", asked, 0x0100, 1, 0, 0, 0) + bytes([len(label)]) + label + b"\0\0\1\0\1"
        waiting[asked] = now
        if asked % 4:
            udp.send(packet)
        else:
            tcp.sendall(struct.pack("!H", len(packet)) + packet)
    for s in select.select([udp, tcp], [], [], 0.001)[0]:
        if s is udp:
            take(udp.recv(4096))
            continue
        data = tcp.recv(65536)
        if not data:
            sys.exit("the connection was closed")
        stream += data
        while len(stream) >= 2 and len(stream) >= 2 + (n := struct.unpack("!H", stream[:2])[0]):
            take(stream[2 : 2 + n])
            stream = stream[2 + n :]
print(f"asked {asked}, lost {len(waiting)}, failed {failed}")
