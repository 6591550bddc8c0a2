"""webhook_flood.py HOST PORT COUNT: that many questions of 3 MiB at once, each held up just before its end.

Prints how many were told that it is too much, and how many of the others were answered in the end.
"""
import socket
import ssl
import sys
import time

HOST, PORT, COUNT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
BODY = b"[" + b"1," * ((3 << 20) // 2 - 2) + b"1]"
ROOM = 10  # in the 32 MiB that the webhook holds at once
HEAD = b"POST /validate-auth HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(BODY)


def answer(tls):
    text = b""
    while b"\r\n\r\n" not in text:
        more = tls.recv(4096)
        if not more:
            raise EOFError("cut without an answer")
        text += more
    return text


def connect():
    """Who has been answered has two minutes for the next question; who is slow before that is cut."""
    for tries in range(20):
        try:
            tls = ssl._create_unverified_context().wrap_socket(socket.create_connection((HOST, PORT), 100))
            tls.sendall(b"GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n")
            answer(tls)
            return tls
        except (ConnectionError, EOFError):
            if tries == 19:
                raise
            time.sleep(0.2)


def begin():
    tls = connect()
    tls.sendall(HEAD + BODY[:-1])
    return tls


def was_refused(tls):
    """So far: what has come of its answer is in heard."""
    tls.settimeout(0.1)
    try:
        heard[tls] += tls.recv(4096)
    except TimeoutError:
        pass
    return b" 503 " in heard[tls]


held = [begin() for _ in range(COUNT)]
heard = {tls: b"" for tls in held}
end = time.monotonic() + 90
waiting = held
while len(waiting) > ROOM and time.monotonic() < end:
    waiting = [tls for tls in waiting if not was_refused(tls)]
print("refused", COUNT - len(waiting))
answered = 0
for one in waiting:
    one.settimeout(100)
    one.sendall(BODY[-1:])
    answered += b"HTTP/1.1 " in answer(one)
print("answered", answered)
