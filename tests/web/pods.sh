#!/usr/bin/env bash
# The console in a browser: a cluster's pods are found, two of them drilled, each with its own result.
# PICTURES=DIR keeps a picture of every page.
# timeout 240
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
    cluster.add(name, node=node, app="web")
cluster.add("db-0", namespace="data", app="db")
cluster.report()


def report():
    while True:
        cluster.report()
        time.sleep(5)


threading.Thread(target=report, daemon=True).start()
person = subprocess.run(["node", os.environ["ROOT"] + "/web/test/pods.js",
                         f"http://127.0.0.1:{box.port}", password])
equal("the person is content", person.returncode, 0)
order, = [row[4] for row in cluster.log if row[2] == "create"]
check("the cluster was told of two pods and their containers", order.startswith(
    "create k8s container-cpu fullload --cpu-percent '60' --container-names 'app' "
    "--namespace 'shop' --names 'web-0,web-1' "), order)
equal("nothing stands", cluster.objects, {})
done()
EOF
