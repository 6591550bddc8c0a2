"""Runs the demo's drill by the console's REST interface and shows what a customer of the shop sees.

Exit status as a drill's: 0 passed, 1 findings, 2 could not run, 3 stopped.
"""
import argparse
import http.client
import json
import signal
import sys
import threading
import time

CPU_PERCENT = 20
DELAY_MS = 100
HOLD_CPU_S = 3
HOLD_DELAY_S = 6
DURATION_S = 60  # the console's own guard takes the drill back then, whoever forgot it


class CannotRun(Exception):
    pass


class Console:
    """The console as a program sees it: POST /chaos/<Action>, JSON both ways, a cookie."""

    def __init__(self, address):
        self.address = address
        self.cookie = None

    def call(self, action, **body):
        headers = {"Content-Type": "application/json", "Lang": "en"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        connection = http.client.HTTPConnection(self.address, timeout=30)
        try:
            connection.request("POST", f"/chaos/{action}", json.dumps(body), headers)
            reply = connection.getresponse()
            text = reply.read().decode()
        except OSError as error:
            raise CannotRun(f"{action}: {error}") from error
        finally:
            connection.close()
        if reply.getheader("Set-Cookie"):
            self.cookie = reply.getheader("Set-Cookie").split(";")[0]
        try:
            answer = json.loads(text)
        except ValueError as error:
            raise CannotRun(f"{action}: status {reply.status}: {text[:200]}") from error
        if not answer.get("success"):
            reason = answer.get("message") or answer.get("error") or text[:200]
            raise CannotRun(f"{action}: {reason}")
        return answer.get("result")


class Customer(threading.Thread):
    """Asks the shop for its prices again and again over one connection, and keeps the time."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.address = address
        self.latency_ms = None
        self.seen = []  # (time of the answer, latency)

    def run(self):
        connection = None
        while True:
            try:
                if connection is None:
                    connection = http.client.HTTPConnection(self.address, timeout=30)
                    connection.connect()
                begin = time.monotonic()
                connection.request("GET", "/")
                connection.getresponse().read()
                self.latency_ms = (time.monotonic() - begin) * 1000
                self.seen.append((begin, self.latency_ms))
            except (OSError, http.client.HTTPException):
                self.latency_ms = None
                connection = None
            time.sleep(0.1)

    def median(self, begin, end):
        seen = sorted(latency for at, latency in self.seen if begin <= at < end)
        return f"{seen[len(seen) // 2]:.1f} ms" if seen else "no answer"


class Processor:
    """The share of all processors in use since the last look, in percent."""

    def __init__(self):
        self.last = self.read()

    @staticmethod
    def read():
        with open("/proc/stat", encoding="ascii") as stat:
            times = [int(t) for t in stat.readline().split()[1:9]]
        return sum(times), times[3] + times[4]

    def percent(self):
        total, idle = self.read()
        spent = total - self.last[0]
        busy = spent - (idle - self.last[1])
        self.last = (total, idle)
        return 100 * busy / spent if spent else 0.0


def await_host(console):
    """The agent's host as the console knows it, as soon as it has registered."""
    for _ in range(600):
        apps = console.call("GetUserApplications", page=1, size=10)["data"]
        for app in apps:
            hosts = console.call("GetScopesByApplication", app_id=app["app_id"], page=1, size=10)["data"]
            if hosts:
                return app, hosts[0]
        time.sleep(0.1)
    raise CannotRun("the agent did not register within a minute")


def activity(code, name, host, hold_s, **arguments):
    rows = [{"alias": key.replace("_", "-"), "value": str(value)} for key, value in arguments.items()]
    return {
        "app_code": code,
        "activityName": name,
        "user_check": False,
        "interruptedIfFailed": True,
        "failedTolerance": 0,
        "pauses": {"before": 0, "after": hold_s * 1000},
        "scope": [host],
        "arguments": [{"gradeName": "all", "order": 0, "open": True, "argumentList": rows}],
    }


def flow(order, attack, recover):
    return {"id": str(order), "name": attack["activityName"], "order": order, "prepare": [],
            "attack": [attack], "check": [], "recover": [recover]}


def definition(app, host):
    """By PHASE: both attacks, one after the other, then both recoveries."""
    cpu = flow(0, activity("chaos.cpu.fullload", "cpu load", host, HOLD_CPU_S, cpu_percent=CPU_PERCENT),
               activity("chaos.cpu.fullload.stop", "recovery(cpu load)", host, 1))
    delay = flow(1, activity("chaos.network.delay", "network delay", host, HOLD_DELAY_S, time=DELAY_MS,
                             interface="eth0"),
                 activity("chaos.network.delay.stop", "recovery(network delay)", host, 1))
    group = {
        "groupName": "the shop",
        "order": 0,
        "scopeType": 0,
        "osType": 0,
        "appName": app["app_name"],
        "appId": app["app_id"],
        "appType": 0,
        "appGroups": [host.get("nodeGroup", "")],
        "selectType": 1,
        "hosts": [host],
        "flows": [cpu, delay],
    }
    return {"runMode": "PHASE", "duration": DURATION_S, "flowGroups": [group], "guardConf": {"guards": []}}


class Story:
    """When the delay came and went, as the steps of the drill tell it."""

    def __init__(self):
        self.told = {}  # step -> its state and effect
        self.begin = self.bite = self.heal = time.monotonic()

    def tell(self, task):
        """The steps whose state changed since the last time, as text."""
        moved = []
        for step in task.get("activities", []):
            state = step.get("runResult") if step["state"] == "FINISHED" else step["state"]
            effect = effect_of(step)
            told = self.told.get(step["activityTaskId"], ("", ""))
            if state == "READY" or told == (state, effect):
                continue
            self.told[step["activityTaskId"]] = (state, effect)
            if step["miniAppCode"] == "chaos.network.delay" and state == "RUNNING" != told[0]:
                self.bite = time.monotonic()
            if step["miniAppCode"] == "chaos.network.delay" and state != "RUNNING":
                self.heal = time.monotonic()
            moved.append(f"{step['miniAppName']}: {state.lower()}{effect if effect != told[1] else ''}")
        return ", ".join(moved)


def show(task, customer, processor, story):
    """One line: the time, the latency as a number and a bar, the processor, the steps that moved."""
    latency = customer.latency_ms
    number = f"{latency:7.1f} ms" if latency is not None else " no answer"
    bar = "█" * min(30, round((latency or 0) / 4))
    at = time.monotonic() - story.begin
    print(f"{at:5.1f} s {number}  {bar:30} {processor.percent():3.0f} %  {story.tell(task)}".rstrip(), flush=True)


def effect_of(step):
    for app in step.get("apps", []):
        effect = app.get("effect")
        if effect:
            return f" (asked {effect['requested']:g} {effect['unit']}, measured {effect['measured']:g}: {effect['verdict']})"
    return ""


def run(options):
    console = Console(options.console)
    with open(options.password_file, encoding="utf-8") as file:
        password = file.readline().strip()
    console.call("UserLogin", userName=options.name, password=password)
    app, host = await_host(console)
    print(f"host {host.get('hostName')} ({host.get('ip') or host.get('privateIp')}) is online; the drill: cpu load "
          f"{CPU_PERCENT} %, then {DELAY_MS} ms of delay on its eth0, then back\n")

    experiment = console.call("CreateExperiment", name="First light", description="a load and a delay",
                              definition=definition(app, host))
    customer, processor, story = Customer(options.shop), Processor(), Story()
    customer.start()
    print(f"   time    latency{'':31} cpu   step")
    for _ in range(4):
        time.sleep(0.5)
        show({}, customer, processor, story)
    task_id = console.call("RunExperiment", experimentId=experiment)["taskId"]

    stopped = []

    def stop(*_):
        if not stopped:
            stopped.append(True)
            console.call("StopExperimentTask", taskId=task_id)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    task = {}
    while task.get("state") != "FINISHED":
        time.sleep(0.5)
        task = console.call("QueryExperimentTask", taskId=task_id)
        show(task, customer, processor, story)
        if time.monotonic() - story.begin > DURATION_S + 120:
            raise CannotRun("the drill did not end")
    end = time.monotonic()
    for _ in range(3):
        time.sleep(0.5)
        show(task, customer, processor, story)
    print(f"\nlatency of the shop: {customer.median(story.begin, story.bite - 1)} before, "
          f"{customer.median(story.bite, story.heal)} under the delay of {DELAY_MS} ms, "
          f"{customer.median(end, time.monotonic())} after")
    return verdict(task, bool(stopped))


def verdict(task, stopped):
    print(f"the drill: {task.get('result')}{': ' + task['message'] if task.get('message') else ''}")
    if stopped or task.get("result") == "STOPPED":
        return 3
    return 0 if task.get("result") == "SUCCESS" else 1


def main():
    parser = argparse.ArgumentParser()
    for option in ("--console", "--shop", "--name", "--password-file"):
        parser.add_argument(option, required=True)
    try:
        return run(parser.parse_args())
    except CannotRun as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 3


sys.exit(main())
