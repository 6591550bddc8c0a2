#!/usr/bin/env bash
# network drop: by address, port, text and direction, IPv4 and IPv6, although others accept it, and
# the exact state before is back whatever ends it.
# timeout 120
. "$(dirname "$0")/../network.sh"
need_command nft

# Somebody's own rules stand there, and accept everything early.
network_pair
from_a nft -f - <<'R'
table inet theirs {
	chain input { type filter hook input priority -300; policy accept; accept; }
	chain output { type filter hook output priority -300; policy accept; accept; }
}
R
network_state >"$TMP/before"

dropped() { # dropped TEXT yes|no PROTOCOL HOST [PORT] -- FLAG...
	local text=$1 wanted=$2 check order
	split "${@:3}"
	create_effective network drop --timeout 120 "${order[@]}"
	if [ "$wanted" = yes ]; then
		blocked "$text" "${check[@]}"
	else
		passes "$text" "${check[@]}"
	fi
	gale destroy "$created" >/dev/null
	ok "  the state before is back" network_as_before
}

dropped "a destination, ping" yes ping "$IP_B" -- --destination-ip "$IP_B"
dropped "a destination, TCP" yes tcp "$IP_B" 7001 -- --destination-ip 10.77.0.0/16 --network-traffic out
dropped "a destination, IPv6" yes ping "$IP6_B" -- --destination-ip "fd77::/64"
dropped "a destination of the other version" no ping "$IP6_B" -- --destination-ip "$IP_B"
dropped "a source, incoming" yes udp "$IP_B" 7001 -- --source-ip "$IP_B" --network-traffic in
dropped "a source, incoming, IPv6" yes udp "$IP6_B" 7001 -- --source-ip "$IP6_B" --network-traffic in
dropped "a source, the other direction" no udp "$IP_B" 7001 -- --source-ip "$IP_B" --network-traffic out
dropped "a port, TCP" yes tcp "$IP_B" 7001 -- --destination-port 80,7000-7001
dropped "a port, UDP, IPv6" yes udp "$IP6_B" 7001 -- --destination-port 7001
dropped "another port" no udp "$IP_B" 7002 -- --destination-port 7001
dropped "a source port, incoming" yes tcp "$IP_B" 7002 -- --source-port 7002 --network-traffic in
dropped "address and port: both" yes tcp "$IP_B" 7001 -- --destination-ip "$IP_B" --destination-port 7001
dropped "address and port: one only" no tcp "$IP_B" 7002 -- --destination-ip "$IP_B" --destination-port 7001
dropped "overlapping lists" yes udp "$IP_B" 7001 -- \
	--destination-ip "10.77.0.0/16,$IP_B,10.0.0.0/8,255.255.255.255" --destination-port 7001,7000-7005,65535
from_a ip -6 neigh flush dev "$IF_A"
dropped "neighbour discovery is not touched" no udp "$IP6_B" 7002 -- --destination-port 7001 --destination-ip ::/0

GALE_PROTECT_PORTS=7001 create network drop --destination-ip "$IP_B" --network-traffic out --timeout 120
passes "the way to the console is left alone" tcp "$IP_B" 7001
blocked "and no other" tcp "$IP_B" 7002
gale destroy "$created" >/dev/null
GALE_PROTECT_PORTS=7001 create network drop --destination-ip "$IP_B" --include control --timeout 120
blocked "unless it is included" tcp "$IP_B" 7001
gale destroy "$created" >/dev/null

# --- text ---

run gale create network drop --string-pattern yyyyyyyy --destination-port 7001 --timeout 120
if [ "$status" = 0 ]; then
	created=$(json "$out" result)
	blocked "packets with the text" udp "$IP_B" 7001
	passes "packets without it" tcp "$IP_B" 7001
	gale destroy "$created" >/dev/null
	ok "  the state before is back" network_as_before
else
	is "no xt_string in this kernel: refused as unsupported" "$(json "$err" code)" 44000
fi
for text in '"; flush ruleset' "\$(reboot)" "'"; do
	run gale create network drop --string-pattern "$text" --destination-port 7001 --timeout 120
	like "any text is only text: $text" "$status" '^[01]$'
	[ "$status" != 0 ] || gale destroy "$(json "$out" result)" >/dev/null
	ok "  the state before is back" network_as_before
done

# --- two of the same, off in both orders ---

for order in "one two" "two one"; do
	create network drop --destination-port 7001 --timeout 120
	declare -A uid=([one]=$created)
	create network drop --destination-port 7001 --timeout 120
	uid[two]=$created
	read -r a b <<<"$order"
	gale destroy "${uid[$a]}" >/dev/null
	blocked "one of two is left" udp "$IP_B" 7001
	gale destroy "${uid[$b]}" >/dev/null
	passes "none" udp "$IP_B" 7001
done

# --- the deadline, and kills ---

deadline_takes_back network_as_before -- network drop --destination-ip "$IP_B"
past() { passes "$1" ping "$IP_B"; }
kernel_keeps_deadline past -- network drop --destination-ip "$IP_B"
killed_is_taken_back network_as_before -- network drop --destination-port 7001 --timeout 120

# --- bad input ---

run gale create network drop
is "without any selector" "$status $(json "$err" code)" "1 45000"
for bad in "--destination-ip 1.2.3" "--source-ip 10.0.0.0/33" "--source-port 0" \
	"--destination-port 65536" "--destination-port 80 --network-traffic sideways" \
	"--source-ip 10.0.0.1 --destination-ip ::1"; do
	# shellcheck disable=SC2086
	run gale create network drop $bad
	is "refused: $bad" "$status $(json "$err" code)" "1 46000"
done
run gale create network drop --string-pattern "$(printf '%0129d' 1)"
is "a text that is too long" "$status $(json "$err" code)" "1 46000"
ok "the state before is still there" network_as_before
is "no journal is left" "$(ls "$GALE_STATE/journal")" ""
