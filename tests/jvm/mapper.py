"""mapper.py LIBRARY [FILE]: looks like a JVM that serves, to those who only look: the library is among its
mappings. At a SIGQUIT it makes the file; without one it has no handler, and ends."""
import mmap
import signal
import sys
import time

with open(sys.argv[1], "r+b") as f:
    mapped = mmap.mmap(f.fileno(), 4096)
if len(sys.argv) > 2:
    signal.signal(signal.SIGQUIT, lambda *_: open(sys.argv[2], "w").close())
print("port 0", flush=True)
time.sleep(300)
