"""kube_api.py ADDRESS:PORT DIR: as much of the Kubernetes API as a list and watch of pods needs.

TLS with DIR/server.crt and .key; a client shows a certificate of DIR/ca.crt or the token that stands
in DIR/token at the time. Pages, `continue`, resourceVersion, bookmarks, 410 Gone, chunks: as the real
one. Commands on stdin, one a line:

    pod NAMESPACE/NAME ADDRESS [host|ended]   there is such a pod, or it is so now
    delete NAMESPACE/NAME
    forget        what happened before is forgotten: who asks for it gets 410
    cut           ends all watches in the middle of a line
    page          one page more of a list is good, then the token of the next one is forgotten

What is asked for is printed: "list", "page", "watch VERSION", "denied", "gone".
"""
import base64
import json
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

address, directory = sys.argv[1:3]
changed = threading.Condition()
pods, events = {}, []  # events: (version, type, pod)
version = oldest = int(time.time())  # it does not go back when the API comes back
cuts, pages_left = 0, None


def note(*words):
    print(*words, flush=True)


def status(code, message):
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}


def bump(kind, pod):
    global version
    version += 1
    pod["metadata"]["resourceVersion"] = str(version)
    events.append((version, kind, json.loads(json.dumps(pod))))
    changed.notify_all()


def command(line):
    global oldest, cuts, pages_left
    word, *rest = line.split()
    if word == "pod":
        namespace, name = rest[0].split("/")
        phase = "Succeeded" if "ended" in rest else "Running"
        pod = {
            "metadata": {"namespace": namespace, "name": name, "labels": {"pad": "x" * 400}},
            "spec": {"hostNetwork": True} if "host" in rest else {},
            "status": {"phase": phase, "podIP": rest[1], "podIPs": [{"ip": rest[1]}]},
        }
        kind = "MODIFIED" if rest[0] in pods else "ADDED"
        pods[rest[0]] = pod
        bump(kind, pod)
    elif word == "delete":
        bump("DELETED", pods.pop(rest[0]))
    elif word == "forget":
        oldest = version + 1
        events.clear()
    elif word == "cut":
        cuts += 1
        changed.notify_all()
    elif word == "page":
        pages_left = 1


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def reply(self, code, body):
        data = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def allowed(self):
        with open(f"{directory}/token", encoding="ascii") as f:
            token = f.read().strip()
        shown = self.headers.get("Authorization", "")
        return bool(self.connection.getpeercert()) or (token and shown == f"Bearer {token}")

    def do_GET(self):
        url = urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(url.query).items()}
        self.close_connection = True
        if not self.allowed():
            note("denied")
            self.reply(401, status(401, "Unauthorized"))
        elif url.path != "/api/v1/pods":
            self.reply(404, status(404, "not found"))
        elif query.get("watch"):
            self.watch(int(query["resourceVersion"]))
        else:
            self.list(query)

    def list(self, query):
        global pages_left
        with changed:
            start, at = 0, version
            if "continue" in query:
                start, at = json.loads(base64.b64decode(query["continue"]))
            note("page" if start else "list")
            if start and pages_left is not None:
                pages_left -= 1
                if pages_left < 0:
                    pages_left = None
                    note("gone")
                    return self.reply(410, status(410, "The provided continue parameter is too old"))
            items = [pods[k] for k in sorted(pods)]
        limit = int(query.get("limit", 10**6))
        meta = {"resourceVersion": str(at)}
        if start + limit < len(items):
            meta["continue"] = base64.b64encode(json.dumps([start + limit, at]).encode()).decode()
        self.reply(200, {"kind": "PodList", "metadata": meta, "items": items[start : start + limit]})

    def watch(self, after):
        note("watch", after)
        if after < oldest:
            note("gone")
            return self.reply(410, status(410, "too old resource version"))
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        with changed:
            mine = cuts
        while True:
            with changed:
                new = [e for e in events if e[0] > after]
                if not new and cuts == mine and not changed.wait(1):
                    new = [(version, "BOOKMARK", {"kind": "Pod", "metadata": {"resourceVersion": str(version)}})]
                cut = cuts != mine
            for at, kind, pod in new:
                line = json.dumps({"type": kind, "object": pod}).encode() + b"\n"
                self.chunk(line[:17])  # lines do not keep to chunks
                self.chunk(line[17:])
                after = at
            if cut:
                self.chunk(b'{"type":"ADDED","obj')
                return None


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


host, port = address.rsplit(":", 1)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(f"{directory}/server.crt", f"{directory}/server.key")
tls.load_verify_locations(f"{directory}/ca.crt")
tls.verify_mode = ssl.CERT_OPTIONAL
server = Server((host, int(port)), Handler)
server.socket = tls.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
note("ready")
for text in sys.stdin:
    with changed:
        command(text)
