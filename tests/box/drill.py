"""A box, simulated agents and the calls of a person, for the tests of drills."""
import base64
import hashlib
import http.server
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import port  # noqa: E402

failures = 0


def check(text, good, more=""):
    global failures
    if good:
        print("ok -", text)
    else:
        failures += 1
        print("not ok -", text, more)
    sys.stdout.flush()
    return good


def equal(text, got, wanted):
    return check(text, got == wanted, f": got {got!r}, wanted {wanted!r}")


def done():
    sys.exit(1 if failures else 0)


def wait_for(what, seconds=60):
    """The first true value of what(); a busy machine only makes it come later."""
    end = time.time() + seconds
    while time.time() < end:
        value = what()
        if value:
            return value
        time.sleep(0.02)
    return what()


def free_port():
    return port.free_port(os.environ["TMP"])


class Box:
    """gale-box in a directory of its own, with settings as agent_lost="1s"."""

    def __init__(self, **settings):
        self.state = tempfile.mkdtemp(prefix="box.", dir=os.environ.get("TMP"))
        self.port = free_port()
        self.settings = {"sign_up": "open", "agent_lost": "1h", "pods_lost": "1h",
                         "ping_period": "0", **settings}
        self.process = None
        self.start()

    def start(self):
        program = os.path.join(os.environ["GALE_BIN"], "gale-box")
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in self.settings.items()]
        with open(os.path.join(self.state, "log"), "ab") as log:
            self.process = subprocess.Popen(
                [program, "--state", self.state, "--listen", f"127.0.0.1:{self.port}", *flags],
                stdout=log, stderr=log)

        def answers():
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return True
            except OSError:
                return self.process.poll() is not None

        wait_for(answers)
        if self.process.poll() is not None:
            raise SystemExit("the box does not start: " + self.log())

    def log(self):
        with open(os.path.join(self.state, "log")) as log:
            return log.read()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def end(self):
        self.process.terminate()
        try:
            status = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = "killed"
        if not equal("the box ends in order", status, 0):
            print(self.log()[-4000:])


class Console:
    """What one signed-in person does."""

    def __init__(self, box, name="drill", password="a long enough password"):
        self.box = box
        self.cookie = ""
        credentials = {"userName": name, "password": password}
        self.call("UserRegister", credentials)
        answer = self.call("UserLogin", credentials)
        self.user = answer["result"]
        self.license = self.user["license"]

    def call(self, action, body=None):
        return self.ask("/chaos/" + action, json.dumps(dict(body or {}, Lang="en")).encode())

    def ask(self, path, data=None):
        """Without data: GET."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.box.port}{path}", data=data,
            headers={"Content-Type": "application/json", "Cookie": self.cookie})
        try:
            answer = urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            text = answer.read()
            for value in answer.headers.get_all("Set-Cookie") or []:
                self.cookie = value.split(";")[0]
        return json.loads(text)

    def result(self, action, body=None):
        answer = self.call(action, body)
        if not answer["success"]:
            raise AssertionError(f"{action}: {answer}")
        return answer.get("result")

    def task(self, task):
        return self.result("QueryExperimentTask", {"taskId": task})

    def wait_state(self, task, state="FINISHED"):
        wait_for(lambda: self.task(task)["state"] == state)
        return self.task(task)

    def wait_check(self, task):
        """The activity that waits for a person."""
        def waiting():
            return [a for a in self.task(task)["activities"]
                    if a.get("userCheckState") == "USER_CHECK_STATE_WAITING"]
        found = wait_for(waiting)
        return found[0] if found else None

    def hosts(self):
        applications = self.result("GetUserApplications", {"appType": 0, "page": 1, "size": 50})
        hosts = []
        for application in applications["data"]:
            hosts += self.result("GetScopesByApplication",
                                 {"app_id": application["app_id"], "page": 1, "size": 500})["data"]
        return hosts


class Agents:
    """Agents on 127.0.0.1 ..., one port, one process; they outlive the box.

    mode[ip]: "ok", "fail" (refuses creates), "hang" (never answers), "lose" (does it, but the
    answer is lost), "stuck" (refuses destroys), a barrier or an event that creates wait for, or
    seconds to wait before it does anything. What is ordered of one uid is done in its order.
    """

    def __init__(self, box, license, count=1, app="shop", group="shop-group", first=1):
        self.port = free_port()
        self.lock = threading.Lock()
        self.mode = {}
        self.live = {}     # (ip, uid) -> command
        self.known = set()  # (ip, uid)
        self.log = []      # (seconds, ip, verb, uid, command)
        self.last = {}     # (ip, uid) -> set when the last order of it was done
        self.answers = {}  # command -> what it is answered with, of other verbs
        self.cids = {}
        self.servers = []
        for i in range(first, first + count):
            ip = f"127.0.0.{i}"
            self.listen(ip)
            self.register(box, license, ip, app, group)

    def listen(self, ip):
        agents = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                params = json.loads(urllib.parse.parse_qs(body)["body"][0])["params"]
                answer = agents.command(ip, params.get("cmd", ""))
                if answer is None:
                    self.close_connection = True
                    return
                text = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass  # a box that was killed does not read its answers

        server = Server((ip, self.port), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.servers.append(server)

    def register(self, box, license, ip, app, group):
        body = {"FR": "C", "type": "CHAOS_AGENT", "pid": "1", "uid": "", "v": "1.1.0",
                "cbv": "1.8.0", "port": str(self.port), "ip": ip, "instanceId": "host-" + ip,
                "deviceId": "host-" + ip, "deviceType": "0", "namespace": "default",
                "ak": license, "uptime": "up", "startupMode": "console", "agentMode": "host",
                "osType": "linux", "cpuNum": "2", "memSize": "1024.0", "appInstance": app,
                "appGroup": group}
        answer = post(box, "AgentRegister", body)
        if not answer["success"]:
            raise AssertionError(f"AgentRegister: {answer}")
        self.cids[ip] = answer["result"]["cid"]

    @staticmethod
    def answer(code, result=None, error=""):
        return {"Code": code, "Success": code == 200, "Error": error, "Result": result}

    def command(self, ip, line):
        words = line.split()
        verb = words[0] if words else "ping"
        uid = words[1] if verb in ("destroy", "revoke", "status") else ""
        if "--uid" in words:
            uid = words[words.index("--uid") + 1].strip("'")
        mode = self.mode.get(ip, "ok")
        with self.lock:
            self.log.append((time.time(), ip, verb, uid, line))
        if mode == "hang":
            time.sleep(3600)
        done = threading.Event()
        with self.lock:
            before = self.last.get((ip, uid)) if uid else None
            self.last[(ip, uid)] = done
        if isinstance(mode, (threading.Barrier, threading.Event)) and verb == "create":
            mode.wait(60)
        if isinstance(mode, (int, float)):
            time.sleep(mode)
        if before:
            before.wait(60)
        try:
            with self.lock:
                answer = self.carry_out(ip, verb, uid, line, mode)
        finally:
            done.set()
        return None if mode == "lose" and verb == "create" else answer

    def carry_out(self, ip, verb, uid, line, mode):
        key = (ip, uid)
        if verb in ("create", "prepare"):
            if key in self.known:
                return self.answer(67001, error=f"the uid {uid} exists")
            self.known.add(key)
            if mode == "fail":
                return self.answer(44000, error="simulated: it cannot be done")
            self.live[key] = line
            reply = self.answer(200, uid)
            reply["Effect"] = {"verdict": "effective", "requested": 60, "measured": 59.5,
                               "unit": "percent", "what": "simulated"}
            return reply
        if verb in ("destroy", "revoke"):
            if mode == "stuck":
                return self.answer(63063, error="simulated: it does not come off")
            if key not in self.known:
                return self.answer(67002, error="no such uid")
            self.live.pop(key, None)
            return self.answer(200, "command: destroyed")
        if verb == "status":
            if key not in self.known:
                return self.answer(67002, error="no such uid")
            return self.answer(200, {"Uid": uid,
                                     "Status": "Success" if key in self.live else "Destroyed"})
        return self.answers.get(line) or self.answer(200, "success")

    def count(self, verb, ip=None):
        with self.lock:
            return sum(1 for row in self.log if row[2] == verb and ip in (None, row[1]))


def sign(params, sk):
    text = json.dumps(params, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + sk
    return base64.b64encode(hashlib.sha256(text.encode()).hexdigest().encode()).decode()


def callback(box, action, who, **params):
    """What an agent that registered as who posts, signed as agents of ChaosBlade do."""
    params = dict(params, port="19527", ts=str(time.time_ns() // 1000))
    body = {"FR": "C", "pid": "1", "type": "CHAOS_AGENT", "v": "1.1.1", "cbv": "1.7.4", "rid": "1",
            "cid": who["cid"], "uid": who["uid"], **params, "ak": who["ak"],
            "sn": sign(params, who["sk"])}
    return post(box, action, body)


def post(box, action, body):
    request = urllib.request.Request(f"http://127.0.0.1:{box.port}/chaos/{action}",
                                     data=json.dumps(body).encode(),
                                     headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


class Cluster(Agents):
    """The agent of a cluster, as ChaosBlade's in mode k8s_helm: it reports its pods, and what is
    ordered at some of them it does by an object that takes a while.

    pods: name -> what is reported of it. refuse: names whose fault fails. slow: how many questions
    for an object find it unfinished. forgets: its record of uids is lost, as after a restart.
    """

    def __init__(self, box, license, name="lane"):
        self.box = box
        self.name = name
        self.pods = {}
        self.told = {}     # uid -> (what was told, cid)
        self.objects = {}  # uid -> {"names", "kind", "left": questions, "gone"}
        self.refuse = set()
        self.slow = 1
        self.forgets = False
        super().__init__(box, license)

    def register(self, box, license, ip, app, group):
        self.who = post(box, "AgentRegister", {
            "FR": "C", "type": "CHAOS_AGENT", "pid": "1", "uid": "", "v": "1.1.1", "cbv": "1.7.4",
            "port": str(self.port), "ip": ip, "instanceId": "node-1", "deviceId": "node-1",
            "deviceType": "0", "namespace": "default", "ak": license, "uptime": "up",
            "startupMode": "console", "agentMode": "k8s_helm", "osType": "linux", "cpuNum": "2",
            "memSize": "1024.0", "clusterId": "id-" + self.name, "clusterName": self.name,
            "appInstance": "chaos-default-app", "appGroup": "chaos-default-app-group"})["result"]
        self.cids[ip] = self.who["cid"]

    def add(self, name, namespace="shop", node="node-1", state="Running", containers=("app",),
            **labels):
        self.pods[name] = {"uid": hashlib.md5(name.encode()).hexdigest(), "name": name,
                           "createdTime": "2026-01-01T00:00:00Z", "exist": True,
                           "namespace": namespace, "ip": "10.1.0.7", "state": state,
                           "nodeName": node, "labels": labels, "containers": list(containers)}

    def tell(self, elements):
        return callback(self.box, "k8sPod", self.who, pods=json.dumps(elements))

    def report(self):
        """One round; the answer, and how many pods were told in full."""
        elements, full = [], 0
        for pod in self.pods.values():
            before, cid = self.told.get(pod["uid"], (None, None))
            if before == pod:
                elements.append({"uid": pod["uid"], "name": "", "createdTime": "", "exist": True,
                                 "cid": cid})
            else:
                elements.append(pod)
                full += 1
        answer = self.tell(elements)
        cids = answer["result"] if answer["success"] else {}
        self.told = {pod["uid"]: (dict(pod), cids[pod["uid"]])
                     for pod in self.pods.values() if pod["uid"] in cids}
        return answer, full

    def delete(self, name):
        pod = self.pods.pop(name)
        _, cid = self.told.pop(pod["uid"])
        return self.tell([{"uid": pod["uid"], "cid": cid, "exist": False}])

    def cid(self, name):
        return self.told[self.pods[name]["uid"]][1]

    def statuses(self, uid, state):
        one = self.objects[uid]
        return [{"id": hashlib.md5((uid + name).encode()).hexdigest()[:16], "name": name,
                 "kind": one["kind"], "success": name not in self.refuse, "uid": "",
                 "state": "Error" if name in self.refuse else state,
                 "error": "simulated: it cannot be done" if name in self.refuse else ""}
                for name in one["names"] if one["kind"] == "node" or name in self.pods]

    def carry_out(self, ip, verb, uid, line, mode):
        words = shlex.split(line)
        if verb == "create":
            return self.create(ip, uid, line, words)
        if verb == "destroy":
            if uid not in self.objects or self.forgets and "--target" not in words:
                return self.answer(67002, error="no such uid")
            if mode == "stuck":
                return self.answer(54000, error="simulated: it does not come off")
            self.live.pop((ip, uid), None)
            self.objects[uid].update(gone=True, left=self.slow)
            return self.answer(200, {"target": "cpu"})
        if words[:2] == ["query", "k8s"]:
            return self.query(words[2], words[3])
        return self.answer(200, "success")

    def create(self, ip, uid, line, words):
        if uid in self.objects:
            return self.answer(67001, error=f"the uid {uid} exists")
        flags = dict(zip(words[4::2], words[5::2]))
        self.objects[uid] = {"names": flags["--names"].split(","), "left": self.slow,
                             "kind": words[2].split("-")[0], "gone": False}
        self.live[(ip, uid)] = line
        return self.answer(54000, {"uid": uid, "success": False, "error": "", "statuses": []},
                           "unexpected status, expected status: running, but the real status: "
                           "Initialized, please wait!")

    def query(self, what, uid):
        one = self.objects.get(uid)
        if not one and what == "destroy":
            return self.answer(200, {"uid": uid, "success": True, "error": "", "statuses": [
                {"state": "Destroyed", "success": True}]})
        if not one:
            return self.answer(54000, error=f'chaosblades.chaosblade.io "{uid}" not found')
        if one["left"] > 0 or (what == "destroy" and not one["gone"]):
            one["left"] -= 1
            return self.answer(54000, error="unexpected status, please wait!")
        result = self.statuses(uid, "Destroyed" if one["gone"] else "Success")
        if one["gone"]:
            del self.objects[uid]
        good = one["gone"] or bool(result) and all(s["success"] for s in result)
        return self.answer(200, {"uid": uid, "success": good, "error": "", "statuses": result})


class RealAgent:
    """gale-agent itself with the engine of $GALE_STATE; cid is its machine's."""

    def __init__(self, box, console):
        self.words = [
            os.path.join(os.environ["GALE_BIN"], "gale-agent"), "--license", console.license,
            "--transport.endpoint", f"127.0.0.1:{box.port}", "--port", str(free_port()),
            "--listen", "127.0.0.1", "--localIp", "127.0.0.1", "--state", os.environ["GALE_STATE"],
            "--heartbeat.period", "200ms", "--log.output", "stdout"]
        self.process = None
        self.start()
        hosts = wait_for(console.hosts)
        if not hosts:
            self.end()
            raise SystemExit("the agent does not register")
        self.cid = hosts[0]["deviceConfigurationId"]

    def start(self):
        with open(os.path.join(os.environ["TMP"], "agent.log"), "ab") as log:
            self.process = subprocess.Popen(self.words, stdout=log, stderr=log)

    def end(self, how=signal.SIGTERM):
        children = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True,
                                  text=True).stdout.split()
        self.process.send_signal(how)
        self.process.wait()
        for child in children:
            try:
                os.kill(int(child), how)
            except ProcessLookupError:
                pass


def activity(code, values=None, **more):
    """values: by the alias of the parameter."""
    return dict({"app_code": code, "user_check": False,
                 "arguments": [{"gradeName": "base", "order": 0, "open": True, "argumentList": [
                     {"alias": alias, "value": value} for alias, value in (values or {}).items()]}]},
                **more)


CPU = "chaos.cpu.fullload"


def flow(attack=None, recover=None, **more):
    return dict({"attack": [activity(CPU, {"cpu-percent": "60"}, **(attack or {}))],
                 "recover": [activity(CPU + ".stop", **(recover or {}))]}, **more)


def host(cid):
    return {"appConfigurationId": cid, "deviceConfigurationId": cid}


def experiment(cids, flows=None, mode="SEQUENCE", duration=900, name="a drill", **group):
    return {"name": name, "definition": {
        "runMode": mode, "duration": duration,
        "flowGroups": [dict({"groupName": "group", "scopeType": 0, "selectType": 1,
                             "hosts": [host(c) for c in cids],
                             "flows": flows or [flow()]}, **group)]}}


def start(console, definition):
    """Creates and runs; the ids of the drill and of its run."""
    drill = console.result("CreateExperiment", definition)
    return drill, console.result("RunExperiment", {"experimentId": drill})["taskId"]
