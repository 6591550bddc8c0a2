#!/usr/bin/env bash
# The console's way into a real cluster: its agent reports the pods, the application is shown, a drill
# fills the processors of two of three pods, seen from inside of them, and heals them; a pod that is
# deleted goes offline.
# timeout 180
. "$(dirname "$0")/../box/drill.bash"
. "$(dirname "$0")/common.bash"
operator_lane

note "three pods, an operator, the node's agent and the cluster's"
kubectl apply -f - >/dev/null <<'YAML'
{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web}, spec: {
  replicas: 3, podManagementPolicy: Parallel, selector: {matchLabels: {app: web}}, serviceName: web,
  template: {metadata: {labels: {app: web}}, spec: {terminationGracePeriodSeconds: 0, containers: [
    {name: app, image: "busybox:lane", command: [sleep, "3600"], resources: {limits: {cpu: 200m, memory: 64Mi}}}]}}}}
YAML
operator_rights
node_parties
agent_start
operator_start
ready() { [ "$(kubectl get pods -l app=web --no-headers | grep -c ' 1/1 ')" = 3 ]; }
wait_until 180 ready || die "no pods: $(kubectl get pods)"
# All that follows is in the cluster's network, where the API and the box are on loopback.
TMP=$TMP PYTHONPATH=$ROOT/tests/box PYTHONDONTWRITEBYTECODE=1 "$LANE/in" python3 - <<'EOF' || failures=$((failures + 1))
from drill import *

box = Box()
me = Console(box)
state = tempfile.mkdtemp(prefix="agent.", dir=os.environ["TMP"])
log = open(os.path.join(state, "log"), "ab")
agent = subprocess.Popen([
    os.path.join(os.environ["GALE_BIN"], "gale-agent"), "--license", me.license,
    "--transport.endpoint", f"127.0.0.1:{box.port}", "--port", str(free_port()), "--listen",
    "127.0.0.1", "--localIp", "127.0.0.1", "--state", state, "--run", state, "--heartbeat.period",
    "500ms", "--agent.mode", "k8s_helm", "--kubernetes.cluster.name", "lane",
    "--kubernetes.pod.report=true", "--kubernetes.pod.period", "500ms", "--kubeconfig",
    os.environ["KUBECONFIG"], "--log.output", "stdout"], stdout=log, stderr=log)


def pods():
    rows = me.result("UserScope", {"scopeType": 2, "labels": "app=web", "page": 1, "size": 50})
    return {p["deviceName"]: p for p in rows["data"]}


def kubectl(*words):
    return subprocess.run(["kubectl", *words], capture_output=True, text=True).stdout


def percent(pod):
    """Of a processor, that its container uses in a second."""
    used = kubectl("exec", pod, "--", "sh", "-c", "u() { cat /sys/fs/cgroup/cpuacct/cpuacct.usage; }; "
                   "a=$(u); s=$(cut -d' ' -f1 /proc/uptime); sleep 1; b=$(u); "
                   "echo $a $b $s $(cut -d' ' -f1 /proc/uptime)").split()
    a, b, s, t = map(float, used)
    return (b - a) / (t - s) / 1e7


def measure(text, low, high, pod):
    for _ in range(5):
        got = percent(pod)
        if low <= got <= high:
            break
    check(text, low <= got <= high, f": {got}, wanted {low} to {high}")


if not check("the cluster's pods run", wait_for(lambda: len(pods()) == 3 and all(
        p["allow"] for p in pods().values())), pods()):
    print(open(log.name).read()[-3000:])
equal("where they are", {(p["kubNamespace"], p["nodeName"], p["clusterName"], p["podState"])
                         for p in pods().values()}, {("default", "lane-node", "lane", "Running")})
applications = {a["app_name"]: a for a in me.result("GetUserApplicationSummaries")["data"]}
equal("the application has them", applications["web"]["online_count"], 3)

chosen = [pods()[name]["deviceConfigurationId"] for name in ("web-0", "web-1")]
steps = {"attack": [activity("chaos.pod-cpu.fullload", {"cpu-percent": "100"}, user_check=True)],
         "recover": [activity("chaos.pod-cpu.fullload.stop")]}


def go_on():
    me.result("UserCheckActivityTask", {"activityTaskId": step["activityTaskId"], "success": True})
    return me.wait_state(task)


# A busy machine may give a pod no time at all while its load is measured: then once more.
for tries in range(4, -1, -1):
    _, task = start(me, experiment(chosen, [steps], scopeType=2, duration=300))
    step = me.wait_check(task)
    run = me.task(task)
    attack = {a["deviceName"]: a for a in run["activities"][0]["apps"]}
    if tries == 0 or all(a["result"] == "SUCCESS" for a in attack.values()):
        break
    go_on()
equal("two of them are under load", {n: a["result"] for n, a in attack.items()},
      {"web-0": "SUCCESS", "web-1": "SUCCESS"}) or print(run, box.log()[-2000:])
check("each by an experiment of its own", len({a.get("subExpId") for a in attack.values()}) == 2,
      attack)
for pod in ("web-0", "web-1"):
    measure(f"{pod} uses its quota, percent of a processor", 6, 26, pod)
measure("the third nothing", 0, 3, "web-2")
equal("it heals", go_on()["result"], "SUCCESS")
measure("web-0 rests", 0, 3, "web-0")
equal("no object is left", kubectl("get", "chaosblades", "-o", "name"), "")

kubectl("scale", "statefulset/web", "--replicas=2")
check("a pod that is gone is offline", wait_for(lambda: not pods()["web-2"]["allow"]))
agent.terminate()
agent.wait(60)
box.end()
done()
EOF
