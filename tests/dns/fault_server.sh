#!/usr/bin/env bash
# dns faults whose answers a gale-dns gives (--server), by redirect and by resolv.conf, over UDP and TCP: for
# their names alone; while it is away the resolvers of before answer; one that has no rules is no success.
# timeout 120
. "$(dirname "$0")/../experiment.sh"
. "$(dirname "$0")/host.bash"
need_netns
need_command nft
need_command dig
need_program gale-dns
set -f # patterns are no file names
SERVER=$GALE_BIN/gale-dns
dns_pair

good="NOERROR 192.0.2.77"
server_start() { # sets $server; its rules outlive it
	start server nsenter --net="/run/netns/$NS_B" "$SERVER" --listen "$IP_B:5354,[$IP6_B]:5354" --upstream "$IP_B" --run "$TMP/run" --state "$TMP/rules"
	server=$pid
	wait_until 30 "$SERVER" list --run "$TMP/run" || die "no gale-dns: $(tail -1 "$TMP/server.log")"
}
chmod 755 "$TMP"
server_start
run gale create dns static --domain-ip www.shop.test=10.1.2.3 --server "$IP_B:5354" --timeout 120
is "a server without rules: refused" "$status $(json "$err" code)" "1 54000"
ok "nothing is left" dns_as_before
"$SERVER" set fixed static --run "$TMP/run" --clients "$IP_A,$IP6_A" --answers '*.shop.test=10.1.2.3,*.other.test=10.9.9.9' --timeout 10m >/dev/null

is_back() { [ "$(ask www.shop.test) $(ask www.shop.test +tcp)" = "NOERROR 10.1.2.3 NOERROR 10.1.2.3" ]; }
for mode in redirect resolv.conf; do
	create dns static --domain-ip '*.shop.test=10.1.2.3' --server "$IP_B:1,$IP_B:5354" --mode $mode --timeout 120
	is "$mode: the verdict" "$(json "$out" effect verdict)" effective
	for how in "" +tcp; do
		# shellcheck disable=SC2086
		is "$mode: its answer $how" "$(ask www.shop.test $how)" "NOERROR 10.1.2.3"
		# shellcheck disable=SC2086
		is "$mode: another name, whatever rules are there $how" "$(ask www.other.test $how)" "$good"
	done
	kill -KILL "$server"
	wait "$server" 2>/dev/null || true
	is "$mode: it is away" "$(ask www.shop.test)" "$good"
	is "$mode: it is away, TCP" "$(ask www.shop.test +tcp)" "$good"
	server_start
	ok "$mode: it is back" wait_until 30 is_back
	gale destroy "$created" >/dev/null
	is "$mode: afterwards" "$(ask www.shop.test)" "$good"
	ok "$mode: the state before is back" dns_as_before
done

# One that says nothing: the next is asked, and in the end the client's own, before the client gives up.
start mute nsenter --net="/run/netns/$NS_B" python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 5355))
print("up", flush=True)
time.sleep(1000)' "$IP_B"
wait_until 30 grep -qs up "$TMP/mute.log" || die "no silent server"
create dns static --domain-ip '*.shop.test=10.1.2.3' --server "$IP_B:5354,$IP_B:5355" --timeout 120
kill -KILL "$server"
wait "$server" 2>/dev/null || true
is "all are silent" "$(ask www.shop.test)" "$good"
gale destroy "$created" >/dev/null
ok "the state before is back" dns_as_before
