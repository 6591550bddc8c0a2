"""server.py ADDRESS...: a name server, UDP and TCP, port 53 of each address.

Knows every name: A 192.0.2.77, AAAA 2001:db8::77, TXT its own address, TTL 300; names below
`missing.` do not exist. Prints "PROTOCOL SERVER NAME TYPE" for each query.
"""
import socket
import struct
import sys
import threading

TTL = 300
DATA = {1: socket.inet_pton(socket.AF_INET, "192.0.2.77"), 28: socket.inet_pton(socket.AF_INET6, "2001:db8::77")}


def name_of(packet):
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1 : at + 1 + packet[at]].decode("latin1"))
        at += 1 + packet[at]
    return ".".join(labels) or ".", at + 1


def answer(packet, protocol, own):
    name, at = name_of(packet)
    kind = struct.unpack("!H", packet[at : at + 2])[0]
    print(protocol, own, name, kind, flush=True)
    missing = name.lower().endswith(".missing")
    data = own.encode() if kind == 16 else DATA.get(kind)
    data = bytes([len(data)]) + data if kind == 16 else data
    flags = 0x8180 | (3 if missing else 0)
    has = data is not None and not missing
    reply = packet[:2] + struct.pack("!HHHHH", flags, 1, int(has), 0, 0) + packet[12 : at + 4]
    if has:
        reply += struct.pack("!HHHIH", 0xC00C, kind, 1, TTL, len(data)) + data
    return reply


def serve_udp(own, family):
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((own, 53))
    while True:
        packet, client = s.recvfrom(4096)
        s.sendto(answer(packet, "udp", own), client)


def serve_connection(own, c):
    stream = c.makefile("rb")
    while True:
        head = stream.read(2)
        if len(head) < 2:
            return
        reply = answer(stream.read(struct.unpack("!H", head)[0]), "tcp", own)
        c.sendall(struct.pack("!H", len(reply)) + reply)


def serve_tcp(own, family):
    s = socket.socket(family, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((own, 53))
    s.listen(50)
    while True:
        c, _ = s.accept()
        threading.Thread(target=serve_connection, args=(own, c), daemon=True).start()


def main():
    threads = []
    for own in sys.argv[1:]:
        family = socket.AF_INET6 if ":" in own else socket.AF_INET
        for target in (serve_udp, serve_tcp):
            threads.append(threading.Thread(target=target, args=(own, family), daemon=True))
    for t in threads:
        t.start()
    threads[0].join()


main()
