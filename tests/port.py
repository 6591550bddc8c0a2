"""port.py DIRECTORY: a TCP port of 127.0.0.1 that nobody has, and that no other test was given.

None that the kernel gives to who connects, and what a test was given is marked in its directory:
between here and the server's own bind another would have it.
"""
import random
import socket
import sys
from pathlib import Path


def free_port(directory):
    while True:
        mine = Path(directory, f"port.{random.randrange(20000, 30000)}")
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", int(mine.suffix[1:])))
            except OSError:
                continue
        if mine.exists():
            continue
        mine.touch()
        if len(list(mine.parent.parent.glob(f"gale-test.*/{mine.name}"))) <= 1:
            return int(mine.suffix[1:])
        mine.unlink()


if __name__ == "__main__":
    print(free_port(sys.argv[1]))
