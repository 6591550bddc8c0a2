"""Calls agents as the console does: call.py PORT

A client of PORT of 127.0.0.1 says how many words follow and then each of them, a NUL behind every one:
    AGENT_PORT PATH [key=value ...] [--option ...]
and reads the HTTP status and the body. The params are signed with the secret of box.py and carry a new
ts, unless:
    --sk TEXT       another secret
    --ts TEXT       another ts ("none": no ts)
    --unsigned      no signature
    --header k=v    a member of "headers" (ak=lic)
    --method M      not POST
    --form TEXT     this form instead
    --impatient     do not wait for the answer
    --times N       the same bytes N times, all answers are printed
"""
import argparse
import http.client
import json
import socketserver
import sys
import time
import urllib.parse

PORT = int(sys.argv[1])
sys.argv[1:] = ["", "0", "/"]
from box import SECRET, signature  # noqa: E402

options = argparse.ArgumentParser(exit_on_error=False)
options.add_argument("port", type=int)
options.add_argument("path")
options.add_argument("params", nargs="*")
options.add_argument("--sk", default=SECRET)
options.add_argument("--ts")
options.add_argument("--unsigned", action="store_true")
options.add_argument("--header", action="append", default=[])
options.add_argument("--method", default="POST")
options.add_argument("--form")
options.add_argument("--impatient", action="store_true")
options.add_argument("--times", type=int, default=1)


def form_of(o):
    params = dict(p.split("=", 1) for p in o.params)
    if o.ts != "none":
        params["ts"] = o.ts or str(time.time_ns() // 1000)
    headers = {"FR": "S", **dict(h.split("=", 1) for h in o.header)}
    if not o.unsigned:
        headers["sn"] = signature(params, o.sk)
    return urllib.parse.urlencode({"body": json.dumps({"headers": headers, "params": params})})


def answers(words):
    """A line for each answer."""
    o = options.parse_intermixed_args(words)
    form = form_of(o) if o.form is None else o.form
    for _ in range(o.times):
        agent = http.client.HTTPConnection("127.0.0.1", o.port, timeout=90)
        agent.request(o.method, o.path, form, {"Content-Type": "application/x-www-form-urlencoded"})
        if o.impatient:
            time.sleep(0.3)
            agent.close()
            continue
        reply = agent.getresponse()
        yield f"{reply.status} {reply.read().decode()}\n"


class Caller(socketserver.StreamRequestHandler):
    def word(self):
        text = b""
        while not text.endswith(b"\0"):
            part = self.rfile.read(1)
            if not part:
                raise EOFError
            text += part
        return text[:-1].decode()

    def handle(self):
        words = [self.word() for _ in range(int(self.word()))]
        try:
            for line in answers(words):
                self.wfile.write(line.encode())
        except (OSError, http.client.HTTPException) as error:
            self.wfile.write(f"{error!r}\n".encode())


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


Server(("127.0.0.1", PORT), Caller).serve_forever()
