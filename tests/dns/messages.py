"""messages.py SERVER: what cannot be seen through dig, octet by octet. Prints what is wrong."""
import socket
import struct
import sys

server = sys.argv[1]
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.connect((server, 53))
wrong = []


def name(text):
    return b"".join(bytes([len(x)]) + x.encode() for x in text.split(".")) + b"\0"


def query(text, flags=0x0100, kind=1, number=0x1234, opt=b"", counts=(1, 0, 0)):
    return struct.pack("!HHHHHH", number, flags, *counts, bool(opt)) + name(text) + struct.pack("!HH", kind, 1) + opt


def ask(packet, seconds=20.0):
    udp.settimeout(seconds)
    udp.send(packet)
    try:
        return udp.recv(4096)
    except TimeoutError:
        return None


def check(what, good):
    if not good:
        wrong.append(what)


for text in ("wWw.ExAmPlE.CoM", "wwW.eXaMpLe.cOm", "uPPer.example"):
    for _ in range(2):  # from the upstream, and from the cache
        reply = ask(query(text))
        check(f"{text} keeps its case", reply[12 : 12 + len(name(text))] == name(text))
        check(f"{text} has its id", reply[:2] == b"\x12\x34")

SOA = b"\xc0\x0c" + struct.pack("!HHIH", 6, 1, 0, 22) + b"\0\0" + struct.pack("!5I", 7, 0, 0, 0, 0)
OPT = struct.pack("!BHHIH", 0, 41, 4096, 0x8000, 0)
reply = ask(query("edns.example", opt=OPT))
check("one OPT record with DO", reply[10:12] == b"\0\1" and reply[-11:] == struct.pack("!BHHIH", 0, 41, 1232, 0x8000, 0))
check("AD is told to who asks with DO", reply[3] & 0x20)
reply = ask(query("plain.example"))
check("no OPT record for who sent none", reply[10:12] == b"\0\0")
check("AD is not told to who did not ask", not reply[3] & 0x20)
check("AD is told to who asks for it", ask(query("plain.example", flags=0x0120))[3] & 0x20)
check("RA and RD", reply[2:4] == b"\x81\x80")

check("no answer to an answer", ask(query("a.example", flags=0x8180), 0.3) is None)
check("no answer to eleven octets", ask(query("a.example")[:11], 0.3) is None)
for what, packet, rcode in (
    ("no question", query("a.example", counts=(0, 0, 0)), 1),
    ("two questions", query("a.example", counts=(2, 0, 0)), 1),
    ("half a question", query("a.example")[:18], 1),
    ("a label of 64", b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + b"\x40" + b"a" * 64 + b"\0\0\1\0\1", 1),
    ("a pointer to itself", b"\x12\x34\1\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1", 1),
    ("a name of 256", b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + b"\x3f" + b"a" * 63 + (b"\x3f" + b"a" * 63) * 3 + b"\0\0\1\0\1", 1),
    ("two OPT records", query("a.example", opt=OPT)[:11] + b"\2" + query("a.example", opt=OPT)[12:] + OPT, 1),
    ("a zone transfer", query("a.example", kind=252), 5),
    ("a transfer of what is new", query("a.example", kind=251)[:8] + b"\0\1\0\0" + query("a.example", kind=251)[12:] + SOA, 5),
    ("an authority beside a question", query("a.example")[:8] + b"\0\1\0\0" + query("a.example")[12:] + SOA, 1),
    ("a type that is no type", query("a.example", kind=249), 4),
    ("STATUS", query("a.example", flags=0x1100), 4),
):
    reply = ask(packet)
    check(f"{what}: rcode {rcode}", reply is not None and reply[3] & 15 == rcode and reply[:2] == b"\x12\x34" and reply[2] & 0x80)

print("\n".join(wrong))
sys.exit(bool(wrong))
