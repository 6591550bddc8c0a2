#!/usr/bin/env bash
# The console in a browser: a cluster's pods are found, two of them drilled, each with its own result.
# PICTURES=DIR keeps a picture of every page.
# timeout 480
. "$(dirname "$0")/../box/drill.bash"
need_command node
CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
[ -x "$CHROMIUM" ] || skip "needs $CHROMIUM"
[ -d "$ROOT/web/node_modules/playwright-core" ] ||
	skip "needs web/node_modules (script/build makes it)"
grep -aq 'id="root"' "$GALE_BIN/gale-box" || skip "gale-box was built without pages"
export CHROMIUM ROOT
drill_test <<'EOF'
from drill import *

box = Box()
password = "a long enough password"
me = Console(box, "drill", password)
cluster = Cluster(box, me.license)
for name, node in (("web-0", "node-1"), ("web-1", "node-2"), ("web-2", "node-1")):
    cluster.add(name, node=node, containers=("app", "proxy"), app="web")
cluster.add("db-0", namespace="data", app="db")
cluster.report()
over = threading.Event()


def report():
    while not over.wait(5):
        cluster.report()


reports = threading.Thread(target=report)
reports.start()
person = subprocess.run(["node", os.environ["ROOT"] + "/web/test/pods.js",
                         f"http://127.0.0.1:{box.port}", password])
equal("the person is content", person.returncode, 0)
orders = [row[4].split("--waiting")[0] for row in cluster.log if row[2] == "create"]
equal("the cluster was told of two pods and their containers", orders, [
    "create k8s container-cpu fullload --cpu-percent '60' --container-names 'proxy,late' "
    "--namespace 'shop' --names 'web-0,web-1' "])
equal("nothing stands", cluster.objects, {})
over.set()
reports.join()
box.end()
done()
EOF
