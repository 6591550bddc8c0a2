#!/usr/bin/env bash
# Settings: every flag of ChaosBlade's agent, their origins, and the owner of the file.
# timeout 30
# sanitize
. "$(dirname "$0")/common.bash"
agent() { run "$TMP/bin/gale-agent" "$@"; }

agent --log.level info --log.size 10 --log.count 1 --log.output file --environment prod \
	--namespace default --license s3cret --agent.mode k8s_helm --install.operator linux \
	--heartbeat.period 5s --transport.endpoint box:7001 --transport.timeout 3s \
	--transport.secure --appInstance a --appGroup g --startup.mode console --restrict=false \
	--kubernetes.cluster.id i --kubernetes.cluster.name n --kubernetes.pod.report=true \
	--kubernetes.externalIp.enable --agent.bin.url u --agent.sh.url u --blade.tar.url u \
	--litmus.chart.url u --cert.url u --port 19527 --localIp 1.2.3.4 --print-config
is "all long flags" "$status" 0
like "a flag" "$out" 'port: 19527  # flag --port'
not grep -q s3cret <<<"$out" || fail "the licence is shown"
agent -k l -t box -p a -g g -P 1 -n n -m crontab --print-config
is "short flags" "$status" 0

agent --transport.endpoint box
is "no licence" "$status" 1
like "says so" "$err" license
agent --license l --transport.endpoint box:x
like "endpoint" "$err" transport.endpoint
agent --license l --transport.endpoint box --port 70000
like "port" "$err" 'port \(flag --port\)'
agent --licence l
like "unknown flag" "$err" 'unknown flag `--licence`'

echo "license: l" >"$TMP/agent.yaml"
chmod 666 "$TMP/agent.yaml"
agent --config "$TMP/agent.yaml" --transport.endpoint box:1
like "a file that others can write" "$err" "owned by root"
chmod 644 "$TMP/agent.yaml"
chown nobody "$TMP/agent.yaml"
agent --config "$TMP/agent.yaml" --transport.endpoint box:1
like "a file that is another's" "$err" "owned by root"

rm "$TMP/bin/gale"
agent --license l --transport.endpoint 127.0.0.1:1 --state "$GALE_STATE"
is "no gale beside it" "$status" 1
like "says so" "$err" "$TMP/bin/gale"
printf '#!/bin/sh\necho broken\n' >"$TMP/bin/gale"
chmod +x "$TMP/bin/gale"
agent --license l --transport.endpoint 127.0.0.1:1 --state "$GALE_STATE"
is "a gale without a version" "$status" 1

# alone COMMAND...: an agent that is to leave its container, in a node's namespace of processes
alone() {
	run unshare --pid --fork --mount-proc "$@" "$TMP/bin/gale-agent" --leave-container \
		--license l --transport.endpoint 127.0.0.1:1 --state "$GALE_STATE"
	is "it does not start" "$status" 1
}
for right in sys_admin sys_chroot sys_ptrace; do
	alone bash -c 'unshare --mount "$@"; exit $?' container setpriv "--bounding-set=-$right"
	like "without $right it cannot be among the node's files" "$err" \
		"leave the agent's container .*/proc/1/ns/mnt: (Permission denied|Operation not permitted)"
done
alone
like "nor where it does not see the node's processes" "$err" "hostPID"
