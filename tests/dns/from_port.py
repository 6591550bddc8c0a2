"""from_port.py SERVER NAME PORT...: asks for it from each of these ports, in this order; prints the codes.

N is a port of UDP, tN one of TCP, whose connection ends by a reset, so that the port is free at once.
"""
import socket
import struct
import sys

server, name = sys.argv[1:3]
question = b"".join(bytes([len(x)]) + x.encode() for x in name.split(".")) + struct.pack("!BHH", 0, 1, 1)
query = struct.pack("!HHHHHH", 77, 0x0100, 1, 0, 0, 0) + question


def ask(port, tcp):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as s:
        s.settimeout(20)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("", port))
        s.connect((server, 53))
        if tcp:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.sendall(struct.pack("!H", len(query)) + query)
            return s.recv(6, socket.MSG_WAITALL)[5] & 15
        s.send(query)
        return s.recv(512)[3] & 15


print(*(ask(int(p.lstrip("t")), p[0] == "t") for p in sys.argv[3:]))
