"""stub.py ADDRESS SERVER: a stub resolver; what it is asked over UDP it asks the server."""
import socket
import sys

own, server = sys.argv[1:]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((own, 53))
while True:
    packet, client = s.recvfrom(4096)
    up = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    up.settimeout(2)
    try:
        up.sendto(packet, (server, 53))
        s.sendto(up.recv(4096), client)
    except OSError as error:
        print(error, flush=True)
