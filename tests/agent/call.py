"""Calls an agent as the console does: call.py PORT PATH [key=value ...] [--option ...]

Prints the HTTP status and the body. The params are signed with the secret of box.py and carry a new
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
import sys
import time
import urllib.parse

sys.argv, argv = sys.argv[:1] + ["", "0", "/"], sys.argv[1:]
from box import SECRET, signature  # noqa: E402

options = argparse.ArgumentParser()
options.add_argument("port", type=int)
options.add_argument("path")
options.add_argument("params", nargs="*")
options.add_argument("--sk", default=SECRET)
options.add_argument("--ts", default=str(time.time_ns() // 1000))
options.add_argument("--unsigned", action="store_true")
options.add_argument("--header", action="append", default=[])
options.add_argument("--method", default="POST")
options.add_argument("--form")
options.add_argument("--impatient", action="store_true")
options.add_argument("--times", type=int, default=1)
o = options.parse_intermixed_args(argv)

params = dict(p.split("=", 1) for p in o.params)
if o.ts != "none":
    params["ts"] = o.ts
headers = {"FR": "S", **dict(h.split("=", 1) for h in o.header)}
if not o.unsigned:
    headers["sn"] = signature(params, o.sk)
form = o.form
if form is None:
    form = urllib.parse.urlencode({"body": json.dumps({"headers": headers, "params": params})})
for _ in range(o.times):
    agent = http.client.HTTPConnection("127.0.0.1", o.port, timeout=90)
    agent.request(o.method, o.path, form, {"Content-Type": "application/x-www-form-urlencoded"})
    if o.impatient:
        time.sleep(0.3)
        agent.close()
        continue
    reply = agent.getresponse()
    print(reply.status, reply.read().decode())
