#!/usr/bin/env bash
# network occupy: nobody else can have the port, who has it is killed when asked for, and it is free
# again whatever ends it.
# timeout 90
# sanitize
. "$(dirname "$0")/../network.sh"
network_pair

# can_have tcp|udp ADDRESS PORT...: a server that reuses addresses, as servers do, gets them.
can_have() {
	from_a python3 - "$@" <<'P'
import socket, sys
kind = socket.SOCK_STREAM if sys.argv[1] == "tcp" else socket.SOCK_DGRAM
for port in sys.argv[3:]:
    s = socket.socket(socket.AF_INET6 if ":" in sys.argv[2] else socket.AF_INET, kind)
    if kind == socket.SOCK_STREAM:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((sys.argv[2], int(port)))
    if kind == socket.SOCK_STREAM:
        s.listen(1)
P
}
connect() { # connect HOST PORT: how it went
	from_a python3 - "$@" <<'P'
import socket, sys
try:
    s = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=1)
    s.send(b"GET / HTTP/1.0\r\n\r\n")
    print("answer" if s.recv(1) else "end")
except OSError as e:
    print(type(e).__name__)
P
}

create network occupy --port 8080,8090-8091 --timeout 120
is "the verdict" "$(json "$out" effect verdict)" effective
is "ports taken, of IPv4 and IPv6" "$(json "$out" effect measured)" 6.0
for address in 0.0.0.0 127.0.0.1 "$IP_A" :: ::1; do
	ok "nobody else can have it on $address" not can_have tcp "$address" 8091
done
ok "a port whose number begins the same is free" can_have tcp 0.0.0.0 808 8089 8092
ok "UDP was not asked for" can_have udp 0.0.0.0 8080
is "who connects is refused" "$(connect "$IP_A" 8080)" ConnectionRefusedError
run gale create network occupy --port 8091-8092 --timeout 120
is "a second one of the same port is a conflict" "$status $(json "$err" code)" "1 47000"
run gale create network occupy --port 8091 --force --timeout 120
is "and is not given by force either: no service has it" "$status $(json "$err" code)" "1 47001"
one=$created
create network occupy --port 8092 --timeout 120
gale destroy "$one" >/dev/null
ok "of two the first is off" can_have tcp :: 8080 8090 8091
ok "and the second on" not can_have tcp :: 8092
gale destroy "$created" >/dev/null
ok "both off" can_have tcp :: 8080 8090 8091 8092

create network occupy --port 8080 --protocol both --listen --timeout 120
ok "both protocols: TCP" not can_have tcp 127.0.0.1 8080
ok "both protocols: UDP" not can_have udp 127.0.0.1 8080
is "listening: who connects waits" "$(connect 127.0.0.1 8080)" TimeoutError
gale destroy "$created" >/dev/null

create network occupy --port 8080 --ip-address 127.0.0.1 --timeout 120
ok "the address that was asked for" not can_have tcp 127.0.0.1 8080
ok "another one is free" can_have tcp "$IP_A" 8080
gale destroy "$created" >/dev/null

# --- somebody has it ---

start victim nsenter --net="/run/netns/$NS_A" "$TOOLS/netclient" serve 8080
victim=$pid
start neighbour nsenter --net="/run/netns/$NS_A" "$TOOLS/netclient" serve 8081
wait_until 20 listening 8080 "$NS_A" || die "no victim"
wait_until 20 listening 8081 "$NS_A" || die "no neighbour"
run gale create network occupy --port 8080 --timeout 120
is "without force it is a conflict" "$status $(json "$err" code)" "1 47000"
ok "and its owner lives" runs "$victim"
from_a python3 -c '
import socket, time
s = socket.create_connection(("127.0.0.1", 8080)); s.send(b"x"); s.recv(1); time.sleep(300)' &
client=$!
at_end "kill $client"
connected() { [ -n "$(in_ns "$NS_A" ss -Htn state established "( dport = :8080 )")" ]; }
wait_until 20 connected || die "no client"
run gale create network occupy --port 8080 --force --dry-run
like "the dry run names the victim" "$out" "SIGKILL to process $victim"
mapfile -t owners < <(echo "$victim"; pgrep -P "$victim")
create network occupy --port 8080 --force --timeout 120
ok "its owner is killed" wait_until 20 not runs "$victim"
ok "its neighbour lives" runs "$pid"
is "who connects is refused" "$(connect 127.0.0.1 8080)" ConnectionRefusedError
ok "nobody can have it" not can_have tcp 0.0.0.0 8080
gale destroy "$created" >/dev/null
ok "it is free again" can_have tcp 0.0.0.0 8080
is "they were two, with who serves the client" "${#owners[@]}" 2
for owner in "${owners[@]}"; do
	like "the record says who was killed" "$(gale status "$created")" "process $owner .* was not started again"
done

# --- the deadline, and kills ---

deadline_takes_back can_have tcp 0.0.0.0 8080 -- network occupy --port 8080
killed_is_taken_back can_have tcp 0.0.0.0 8080 -- network occupy --port 8080 --timeout 120

for bad in "--port 0" "--port 65536" "--port 1-65535" "--port http" "--port 80 --protocol sctp" \
	"--port 80 --ip-address 10.0.0.0/8"; do
	# shellcheck disable=SC2086
	run gale create network occupy $bad
	is "refused: $bad" "$status $(json "$err" code)" "1 46000"
done
run gale create network occupy
is "no port" "$status $(json "$err" code)" "1 45000"
ok "the state before is still there" network_as_before
