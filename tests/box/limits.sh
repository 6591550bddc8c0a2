#!/usr/bin/env bash
# console: more connections than it takes, slow and huge requests, a flood of heartbeats, and an end
# while requests wait.
# timeout 60
. "$(dirname "$0")/drill.bash"
drill_test <<'EOF'
import base64
import hashlib
import http.client
import select
from drill import *

load = os.path.join(os.environ["GALE_BIN"], "..", "bench", "load")


def connect(seconds=60):
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
box = Box(max_connections=64)


def descriptors():
    return len(os.listdir(f"/proc/{box.process.pid}/fd"))


idle = [connect() for _ in range(200)]
wait_for(lambda: descriptors() >= 64)
time.sleep(0.3)
check("200 connections at a limit of 64 stay outside", descriptors() <= 80,
      f": {descriptors()} descriptors")
late = connect()
late.sendall(request("LoginUserInfo", {}))
late.settimeout(0.5)
try:
    check("one more has to wait", False, late.recv(100))
except TimeoutError:
    check("one more has to wait", True)
for s in idle:
    s.close()
late.settimeout(60)
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


def resident():
    with open(f"/proc/{box.process.pid}/statm") as f:
        return int(f.read().split()[1]) * 4096


# An end while a password is being hashed, in 64 MiB.
with connect() as s:
    before = resident()
    s.sendall(request("UserRegister", {"userName": "anna", "password": "a long enough password"}))
    wait_for(lambda: resident() > before + 2**24 or select.select([s], [], [], 0)[0])
    box.process.terminate()
    check("what has begun is answered before the end", b'"result":true' in s.recv(65536))
equal("then it ends", box.process.wait(60), 0)

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


def rows():
    return me.result("PageableQueryExperimentScopes", {"page": 1, "size": 100})["data"]


meanwhile = 0
for seconds in (2, 4, 8, 16):  # until we were as quick as to ask in the middle of it
    flood = subprocess.Popen([load, "127.0.0.1", str(box.port), str(seconds), "0"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    threading.Thread(target=lambda: (flood.stdin.write(requests), flood.stdin.close())).start()
    while flood.poll() is None:
        rows()
        meanwhile += flood.poll() is None
    answers, failures = (int(n) for n in flood.stdout.read().split()[:2])
    check("a flood of heartbeats is taken", answers >= 100 and failures == 0, (answers, failures))
    if meanwhile:
        break
check("and people are answered meanwhile", meanwhile > 0, meanwhile)
wait_for(lambda: all(row["agentVersion"] == "9.9" for row in rows()))
box.kill()
box.start()
equal("what they said is in the store", [row["agentVersion"] for row in rows()], ["9.9"] * 100)
box.end()
done()
EOF
