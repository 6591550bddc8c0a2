# A console (box.py), a stand-in for gale that writes down how it was called, and an agent between
# them. Sourced by the tests of this folder, in place of ../lib.sh.
# shellcheck shell=bash disable=SC2034,SC2119,SC2120
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
need_root
need_program gale-agent

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export HOME=$TMP/home
# The interpreter itself and no site packages.
PYTHON=$(command python3 -c 'import sys; print(sys.executable)')
python3() { "$PYTHON" -BSE "$@"; }
mkdir -p "$HOME" "$TMP/bin" "$TMP/box"
CALLS=$TMP/box/calls ARGV=$TMP/argv

cp "$GALE_BIN/gale-agent" "$TMP/bin/gale-agent"
# The agent runs this as gale: a line for each word of each call, then what the call asks for.
cat >"$TMP/bin/gale" <<END
#!/usr/bin/env bash
env >"$TMP/env"
{ printf '%s\n' "---" "\$@"; } >>"$ARGV"
flag() { # the value behind --\$1
	local want=--\$1; shift
	while [ \$# -gt 0 ]; do [ "\$1" = "\$want" ] && echo "\$2"; shift; done
}
case \$1 in
version) echo "Version:     1.2.3"; exit ;;
recover) sleep "\$(cat "$TMP/recover" 2>/dev/null || echo 0)" ;;
esac
sleep "\$(flag sleep "\$@" | grep . || echo 0)"
until [ -e "\$(flag until "\$@" | grep . || echo /)" ]; do sleep 0.05; done
if [ -n "\$(flag fail "\$@")" ]; then
	echo '{"code":54000,"success":false,"error":"not effective"}' >&2
	exit 1
fi
echo '{"code":200,"success":true,"result":"0123456789abcdef","effect":{"verdict":"effective"}}'
END
chmod +x "$TMP/bin/gale"
: >"$CALLS"
: >"$ARGV"

box_mode() { # as box.py says
	echo "$@" >"$TMP/box/mode.new"
	mv "$TMP/box/mode.new" "$TMP/box/mode"
}

box_start() { # box_start [MODE]
	box_mode "${1:-ok}"
	BOX_PORT=${BOX_PORT:-$(free_port)}
	start box "$PYTHON" -BSE "$HERE/box.py" "${CONSOLE:-127.0.0.1}" "$BOX_PORT" "$TMP/box"
	box_pid=$pid
	wait_until 30 listening "$BOX_PORT"
}

agent_start() { # agent_start FLAG...: sets $agent (the helper) and $AGENT_PORT; in $AGENT_NS
	BOX_PORT=${BOX_PORT:-$(free_port)}
	AGENT_PORT=$(free_port)
	# shellcheck disable=SC2086
	start agent ${AGENT_NS:+ip netns exec $AGENT_NS} "$TMP/bin/gale-agent" --license lic \
		--transport.endpoint "${CONSOLE:-127.0.0.1}:$BOX_PORT" \
		--port "$AGENT_PORT" --listen 127.0.0.1 --state "$GALE_STATE" --heartbeat.period 200ms \
		"$@"
	agent=$pid
	[ -z "${CALLER_PORT:-}" ] || return 0
	CALLER_PORT=$(free_port)
	start caller "$PYTHON" -BSE "$HERE/call.py" "$CALLER_PORT"
	wait_until 30 listening "$CALLER_PORT"
}

# The agent that was started last has heard that it is registered, so often. (A console that is slow
# to answer is called more often than that.)
agent_registered() { # agent_registered [TIMES]
	[ "$(grep -c '"event":"registered"' "$TMP/agent.log")" -ge "${1:-1}" ] && [ -e "$HOME/.chaos.cert" ]
}

agent_kill() { # both of its processes at once; returns when both are gone
	local network
	network=$(network_pid)
	kill -KILL "$agent" "$network"
	wait_until 30 not kill -0 "$agent"
	wait_until 30 not kill -0 "$network"
}

network_pid() { pgrep -P "$agent" gale-agent; }

ran() { # ran TEXT [TIMES]: gale was called with this word
	[ "$(grep -cxF -e "$1" "$ARGV")" -ge "${2:-1}" ]
}

calls_of() { # how many calls of this name came
	grep -c "\"/chaos/$1\"" "$CALLS" || true
}

more_calls() { # more_calls NAME N: more than N of them
	[ "$(calls_of "$1")" -gt "$2" ]
}

last_call() { # last_call NAME: the line
	grep "\"/chaos/$1\"" "$CALLS" | tail -1
}

body_of() { # body_of NAME: the last call's body, a line "key=value" for each member
	python3 -c 'import json, sys
for pair in json.loads(sys.argv[1])["body"].items():
    print("%s=%s" % pair)' "$(last_call "$1")"
}

call() { # as call.py, the port put in
	local answer
	exec {answer}<>"/dev/tcp/127.0.0.1/$CALLER_PORT"
	printf '%s\0' $(($# + 1)) "$AGENT_PORT" "$@" >&$answer
	cat <&$answer
	exec {answer}>&-
}

code_of() { # the Code of an answer that call printed
	json "${1#* }" Code
}
