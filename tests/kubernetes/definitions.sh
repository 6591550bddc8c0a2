#!/usr/bin/env bash
# The definitions of chaos-mesh.org: every field that Chaos Mesh publishes is taken, none is dropped, its
# defaults come in; what its definitions refuse is refused, at the field that is wrong.
# timeout 60
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common.bash"
need_netns
need_command python3
NS=gale-$$-api
at_end "netns_delete $NS"
ip netns add "$NS"
ip -n "$NS" link set lo up
LANE_WRAPPER=(nsenter "--net=/run/netns/$NS")

# try KIND SPEC: it is not kept. Prints what the API server makes of it; an unknown field is an error.
try() {
	local plural=${1,,}
	api POST "$CHAOS_GROUP/namespaces/default/$plural?dryRun=All&fieldValidation=Strict" \
		"{\"apiVersion\":\"chaos-mesh.org/v1alpha1\",\"kind\":\"$1\",\"metadata\":{\"name\":\"x\"},\"spec\":$2}"
}
# taken KIND TEXT SPEC: all of the spec is in what comes back
taken() {
	run try "$1" "$3"
	ok "$1: $2" python3 -c 'import json, sys
def within(asked, got):
    if isinstance(asked, dict):
        return isinstance(got, dict) and all(k in got and within(v, got[k]) for k, v in asked.items())
    return asked == got
sys.exit(0 if within(json.loads(sys.argv[1]), json.loads(sys.argv[2]).get("spec")) else sys.argv[2])' "$3" "$out"
}
refused() { # refused KIND FIELD SPEC
	run try "$1" "$3"
	like "$1: not so" "$(json "$out" message)" "$2"
}
defaults() { # defaults KIND SPEC VALUE KEY...
	is "$1: ${*:4} is $3" "$(json "$(try "$1" "$2")" spec "${@:4}")" "$3"
}
SELECTOR='"selector":{"namespaces":["a"],"labelSelectors":{"a":"b"},"annotationSelectors":{"a":"b"},"fieldSelectors":
	{"metadata.name":"x"},"expressionSelectors":[{"key":"k","operator":"In","values":["v"]},{"key":"k","operator":"Exists"}],
	"nodes":["n"],"nodeSelectors":{"a":"b"},"podPhaseSelectors":["Running"],"pods":{"a":["p","q"]}}'
COMMON="$SELECTOR,\"duration\":\"1h30m\",\"remoteCluster\":\"\""
LEAST='"mode":"one","selector":{}'
KINDS=(PodChaos NetworkChaos StressChaos DNSChaos)
declare -A ACTIONS=([PodChaos]="pod-kill pod-failure container-kill" [StressChaos]=""
	[NetworkChaos]="netem delay loss duplicate corrupt partition bandwidth" [DNSChaos]="error random static")

LANE_ONLY="etcd kube-apiserver" lane_up control "${LANE_WRAPPER[@]}"
operator_rights

note "what all kinds have"
for kind in "${KINDS[@]}"; do
	read -r action _ <<<"${ACTIONS[$kind]}"
	action=${action:+"\"action\":\"$action\","}
	for mode in one all fixed fixed-percent random-max-percent; do
		taken "$kind" "mode $mode" "{$action$COMMON,\"mode\":\"$mode\",\"value\":\"50\"}"
	done
	refused "$kind" spec.mode "{$action$SELECTOR,\"mode\":\"some\"}"
	refused "$kind" spec.mode "{$action$SELECTOR}"
	refused "$kind" spec.selector "{$action\"mode\":\"one\"}"
	refused "$kind" 'expressionSelectors\[0\].operator' "{$action\"mode\":\"one\",\"selector\":{\"expressionSelectors\":[{\"key\":\"k\"}]}}"
	refused "$kind" spec.nosuch "{$action$LEAST,\"nosuch\":1}"
	refused "$kind" spec.value "{$action$LEAST,\"value\":1}"
	for word in ${ACTIONS[$kind]}; do
		taken "$kind" "$word" "{\"action\":\"$word\",$LEAST}"
	done
	[ -z "$action" ] || refused "$kind" spec.action "{\"action\":\"nosuch\",$LEAST}"
	[ -z "$action" ] || refused "$kind" spec.action "{$LEAST}"
	[ $kind = NetworkChaos ] || taken "$kind" containers "{$action$LEAST,\"containerNames\":[\"c\"]}"
done

note "pods"
taken PodChaos grace '{"action":"pod-kill","gracePeriod":0,'"$LEAST}"
refused PodChaos spec.gracePeriod '{"action":"pod-kill","gracePeriod":-1,'"$LEAST}"

note "networks"
net() { echo "{\"action\":\"${2:-netem}\",$1,$LEAST}"; }
for direction in to from both; do
	taken NetworkChaos "direction $direction" "$(net "\"direction\":\"$direction\",\"device\":\"eth0\",\"targetDevice\":\"eth1\",
		\"externalTargets\":[\"1.2.3.4\",\"10.0.0.0/8\",\"a.example:80\"],\"target\":{\"mode\":\"fixed\",\"value\":\"1\",$SELECTOR}")"
done
taken NetworkChaos "every section" "$(net '"delay":{"latency":"1.5ms","jitter":"1us","correlation":"25","reorder":{"reorder":"5","gap":2,"correlation":"50"}},
	"loss":{"loss":"1","correlation":"2"},"duplicate":{"duplicate":"1","correlation":"2"},"corrupt":{"corrupt":"1","correlation":"2"},
	"rate":{"rate":"1mbit"},"bandwidth":{"rate":"1mbps","limit":1,"buffer":1,"peakrate":0,"minburst":0}')"
for unit in ns us ms s m h; do
	taken NetworkChaos "a latency in $unit" "$(net "\"delay\":{\"latency\":\"10$unit\"}")"
done
defaults NetworkChaos "$(net '"delay":{"latency":"1ms","reorder":{"reorder":"5","gap":1}}')" to direction
defaults NetworkChaos "$(net '"delay":{"latency":"1ms"}')" 0ms delay jitter
defaults NetworkChaos "$(net '"delay":{"latency":"1ms"}')" 0 delay correlation
defaults NetworkChaos "$(net '"delay":{"latency":"1ms","reorder":{"reorder":"5","gap":1}}')" 0 delay reorder correlation
for section in loss duplicate corrupt; do
	defaults NetworkChaos "$(net "\"$section\":{\"$section\":\"1\"}" $section)" 0 $section correlation
	refused NetworkChaos "spec.$section.$section" "$(net "\"$section\":{\"correlation\":\"1\"}")"
done
refused NetworkChaos spec.direction "$(net '"direction":"up"')"
refused NetworkChaos spec.delay.latency "$(net '"delay":{"latency":"10"}')"
refused NetworkChaos spec.delay.latency "$(net '"delay":{"jitter":"1ms"}')"
refused NetworkChaos spec.delay.jitter "$(net '"delay":{"latency":"1ms","jitter":"-1ms"}')"
refused NetworkChaos spec.delay.reorder.gap "$(net '"delay":{"latency":"1ms","reorder":{"reorder":"1"}}')"
refused NetworkChaos spec.rate.rate "$(net '"rate":{}')"
refused NetworkChaos spec.target.mode "$(net '"target":{"selector":{}}')"
refused NetworkChaos spec.target.mode "$(net '"target":{"selector":{},"mode":"some"}')"
refused NetworkChaos spec.bandwidth.limit "$(net '"bandwidth":{"rate":"1mbps","limit":0,"buffer":1}')"
refused NetworkChaos spec.bandwidth.buffer "$(net '"bandwidth":{"rate":"1mbps","limit":1,"buffer":0}')"
refused NetworkChaos spec.bandwidth.peakrate "$(net '"bandwidth":{"rate":"1mbps","limit":1,"buffer":1,"peakrate":-1}')"
refused NetworkChaos spec.bandwidth.minburst "$(net '"bandwidth":{"rate":"1mbps","limit":1,"buffer":1,"minburst":-1}')"
refused NetworkChaos spec.bandwidth.limit "$(net '"bandwidth":{"rate":"1mbps","buffer":1}')"

note "load"
stress() { echo "{$1,$LEAST}"; }
taken StressChaos "both stressors" "$(stress '"stressors":{"cpu":{"workers":8192,"load":100,"options":["--cpu-load 2"]},
	"memory":{"workers":8192,"size":"25%","oomScoreAdj":-1000,"options":["--vm-keep"]}},"stressngStressors":"--cpu 1"')"
defaults StressChaos "$(stress '"stressors":{"memory":{"workers":1}}')" 0 stressors memory oomScoreAdj
refused StressChaos spec.stressors.cpu.workers "$(stress '"stressors":{"cpu":{"workers":8193}}')"
refused StressChaos spec.stressors.memory.workers "$(stress '"stressors":{"memory":{"workers":8193}}')"
for load in -1 101; do
	refused StressChaos spec.stressors.cpu.load "$(stress "\"stressors\":{\"cpu\":{\"workers\":1,\"load\":$load}}")"
done
for rank in -1001 1001; do
	refused StressChaos spec.stressors.memory.oomScoreAdj "$(stress "\"stressors\":{\"memory\":{\"workers\":1,\"oomScoreAdj\":$rank}}")"
done
refused StressChaos spec.stressors.cpu.workers "$(stress '"stressors":{"cpu":{"load":1}}')"
refused StressChaos spec.stressors.memory.workers "$(stress '"stressors":{"memory":{"size":"1MB"}}')"

note "names"
taken DNSChaos "patterns and addresses" "{\"action\":\"static\",\"patterns\":[\"a.*\",\"b?c\"],\"domainIpMapping\":[\"a=1.2.3.4\"],$LEAST}"
refused DNSChaos spec.patterns "{\"action\":\"error\",\"patterns\":\"a\",$LEAST}"
