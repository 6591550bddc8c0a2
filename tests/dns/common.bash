# A DNS server in a network namespace of its own, with an upstream that knows every name, and pods
# beside it. Sourced by the tests of this folder, in place of ../lib.sh.
# shellcheck shell=bash disable=SC2034
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
need_netns
need_command ip
need_command dig
need_program gale-dns

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Debian's interpreter, which has its packages of gRPC.
PYTHON=/usr/bin/python3
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$TMP/py
GOOD="NOERROR 192.0.2.77" GOOD6="NOERROR 2001:db8::77" # what the upstream answers
PLAIN=127.0.0.1:9288 MUTUAL=127.0.0.1:9289
chmod 755 "$TMP" # the server gives up being root

need_grpc() {
	need_command protoc
	"$PYTHON" -c 'import grpc' 2>/dev/null || skip "needs python3-grpcio"
	mkdir -p "$TMP/py"
	protoc --python_out="$TMP/py" -I"$ROOT/src/dns/door" mesh.proto sync.proto
}

# dns_world POD...: the server's namespace $NS and one of each pod, gale-$$-POD. Pod N (from 1) has
# 10.78.N.2 and, as a second address, 10.78.N.3; the server is 10.78.N.53 to it.
dns_world() {
	local n=0 pod
	NS=gale-$$-dns
	at_end "netns_delete $NS"
	ip netns add "$NS"
	ip -n "$NS" link set lo up
	for pod; do
		n=$((n + 1))
		at_end "netns_delete gale-$$-$pod"
		ip netns add "gale-$$-$pod"
		ip -n "$NS" link add "pod$n" type veth peer name eth0 netns "gale-$$-$pod"
		ip -n "$NS" addr add "10.78.$n.53/24" dev "pod$n"
		ip -n "gale-$$-$pod" addr add "10.78.$n.2/24" dev eth0
		ip -n "gale-$$-$pod" addr add "10.78.$n.3/24" dev eth0
		ip -n "$NS" link set "pod$n" up
		ip -n "gale-$$-$pod" link set eth0 up
	done
	# The upstream is a server of the same kind, on an address of its own.
	nsenter --net="/run/netns/$NS" env GALE_RUN="$TMP/upstream" "$GALE_BIN/gale-dns" --listen 127.0.0.9:53 \
		--upstream 127.0.0.10 --state '' --threads 1 >"$TMP/upstream.log" 2>&1 </dev/null &
	at_end "stop $!"
	wait_until 30 "$GALE_BIN/gale-dns" set all static --run "$TMP/upstream" --clients any \
		--answers '*=192.0.2.77,*=2001:db8::77' --ttl 300 --forever || die "no upstream"
	[ ! -d "$TMP/py" ] || caller_start
}

# dns_start [FLAG...]: the server; its journal in $TMP/dns, its pid in $DNS.
DNS_WRAPPER=() # a command that runs it
dns_start() {
	nsenter --net="/run/netns/$NS" "${DNS_WRAPPER[@]}" "$GALE_BIN/gale-dns" --listen 0.0.0.0:53 --upstream 127.0.0.9 --state "$TMP/dns" \
		--grpc-plaintext "$PLAIN" "$@" >>"$TMP/dns.log" 2>&1 </dev/null &
	DNS=$!
	at_end "stop $DNS"
	wait_until 30 "$GALE_BIN/gale-dns" list || die "no server: $(tail -3 "$TMP/dns.log")"
}

dns() { "$GALE_BIN/gale-dns" "$@"; }

# The client of call: one for the whole test.
caller_start() {
	mkfifo "$TMP/questions" "$TMP/answers"
	nsenter --net="/run/netns/$NS" "$PYTHON" "$HERE/call.py" "$PLAIN" - \
		<"$TMP/questions" >"$TMP/answers" 2>"$TMP/caller.log" &
	at_end "stop $!"
	exec {QUESTIONS}>"$TMP/questions" {ANSWERS}<"$TMP/answers"
}

# call METHOD JSON: on the plaintext port; see call.py. Prints the answer or "STATUS: text".
call() {
	local answer
	echo "$1 ${2//[$'\n\t']/}" >&"$QUESTIONS"
	IFS= read -r -t 90 -u "$ANSWERS" answer || answer="no answer: $(tail -1 "$TMP/caller.log")"
	echo "$answer"
}

# set_chaos NAME ACTION POD [PATTERN...]: as Chaos Mesh's controller does, a pod a call. Prints the
# answer.
set_chaos() {
	local name=$1 action=$2 pod=$3
	shift 3
	call /pb.DNS/SetDNSChaos "$(json_set "$name" "$action" "$pod" "$@")"
}

json_set() {
	local name=$1 action=$2 pod=$3 patterns
	shift 3
	patterns=$(printf ',"%s"' "$@")
	[ $# -gt 0 ] || patterns=,
	echo "{\"name\":\"$name\",\"action\":\"$action\",\"patterns\":[${patterns:1}],\"pods\":[{\"namespace\":\"ns\",\"name\":\"$pod\"}]}"
}

cancel_chaos() { call /pb.DNS/CancelDNSChaos "{\"name\":\"$1\"}"; }

# ask POD NAME [TYPE] [FLAG...]: the status and the answers that the pod gets, "TIMEOUT" for none.
ask() {
	local pod=$1 name=$2 type=${3:-A} server
	shift 2
	shift $(($# > 0 ? 1 : 0))
	server=$(ip -n "gale-$$-$pod" -4 -o addr show eth0 | awk 'NR == 1 { sub(/[0-9]+\/.*/, "53", $4); print $4 }')
	in_ns "gale-$$-$pod" dig +tries=1 +time=20 +noall +comments +answer "$@" "@$server" "$name" "$type" |
		awk '/status:/ { sub(/,/, "", $6); out = $6 } !/^;/ && NF > 4 { out = out " " $5 }
			END { print out == "" ? "TIMEOUT" : out }'
}
