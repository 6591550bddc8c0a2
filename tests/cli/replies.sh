#!/usr/bin/env bash
# Replies are blade's, byte for byte, with what is new behind them.
# timeout 180
# sanitize
. "$(dirname "$0")/../experiment.sh"

start victim sleep 300

# --- create ---

create process stop --pid "$pid" --timeout 120
like "the uid is the first string result" "$out" '^\{"code":200,"success":true,"result":"[0-9a-f]{16}",'
is "how callers cut it out" "$(sed 's/.*"result":"\([^"]*\)".*/\1/' <<<"$out")" "$created"
is "its keys" "$(python3 -c 'import json, sys; print(*json.loads(sys.argv[1]))' "$out")" \
	"code success result effect deadline timeLeft"
is "nothing on stderr" "$err" ""

# --- status ---

is "one line" "$(gale status "$created" | wc -l)" 1
run gale status "$created"
like "a row" "$out" '^\{"code":200,"success":true,"result":\{"Uid":"'"$created"'","Command":"process","SubCommand":"stop","Flag":" --pid='"$pid"' --timeout=120","Status":"Success","Error":"","CreateTime":"[^"]*","UpdateTime":"[^"]*",'
is "every value of it is text" "$(python3 -c '
import json, sys
print({type(v).__name__ for v in json.loads(sys.argv[1])["result"].values()})' "$out")" "{'str'}"
for key in Active Effect Requested Measured Unit How Deadline TimeLeft Seed; do
	like "it has $key" "$(json "$out" result $key)" .
done
run gale status --type create
like "a list of rows" "$out" '^\{"code":200,"success":true,"result":\[\{"Uid":'
run gale status --type create --status Error
is "an empty list" "$out" '{"code":200,"success":true,"result":[]}'
run gale status --type prepare
is "no preparations" "$out" '{"code":200,"success":true,"result":[]}'
run script -qec "$GALE_BIN/gale status $created" /dev/null
out=$(tr -d '\r' <<<"$out")
like "with tabs on a terminal" "$out" $'^\\{\n\t"code": 200,\n\t"success": true,\n\t"result": \\{\n\t\t"Uid": "'
is "the same there" "$(json "$out" result Uid)" "$created"

# --- destroy ---

run gale destroy "$created"
is "the model" "$out" '{"code":200,"success":true,"result":{"target":"process","action":"stop","flags":{"pid":"'"$pid"'","timeout":"120"},"ActionProcessHang":false}}'
run gale destroy "$created"
like "destroyed before" "$out" '^\{"code":200,"success":true,"result":"command: process stop  --pid='"$pid"' --timeout=120, destroy time: [^"]*"\}$'
create process stop --pid "$pid" --timeout 120
run gale destroy process stop --pid "$pid"
is "by matcher: the scope, and every flag in order" "$out" '{"code":200,"success":true,"result":{"target":"process","scope":"host","action":"stop","flags":{"count":"","exclude-process":"","ignore-not-found":"","local-port":"","pid":"'"$pid"'","process":"","process-cmd":""},"ActionProcessHang":false}}'
is "it is destroyed" "$(record "$created" Status)" Destroyed

create process stop --pid "$pid" --timeout 120
rm "$GALE_STATE/gale.db"
run gale destroy "$created"
is "without a record, from the journal" "$out" '{"code":200,"success":true,"result":{"target":"process","action":"stop","ActionProcessHang":false}}'
ok "and it goes on" not grep -q '^State:.T' "/proc/$pid/status"

create process stop --pid "$pid" --timeout 120
echo "no database" >"$GALE_STATE/gale.db"
run gale destroy "$created"
is "with a file of records that is none" "$out" '{"code":200,"success":true,"result":{"target":"process","action":"stop","ActionProcessHang":false}}'
ok "and it goes on" not grep -q '^State:.T' "/proc/$pid/status"
rm "$GALE_STATE/gale.db"

# --- failures: the same shape on stderr, exit 1 ---

failure() { # failure WANTED ARGUMENT...
	local wanted=$1
	shift
	run gale "$@"
	is "gale $*" "$status|$out|$err" "1||$wanted"
}

not_found='`nosuch` record not found, if it'"'"'s k8s experiment, please add --target k8s flag to retry'
failure '{"code":45000,"success":false,"error":"less parameter: `size|percent|reserve`"}' create disk fill --path "$TMP"
failure '{"code":45000,"success":false,"error":"less parameter: `action`"}' create disk
failure '{"code":45000,"success":false,"error":"less parameter: `type|uid, must specify the right type or uid`"}' status
failure '{"code":46000,"success":false,"error":"illegal `timeout` parameter value: `\u003c5\u003e`. allowed is a length of time above 0 (whole seconds, or a duration like 1h30m or 500ms), or never"}' create disk fill --timeout '<5>'
failure '{"code":46000,"success":false,"error":"unknown flag: --nosuch"}' create disk fill --nosuch 1
failure '{"code":47001,"success":false,"error":"invalid parameter `pid`, `4194303` process not found"}' create process stop --pid 4194303
failure '{"code":49000,"success":false,"error":"illegal command, err: unknown command \"nosuch\" for \"gale\""}' nosuch
failure '{"code":67002,"success":false,"error":"'"$not_found"'"}' destroy nosuch
failure '{"code":67002,"success":false,"error":"'"$not_found"'"}' status nosuch
failure '{"code":67002,"success":false,"error":"`process stop` record not found: none that runs has these flags"}' destroy process stop --pid 4194303
create process kill --pid "$pid" --uid mine
failure '{"code":67001,"success":false,"error":"`insert`: failed to execute, err: UNIQUE constraint failed: experiment.uid"}' create process kill --pid 1 --uid mine
failure '{"code":44000,"success":false,"error":"`cpu`: action not supported: a target in a cluster begins with node-, pod- or container-"}' create k8s cpu fullload --container-id x
failure '{"code":67002,"success":false,"error":"no process is in a container `x`"}' create cri cpu fullload --container-id x
failure '{"code":46000,"success":false,"error":"illegal `kubeconfig` parameter value: `/x`. open /x: No such file or directory"}' destroy x --target k8s --kubeconfig /x
failure '{"code":45000,"success":false,"error":"less parameter: `names|labels|evict-count|evict-percent`"}' create k8s pod-cpu fullload --cpu-percent 80
failure '{"code":46000,"success":false,"error":"illegal `cpu-percent` parameter value: `180`. allowed is a whole number from 0 to 100"}' create k8s pod-cpu fullload --names a --cpu-percent 180
failure '{"code":44000,"success":false,"error":"unknown action `IO` of pod-pod; it has: delete, fail"}' create k8s pod-pod IO --names a
failure '{"code":47007,"success":false,"error":"invalid parameter `namespace`, only one value is allowed: `a,b`"}' create k8s pod-cpu fullload --names a --namespace a,b
failure '{"code":47000,"success":false,"error":"invalid parameter `uid`, an experiment of a cluster is destroyed by its uid"}' destroy k8s pod-cpu fullload --names a
run gale create k8s container-network delay --time 10 --interface eth0 --namespace demo --names a --labels app=web --evict-count 2 \
	--evict-percent 50 --evict-group zone --container-names x --container-ids 072a --container-index 1 --chaosblade-path /opt \
	--chaosblade-override --chaosblade-deploy-mode copy --chaosblade-download-url http://x --is-docker-network \
	--use-sidecar-container-network --waiting-time 20s --kubeconfig /none --dry-run
like "every flag of blade's for a cluster" "$status $out" '^0 .*"desc":"created by blade command","matchers":\[.*"use-sidecar-container-network","value":\["true"\]'
