#!/usr/bin/env bash
# Calls that are not proven, fresh, new and well-formed are answered with their codes, and nothing runs.
# timeout 60
# sanitize
. "$(dirname "$0")/common.bash"

box_start
agent_start
wait_until 30 agent_registered
ok "recovers first" wait_until 30 grep -qx recover "$ARGV"
is "ping" "$(call /ping)" '200 {"Code":200,"Success":true,"Error":"","Result":"success"}'
is "ping with the right key" "$(code_of "$(call /ping --header ak=lic)")" 200
: >"$ARGV"

refused() { # refused WHAT CODE ARGUMENT...
	local what=$1 code=$2
	shift 2
	is "$what" "$(code_of "$(call /chaosblade "cmd=status" "$@")")" "$code"
}
refused "no ts" 401 --ts none
refused "ts of 1970" 401 --ts 1
refused "ts 61 s old" 401 --ts "$(($(date +%s) - 61))000000"
refused "ts 300 s ahead" 401 --ts "$(($(date +%s) + 300))000"
refused "ts is no number" 401 --ts now
refused "no signature" 403 --unsigned
refused "wrong secret" 403 --sk 1234567891
refused "empty signature" 403 --unsigned --header sn=
refused "user id as access key (ChaosBlade-Box)" 403 --header ak=1234567890
refused "data of one's own to sign" 403 --unsigned --header sd=x --header "sn=$(printf x1234567890 |
	sha256sum | cut -c1-64 | tr -d '\n' | base64 -w0)"
refused "meant for another" 403 cid=other
refused "no body" 406 --form ''
refused "another field" 406 --form 'other=1'
refused "no JSON" 500 --form 'body={'
refused "no objects" 500 --form 'body={"headers":[],"params":{}}'
is "empty cmd" "$(code_of "$(call /chaosblade cmd= )")" 406
is "open quote" "$(code_of "$(call /chaosblade "cmd=create 'cpu")")" 46000
is "GET" "$(call /ping --method GET | cut -d' ' -f1)" 405
is "unknown path" "$(call /nosuch | cut -d' ' -f1)" 404
is "unknown path, code" "$(code_of "$(call /nosuch)")" 404
like "oversize" "$(call /ping "x=$(head -c 100000 /dev/zero | tr '\0' x)" \
	"y=$(head -c 100000 /dev/zero | tr '\0' '%')" 2>&1)" '413|Error|closed connection'
is "nothing ran" "$(cat "$ARGV")" ""

mapfile -t twice < <(call /chaosblade "cmd=status" --times 2)
is "the first of two equal calls" "$(code_of "${twice[0]}")" 200
is "the second, overheard" "$(code_of "${twice[1]}")" 403
is "ran once" "$(grep -c status "$ARGV")" 1

is "uninstall" "$(code_of "$(call /uninstall)")" 507
is "litmus" "$(code_of "$(call /litmuschaos name=x)")" 506
is "update without names" "$(code_of "$(call /updateApplication appInstance=a)")" 406
is "update with a newline" "$(code_of "$(call /updateApplication appInstance=$'a\nb' appGroup=g)")" 46000
is "update" "$(code_of "$(call /updateApplication appInstance=a2 appGroup=g2)")" 200
ok "heartbeats tell of it" wait_until 30 eval \
	'[ "$(json "$(last_call AgentHeartBeat)" body appInstance)" = a2 ]'
stop "$agent"
agent_start
ok "and the next start" wait_until 30 eval \
	'[ "$(json "$(last_call AgentRegister)" body appGroup)" = g2 ]'
