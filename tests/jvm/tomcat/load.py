"""Asks URL again and again from two threads; a line for each answer: milliseconds, status, body."""
import sys
import threading
import time
import urllib.error
import urllib.request

LOCK = threading.Lock()  # a line at a time


def ask(url):
    start = time.monotonic()
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            status, body = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, body = error.code, error.read()
    text = " ".join(body[:40].decode(errors="replace").split())
    with LOCK:
        print(int((time.monotonic() - start) * 1000), status, text, flush=True)


def run(url):
    while True:
        ask(url)
        time.sleep(0.05)


for _ in range(2):
    threading.Thread(target=run, args=sys.argv[1:2]).start()
