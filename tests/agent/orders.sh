#!/usr/bin/env bash
# Orders reach gale word for word and no shell; what is not allowed does not; a slow one stalls nobody.
# timeout 90
# sanitize
. "$(dirname "$0")/common.bash"

box_start
agent_start --allow cpu,network.delay
wait_until 30 agent_registered
ok "recovers first" wait_until 30 grep -qx recover "$ARGV"

words() { # of the last call of gale, joined by |
	awk '/^---$/ { line = ""; next } { line = line (line == "" ? "" : "|") $0 } END { print line }' "$ARGV"
}
order() { call /chaosblade "cmd=$1"; }

order "create cpu fullload --sleep 12" >"$TMP/slow" &
slow=$!
wait_until 30 ran 12

reply=$(order "create cpu fullload --cpu-percent '60' --timeout '125' ")
is "the reply" "$reply" '200 {"Code":200,"Success":true,"Error":"","Result":"0123456789abcdef","Effect":{"verdict":"effective"}}'
is "the words" "$(words)" "create|cpu|fullload|--cpu-percent|60|--timeout|125"
is "the environment" "$(cut -d= -f1 "$TMP/env" | grep -vx '_\|SHLVL\|PWD\|OLDPWD' | sort | tr '\n' ' ')" \
	"GALE_PROTECT_NAMES GALE_PROTECT_PORTS GALE_RUN GALE_STATE HOME LANG PATH "
is "the ports between console and agent" "$(sed -n 's/^GALE_PROTECT_PORTS=//p' "$TMP/env")" \
	"$AGENT_PORT,$BOX_PORT"
is "the console's name" "$(sed -n 's/^GALE_PROTECT_NAMES=//p' "$TMP/env")" 127.0.0.1
order "create cpu fullload" >/dev/null
is "a deadline is added" "$(words)" "create|cpu|fullload|--timeout=86400"
is "failure" "$(order "create cpu fullload --fail 1")" \
	'200 {"Code":54000,"Success":false,"Error":"not effective","Result":null}'

for value in "; touch $TMP/pwned" "\$(touch $TMP/pwned)" "\`touch $TMP/pwned\`" "| touch $TMP/pwned" \
	"&& touch $TMP/pwned" "%0Atouch $TMP/pwned"; do
	order "create cpu fullload --timeout 5 --cpu-percent '$value'" >/dev/null
	is "a value as it is: $value" "$(words)" "create|cpu|fullload|--timeout|5|--cpu-percent|$value"
	is "outside of quotes: $value" "$(code_of "$(order "create cpu fullload $value")")" 46000
done
order "create cpu fullload --timeout 5 --cpu-percent 'a
b'" >/dev/null
is "a newline" "$(words | tail -1)" "create|cpu|fullload|--timeout|5|--cpu-percent|a|b"
ok "no shell saw them" not test -e "$TMP/pwned"

is "another verb" "$(code_of "$(order "server start")")" 506
is "prepare of what is not allowed" "$(code_of "$(order "prepare jvm --process x")")" 502
is "a fault that is not allowed" "$(code_of "$(order "create network loss --percent 5")")" 502
is "one that is" "$(code_of "$(order "create network delay --time 5")")" 200
is "for ever" "$(code_of "$(order "create cpu fullload --timeout never")")" 502
is "another state" "$(code_of "$(order "create cpu fullload --state /tmp")")" 502
is "undoing is always allowed" "$(code_of "$(order "destroy network loss")")" 200
like "version" "$(order version)" 'Version:     1.2.3'

for i in 1 2 3 4; do order "create cpu fullload --until '$TMP/go'" >"$TMP/order.$i" & orders="${orders:-} $!"; done
ok "four more, side by side" wait_until 30 ran "$TMP/go" 4
is "ping meanwhile" "$(code_of "$(call /ping)")" 200
touch "$TMP/go"
# shellcheck disable=SC2086
wait $orders
is "four are answered" "$(cat "$TMP"/order.? | grep -c '"Code":200')" 4

# somebody who does not wait for the answer
printf 'POST /chaosblade HTTP/1.1\r\nContent-Length: 5\r\n\r\nbody=' >"/dev/tcp/127.0.0.1/$AGENT_PORT"
call /chaosblade "cmd=create cpu fullload --sleep 2" --impatient >/dev/null
wait_until 30 ran 2
wait_until 30 eval '[ "$(pgrep -cP "$agent" -f bin/gale.create)" -le 1 ]'
is "an answer that nobody takes does no harm" "$(code_of "$(call /ping)")" 200
not grep -q network.ended "$TMP/agent.log" || fail "the network side ended: $(tail -3 "$TMP/agent.log")"

reply=$(order "create cpu fullload --until '$TMP/go.later' --async --uid feedfeedfeedfeed")
is "asynchronous: answered at once" "$reply" \
	'200 {"Code":200,"Success":true,"Error":"","Result":"feedfeedfeedfeed"}'
is "no report yet" "$(calls_of chaosbladeAsync)" 0
touch "$TMP/go.later"
ok "report" wait_until 30 more_calls chaosbladeAsync 0
is "its uid" "$(json "$(last_call chaosbladeAsync)" body uid)" feedfeedfeedfeed
is "its status" "$(json "$(last_call chaosbladeAsync)" body status)" Success
is "signed" "$(json "$(last_call chaosbladeAsync)" signed)" true
not grep -q async "$ARGV" || fail "gale was told of --async"
order "create cpu fullload --fail 1 --async" >/dev/null
ok "report of a failure" wait_until 30 eval '[ "$(json "$(last_call chaosbladeAsync)" body status)" = Error ]'
is "its text" "$(json "$(last_call chaosbladeAsync)" body error)" "not effective"
wait "$slow"
is "the slow one is answered, longer than a request may take to come" "$(code_of "$(cat "$TMP/slow")")" 200

stop "$agent"
agent_start --allow jvm.delay
wait_until 30 agent_registered
reply=$(order "prepare jvm --process 'x'")
like "prepare" "$reply" '"Result":"0123456789abcdef"'
ok "its report" wait_until 30 more_calls javaAgentInstall 0
is "names it" "$(json "$(last_call javaAgentInstall)" body uid)" 0123456789abcdef
is "it runs" "$(json "$(last_call javaAgentInstall)" body status)" Running
order "prepare jvm --fail 1" >/dev/null
order "revoke 0123456789abcdef" >/dev/null
ok "report of a revoke" wait_until 30 more_calls javaAgentUninstall 0
is "its uid" "$(json "$(last_call javaAgentUninstall)" body uid)" 0123456789abcdef
is "its status" "$(json "$(last_call javaAgentUninstall)" body status)" Revoked
is "a prepare without a name is not reported" \
	"$(grep '"/chaos/javaAgentInstall"' "$CALLS" | grep -vc '"uid": "0123456789abcdef"' || true)" 0
