"""A console for tests of the agent: box.py ADDRESS PORT DIR

Each call is a line of DIR/calls: {"t": seconds, "signed": true or false, "body": {..}, "path": ..}.
DIR/mode, read at each call, says how to answer:
    ok       as the console does
    refuse   {"code":600,"success":false}
    forget   heartbeats: success with the result false, as ChaosBlade-Box 1.0.5
    code N   heartbeats: {"code":N,"success":false}
    http N   HTTP status N
    noname   reports of pods: success, and no object that names them
    silent   no answer at all
"""
import base64
import hashlib
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ADDRESS, PORT, DIR = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
SECRET = "1234567890"
HEADERS = {"FR", "pid", "type", "rid", "ak", "sn", "sd", "cid", "v", "cbv"}


def signature(params, secret):
    text = json.dumps(params, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return base64.b64encode(hashlib.sha256((text + secret).encode()).hexdigest().encode()).decode()


def signed(body):
    for headers in (HEADERS | {"uid"}, HEADERS):
        params = {k: v for k, v in body.items() if k not in headers}
        if body.get("sn") == signature(params, SECRET):
            return True
    return False


def pods_answer(body):
    return {p["uid"]: "cid-" + p["uid"] for p in json.loads(body["pods"]) if p["exist"]}


def answer(path, mode, body):
    registered = {"cid": "7d77ece04905ccdf93e3f9234c404944", "uid": SECRET, "sk": SECRET, "ak": "lic"}
    if mode[0] == "refuse":
        return {"code": 600, "success": False, "error": "license Required"}
    if path.endswith("AgentHeartBeat") and mode[0] == "forget":
        return {"code": 200, "success": True, "result": False}
    if path.endswith("AgentHeartBeat") and mode[0] == "code":
        return {"code": int(mode[1]), "success": False, "error": "no such agent"}
    if path.endswith("k8sPod") and mode[0] != "noname":
        return {"code": 200, "success": True, "result": pods_answer(body)}
    return {"code": 200, "success": True, "result": registered if path.endswith("Register") else True}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        mode = (DIR / "mode").read_text().split()
        # the path last: who finds it has the whole line
        call = {"t": time.time(), "signed": signed(body), "body": body, "path": self.path}
        with open(DIR / "calls", "a") as calls:
            calls.write(json.dumps(call) + "\n")
        if mode[0] == "silent":
            time.sleep(60)
            return
        text = json.dumps(answer(self.path, mode, body)).encode()
        self.send_response(int(mode[1]) if mode[0] == "http" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args):
        pass


if __name__ == "__main__":
    ThreadingHTTPServer.daemon_threads = True
    ThreadingHTTPServer((ADDRESS, PORT), Handler).serve_forever()
