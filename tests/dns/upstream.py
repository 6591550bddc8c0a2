"""upstream.py ADDRESS [plain]: a name server, UDP and TCP, that prints "PROTOCOL NAME" for each query.

It knows every name: A 192.0.2.77, AAAA 2001:db8::77, TTL 300, authentic (AD). By the first label of
the name: `missing` does not exist, `empty` has no data (both for 40 s), `servfail` and `refused` fail,
`silent` is not answered, `slow` after 0.3 s, `short` has the TTL 2, `manyN` has N addresses, `spoof`
is answered wrongly three times before it is answered right, `upper` in upper case. TXT is the
server's own address. plain: it knows no EDNS (FORMERR).
"""
import re
import socket
import struct
import sys
import threading
import time

own, plain = sys.argv[1], "plain" in sys.argv[2:]
DATA = {1: socket.inet_aton("192.0.2.77"), 28: socket.inet_pton(socket.AF_INET6, "2001:db8::77"),
        16: bytes([len(own)]) + own.encode()}
SOA = struct.pack("!HHHIH", 0xC00C, 6, 1, 40, 22) + bytes(2) + struct.pack("!IIIII", 1, 2, 3, 4, 3600)


def read(packet):
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1 : at + 1 + packet[at]].decode("latin1"))
        at += 1 + packet[at]
    return labels or ["."], packet[12 : at + 5], struct.unpack("!H", packet[at + 1 : at + 3])[0]


def message(packet, question, flags, records, authority=b"", edns=b""):
    counts = struct.pack("!HHHHH", flags, 1, len(records), bool(authority), bool(edns))
    return packet[:2] + counts + question + b"".join(records) + authority + edns


def answers(packet, protocol):
    labels, question, kind = read(packet)
    print(protocol, ".".join(labels).lower(), flush=True)
    first, edns = labels[0].lower(), struct.unpack("!H", packet[10:12])[0] > 0
    opt = struct.pack("!BHHIH", 0, 41, 1232, 0x8000, 0) if edns else b""
    size = 65535 if protocol == "tcp" else struct.unpack("!H", packet[-8:-6])[0] if edns else 512
    if edns and plain:
        return [packet[:2] + struct.pack("!HHHHH", 0x8181, 0, 0, 0, 0)]
    if first == "silent":
        return []
    if first == "slow":
        time.sleep(0.3)
    rcode = {"servfail": 2, "missing": 3, "refused": 5}.get(first, 0)
    if rcode or first == "empty" or kind not in DATA:
        soa = SOA if first in ("missing", "empty") else b""
        return [message(packet, question, 0x8180 | rcode, [], soa, opt)]
    if first == "upper":
        question = question[:-4].upper() + question[-4:]
    ttl = 2 if first == "short" else 300
    record = struct.pack("!HHHIH", 0xC00C, kind, 1, ttl, len(DATA[kind])) + DATA[kind]
    many = re.fullmatch("many([0-9]+)", first)
    records = [record[:-1] + bytes([i & 255]) for i in range(int(many[1]))] if many else [record]
    reply = message(packet, question, 0x81A0, records, b"", opt)
    if len(reply) > size:
        reply = message(packet, question, 0x8380, [], b"", opt)
    wrong = []
    if first == "spoof":
        bad = record[:-1] + b"\x06"
        wrong = [bytes([packet[0] ^ 1]) + message(packet, question, 0x8180, [bad])[1:],
                 message(packet, b"\4evil" + question[6:], 0x8180, [bad]),
                 message(packet, question, 0x0100, [bad])]
    return wrong + [reply]


def serve_udp(s):
    while True:
        packet, client = s.recvfrom(4096)
        def work(packet=packet, client=client):
            for reply in answers(packet, "udp"):
                s.sendto(reply, client)
        if b"\4slow" in packet[12:17].lower():
            threading.Thread(target=work, daemon=True).start()
        else:
            work()


def serve_connection(c):
    stream = c.makefile("rb")
    while len(head := stream.read(2)) == 2:
        for reply in answers(stream.read(struct.unpack("!H", head)[0]), "tcp"):
            c.sendall(struct.pack("!H", len(reply)) + reply)


udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # beside a server on all addresses
udp.bind((own, 53))
tcp = socket.create_server((own, 53), reuse_port=True)
threading.Thread(target=serve_udp, args=(udp,), daemon=True).start()
print("ready", flush=True)
while True:
    threading.Thread(target=serve_connection, args=(tcp.accept()[0],), daemon=True).start()
