#!/usr/bin/env bash
# console: more connections than it takes, slow and huge requests, a flood of heartbeats, and an end
# while requests wait.
# timeout 60
. "$(dirname "$0")/drill.bash"
drill_test <<'EOF'
import base64
import hashlib
import http.client
from drill import *

program = os.environ["GALE_BIN"] + "/gale-box"
load = os.path.join(os.environ["GALE_BIN"], "..", "bench", "load")


def connect(seconds=20):
    return socket.create_connection(("127.0.0.1", box.port), seconds)


def request(action, body):
    text = json.dumps(body)
    return (f"POST /chaos/{action} HTTP/1.1\r\nHost: box\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(text)}\r\n\r\n{text}").encode()


def post(action, body=None):
    with connect() as s:
        s.sendall(request(action, body or {}))
        return s.recv(65536)


# A box that takes no more than 64 descriptors.
box = Box.__new__(Box)
box.state = tempfile.mkdtemp(prefix="box.", dir=os.environ["TMP"])
box.port = free_port()
box.process = subprocess.Popen(
    [program, "--state", box.state, "--listen", f"127.0.0.1:{box.port}", "--max-connections", "64",
     "--sign-up", "open", "--log.level", "error"])
wait_for(lambda: socket.socket().connect_ex(("127.0.0.1", box.port)) == 0)
idle = [connect() for _ in range(200)]
time.sleep(0.3)
used = len(os.listdir(f"/proc/{box.process.pid}/fd"))
check("200 connections at a limit of 64 stay outside", used <= 80, f": {used} descriptors")
late = connect()
late.sendall(request("LoginUserInfo", {}))
late.settimeout(0.5)
try:
    check("one more has to wait", False, late.recv(100))
except TimeoutError:
    check("one more has to wait", True)
for s in idle:
    s.close()
late.settimeout(10)
check("until others have gone", b"3001" in late.recv(65536))
late.close()

# Requests that are none.
with connect() as s:
    s.sendall(b"POST /chaos/UserLogin HTTP/1.1\r\nHost: box\r\nX: " + b"x" * 40000)
    check("headers without end are cut off", b" 200 " not in s.recv(4096))
with connect() as s:
    s.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 no HTTP at all\r\n\r\n")
    check("what is no HTTP is cut off", b" 200 " not in s.recv(4096))
slow = [connect() for _ in range(20)]
for s in slow:
    s.sendall(b"POST /chaos/UserLogin HTTP/1.1\r\nContent-Le")
check("half requests keep nobody waiting", b"3001" in post("LoginUserInfo"))
for s in slow:
    s.close()

# An end while a password is being hashed.
with connect() as s:
    s.sendall(request("UserRegister", {"userName": "anna", "password": "a long enough password"}))
    time.sleep(0.02)
    box.process.terminate()
    check("what has begun is answered before the end", b'"result":true' in s.recv(65536))
equal("then it ends", box.process.wait(10), 0)

# A flood.
box = Box()
me = Console(box)
ts = str(time.time_ns() // 1000)
requests, cids = b"", []
agents = Agents(box, me.license, 0)
for i in range(100):
    connection = http.client.HTTPConnection("127.0.0.1", box.port)
    body = {"port": "19527", "ip": f"10.1.0.{i + 1}", "deviceId": f"n{i}", "ak": me.license}
    connection.request("POST", "/chaos/AgentRegister", json.dumps(body),
                       {"Content-Type": "application/json"})
    who = json.loads(connection.getresponse().read())["result"]
    params = {"appGroup": "g", "appInstance": "a", "port": "19527", "ts": ts}
    signed = json.dumps(params, sort_keys=True, separators=(",", ":")) + who["sk"]
    sn = base64.b64encode(hashlib.sha256(signed.encode()).hexdigest().encode()).decode()
    one = request("AgentHeartBeat", dict(params, cid=who["cid"], ak=who["ak"], sn=sn, v="9.9"))
    requests += f"{len(one)}\n".encode() + one
flood = subprocess.Popen([load, "127.0.0.1", str(box.port), "3", "0"], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE)
threading.Thread(target=lambda: (flood.stdin.write(requests), flood.stdin.close())).start()
slowest = 0
while flood.poll() is None:
    begin = time.monotonic()
    me.result("PageableQueryExperimentScopes", {"page": 1, "size": 100})
    slowest = max(slowest, time.monotonic() - begin)
answers, failures = (int(n) for n in flood.stdout.read().split()[:2])
check("a flood of heartbeats is taken", answers > 1000 and failures == 0, (answers, failures))
check("and people are answered meanwhile", slowest < 2, f": {slowest} s")
rows = me.result("PageableQueryExperimentScopes", {"page": 1, "size": 100})["data"]
box.kill()
box.start()
rows = me.result("PageableQueryExperimentScopes", {"page": 1, "size": 100})["data"]
equal("what they said is in the store a second later",
      [r["agentVersion"] for r in rows], ["9.9"] * 100)
box.end()
done()
EOF
