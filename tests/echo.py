"""A client and a server of their own for the network tests.

echo.py serve PORT...             echoes TCP and UDP on each port, IPv4 and IPv6
echo.py tcp|udp HOST PORT COUNT   prints "median_ms lost_percent errors" of COUNT exchanges; those of
                                  TCP go over one connection (the first is not counted), those of UDP
                                  are sent first and then waited for
"""
import selectors
import socket
import statistics
import struct
import sys
import threading
import time

WAIT_S = 1.0


def echo_stream(conn):
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while data := conn.recv(65536):
        conn.sendall(data)


def serve(ports):
    watch = selectors.DefaultSelector()
    for port in ports:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            sock = socket.socket(socket.AF_INET6, kind)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            sock.bind(("::", port))
            if kind == socket.SOCK_STREAM:
                sock.listen(64)
            watch.register(sock, selectors.EVENT_READ, kind)
    while True:
        for key, _ in watch.select():
            if key.data == socket.SOCK_STREAM:
                conn, _ = key.fileobj.accept()
                threading.Thread(target=echo_stream, args=(conn,), daemon=True).start()
            else:
                data, peer = key.fileobj.recvfrom(65536)
                key.fileobj.sendto(data, peer)


def tcp(host, port, count):
    took = []
    try:
        sock = socket.create_connection((host, port), timeout=WAIT_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(count + 1):
            start = time.monotonic()
            sock.sendall(b"x" * 100)
            if not sock.recv(100):
                break
            took.append((time.monotonic() - start) * 1000)
    except OSError:
        pass
    return took[1:], 0


def udp(host, port, count):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sock.connect((host, port))
    left, took, errors = {}, [], 0

    def receive(seconds):
        end = time.monotonic() + seconds
        while len(took) < len(left):
            sock.settimeout(max(end - time.monotonic(), 0.0001))
            try:
                data = sock.recv(100)
            except OSError:
                return
            (number,) = struct.unpack("!I", data[:4])
            took.append((time.monotonic() - left[number]) * 1000)

    for number in range(count):
        left[number] = time.monotonic()
        try:
            sock.send(struct.pack("!I", number) + b"y" * 60)
        except OSError:
            errors += 1
        receive(0.001)
    receive(WAIT_S)
    return took, errors


def main():
    if sys.argv[1] == "serve":
        serve([int(port) for port in sys.argv[2:]])
    host, port, count = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    took, errors = (tcp if sys.argv[1] == "tcp" else udp)(host, port, count)
    median = statistics.median(took) if took else -1
    print(f"{median:.3f} {100 * (count - len(took)) / count:.1f} {errors}")


main()
