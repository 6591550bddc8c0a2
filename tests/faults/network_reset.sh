#!/usr/bin/env bash
# network reset: connections that live are broken, a share of those that are opened is refused, of
# exactly the peers and ports that were named, and all is as before whatever ends it.
# timeout 90
. "$(dirname "$0")/../network.sh"
need_command nft
network_pair
start own in_ns "$NS_A" "$TOOLS/netclient" serve 7005
wait_until 20 listening 7005 "$NS_A" || die "no server"

# hold NAME HOST PORT N: so many connections; the log tells how each was broken.
cat >"$TMP/hold.py" <<'P'
import selectors, socket, sys
watch = selectors.DefaultSelector()
for _ in range(int(sys.argv[3])):
    s = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=30)
    s.send(b"x")
    s.recv(1)
    watch.register(s, selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in watch.select():
        try:
            key.fileobj.recv(1)
            print("end", flush=True)
        except OSError as e:
            print(type(e).__name__, flush=True)
        watch.unregister(key.fileobj)
P
hold() {
	start "$1" ip netns exec "$NS_A" python3 "$TMP/hold.py" "${@:2}"
	wait_until 20 grep -q ready "$TMP/$1.log" || die "no connections: $(cat "$TMP/$1.log")"
}
broken() { grep -c Connection "$TMP/$1.log" || true; }
all_broken() { [ "$(broken "$1")" = "$2" ]; }

# refused HOST PORT COUNT [NAMESPACE]: how many attempts to connect were answered with a reset
refused() {
	ip netns exec "${4:-$NS_A}" python3 - "$@" <<'P'
import socket, sys
n = 0
for _ in range(int(sys.argv[3])):
    try:
        socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=30).close()
    except ConnectionRefusedError:
        n += 1
print(n)
P
}

hold one "$IP_B" 7001 3
hold two "$IP_B" 7002 2
hold six "$IP6_B" 7001 2
create_effective network reset --remote-port 7001 --timeout 120
like "the reply says how many lived" "$(json "$out" notes)" "5 of 5 connections"
ok "the connections to the port are broken" wait_until 30 all_broken one 3
ok "those of IPv6 too" wait_until 30 all_broken six 2
is "those to another live" "$(broken two)" 0
is "new ones are refused" "$(refused "$IP_B" 7001 5)" 5
is "new ones, IPv6" "$(refused "$IP6_B" 7001 5)" 5
passes "UDP of the same port" udp "$IP_B" 7001
is "to another port they are not" "$(refused "$IP_B" 7002 5)" 0
one=$created
create network reset --local-port 7005 --destination-ip "$IP_B" --connections new --timeout 120
is "a second: connections of the peer to a port of ours" "$(refused "$IP_A" 7005 5 "$NS_B")" 5
is "those of somebody else are not meant" "$(refused 127.0.0.1 7005 5)" 0
gale destroy "$one" >/dev/null
is "of two the first is off" "$(refused "$IP_B" 7001 5)" 0
is "and the second on" "$(refused "$IP_A" 7005 5 "$NS_B")" 5
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

# --- a share; the seed decides ---

create_effective network reset --remote-port 7001 --percent 30 --timeout 120
within "its measure, percent" "$(json "$out" effect measured)" 20 40
measure "of 300 that are opened" 60 120 refused "$IP_B" 7001 300
gale destroy "$created" >/dev/null
hold many "$IP_B" 7002 98
create network reset --remote-port 7002 --percent 50 --connections live --seed 5 --timeout 120
drawn=$(json "$out" effect measured)
within "of 100 that live" "$drawn" 28 72
drawn=${drawn%.*}
both_broken() { [ $(($(broken many) + $(broken two))) = "$drawn" ]; }
ok "as many are broken" wait_until 30 both_broken
is "none that is opened" "$(refused "$IP_B" 7002 5)" 0
gale destroy "$created" >/dev/null

# --- what is left alone ---

hold kept "$IP_B" 7001 1
GALE_PROTECT_PORTS=7001 create network reset --destination-ip "$IP_B" --timeout 120
like "the reply says what is left alone" "$(json "$out" notes)" "left alone: .*7001"
is "the way back: live" "$(broken kept)" 0
is "the way back: new" "$(refused "$IP_B" 7001 3)" 0
is "the rest" "$(refused "$IP_B" 7002 3)" 3
gale destroy "$created" >/dev/null
GALE_PROTECT_PORTS=7001 create network reset --destination-ip "$IP_B" --connections new --include control --timeout 120
is "included, it is not" "$(refused "$IP_B" 7001 3)" 3
gale destroy "$created" >/dev/null
create network reset --destination-ip 10.0.0.0/8 --exclude-ip "$IP_B" --timeout 120
is "an excluded peer" "$(broken kept) $(refused "$IP_B" 7001 3)" "0 0"
gale destroy "$created" >/dev/null
create network reset --remote-port 7001-7002 --exclude-port 7001 --timeout 120
is "an excluded port" "$(broken kept) $(refused "$IP_B" 7001 3) $(refused "$IP_B" 7002 3)" "0 0 3"
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

# --- the deadline, and kills ---

past() { is "$1" "$(refused "$IP_B" 7001 3)" 0; }
kernel_keeps_deadline past -- network reset --remote-port 7001 --connections new
killed_is_taken_back network_as_before -- network reset --remote-port 7001 --timeout 120

run gale create network reset
is "nothing is named" "$status $(json "$err" code)" "1 45000"
run gale create network reset --remote-port 9 --connections live
is "no such connection lives" "$status $(json "$err" code)" "1 54000"
for bad in "--remote-port 0" "--percent 0" "--percent 101" "--connections some" "--destination-ip 1.2.3"; do
	# shellcheck disable=SC2086
	run gale create network reset --remote-port 7001 $bad
	is "refused: $bad" "$status $(json "$err" code)" "1 46000"
done
