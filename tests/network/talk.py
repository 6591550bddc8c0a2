"""A process whose traffic is selected, or not: it talks when it is told to.

talk.py [PORT]    listens on the TCP port, if there is one, and answers what it is asked; then reads
                  lines and prints yes or no for each, an answer that took a while is none:
    udp HOST PORT [FROM [FROMPORT]]   a datagram of a new socket is echoed
    tcp HOST PORT [FROM]              a connection is made, and a line echoed over it
    keep NAME udp|tcp HOST PORT       the same, and the socket stays open
    again NAME                        an echo over a socket that was kept
    arp HOST                          the neighbour is found anew
    serve PORT                        one more port to listen on

talk.py names FILE    a DNS server on port 53: each line of the file is "NAME ADDRESS"
"""
import socket
import struct
import subprocess
import sys
import threading

WAIT_S = 0.4
kept = {}


def family(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def echoes(sock):
    try:
        sock.sendall(b"hello\n")
        return sock.recv(100) == b"hello\n"
    except OSError:
        return False


def made(kind, host, port, source=None, source_port=0):
    sock = socket.socket(family(host), socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
    sock.settimeout(WAIT_S)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if source:
        sock.bind((source, int(source_port)))
    try:
        sock.connect((host, int(port)))
    except OSError:
        pass  # it does not echo then
    return sock


def found(host):
    subprocess.run(["ip", "neigh", "flush", "dev", "gale0"], check=False)
    ping = ["ping", "-n", "-q", "-c", "1", "-W", "1", host]
    return subprocess.run(ping, check=False, stdout=subprocess.DEVNULL).returncode == 0


def answer(conn):
    while data := conn.recv(100):
        conn.sendall(data)


def answer_all(listener):
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=answer, args=(conn,), daemon=True).start()


def serve(port):
    listener = socket.create_server(("", int(port)))
    threading.Thread(target=answer_all, args=(listener,), daemon=True).start()
    return True


def do(what, *args):
    if what == "arp":
        return found(*args)
    if what == "serve":
        return serve(*args)
    if what == "keep":
        kept[args[0]] = made(*args[1:])
        return echoes(kept[args[0]])
    if what == "again":
        return echoes(kept[args[0]])
    with made(what, *args) as sock:
        return echoes(sock)


def names(path):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("", 53))
    while True:
        query, peer = server.recvfrom(512)
        end = query.index(0, 12) + 1
        name, at = [], 12
        while query[at]:
            name.append(query[at + 1:at + 1 + query[at]].decode().lower())
            at += 1 + query[at]
        with open(path) as file:
            known = [line.split() for line in file]
        addresses = [socket.inet_aton(a) for n, a in known if n == ".".join(name)]
        if query[end + 1] != 1:  # A alone
            addresses = []
        reply = query[:2] + struct.pack(">HHHHH", 0x8180, 1, len(addresses), 0, 0) + query[12:end + 4]
        for address in addresses:
            reply += struct.pack(">HHHIH", 0xC00C, 1, 1, 1, 4) + address
        server.sendto(reply, peer)


if sys.argv[1:2] == ["names"]:
    names(sys.argv[2])
if len(sys.argv) > 1:
    serve(sys.argv[1])
print("ready", flush=True)
for line in sys.stdin:
    print("yes" if do(*line.split()) else "no", flush=True)
