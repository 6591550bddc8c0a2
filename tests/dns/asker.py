"""asker.py SERVER NAME [fresh]: asks for it five times a second, prints "rcode N" for each answer.

By one connected socket, or by a fresh one each time, as the C libraries do.
"""
import socket
import struct
import sys
import time

server, name = sys.argv[1:3]
fresh = sys.argv[3:] == ["fresh"]
question = b"".join(bytes([len(x)]) + x.encode() for x in name.split(".")) + struct.pack("!BHH", 0, 1, 1)


def connected():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(5)
    s.connect((server, 53))
    return s


number = 0
s = connected()
while True:
    number = number % 65535 + 1
    s = connected() if fresh else s
    try:
        s.send(struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + question)
        reply = s.recv(512)
        while struct.unpack("!H", reply[:2])[0] != number:
            reply = s.recv(512)
        print("rcode", reply[3] & 15, flush=True)
    except OSError as error:
        print(error, flush=True)
    time.sleep(0.2)
