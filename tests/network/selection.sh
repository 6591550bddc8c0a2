#!/usr/bin/env bash
# Whose packets: for each selector, what is selected is hit and what is not goes on, both ways, while
# names change their addresses and sockets come and go.
# timeout 120
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../experiment.sh"
. "$(dirname "$0")/../network.sh"
need_program gale
need_netns
network_pair
IP_C=10.77.0.3 IP_D=10.77.0.4
ip -n "$NS_B" addr add $IP_C/24 dev "$IF_B"
ip -n "$NS_A" addr add $IP_D/24 dev "$IF_A"
network_state >"$TMP/before"
talk=$ROOT/tests/network/talk.py

# Two alike in the first namespace, of which one is meant, and one that calls them from the second.
coproc ONE { exec nsenter --net="/run/netns/$NS_A" python3 "$talk" 7101; }
one_in=${ONE[1]} one_out=${ONE[0]} one=$ONE_PID
coproc OTHER { exec nsenter --net="/run/netns/$NS_A" python3 "$talk" 7102; } 2>/dev/null
other_in=${OTHER[1]} other_out=${OTHER[0]}
coproc FAR { exec nsenter --net="/run/netns/$NS_B" python3 "$talk"; } 2>/dev/null
far_in=${FAR[1]} far_out=${FAR[0]}
at_end "kill $ONE_PID $OTHER_PID $FAR_PID"

tell() { # tell ONE|OTHER|FAR LINE...: yes or no
	local in=${1,,}_in out=${1,,}_out word
	shift
	echo "$@" >&"${!in}"
	read -r -t 10 -u "${!out}" word
	echo "$word"
}

for who in one other far; do
	out=${who}_out
	read -r -t 20 -u "${!out}" ready && [ "$ready" = ready ] || die "$who does not talk"
done

lose() { # lose FLAG...: all of the selected traffic
	create network loss --interface "$IF_A" --percent 100 --timeout 60 "$@"
}
hit() { is "hit: $*" "$(tell "$@")" no; }
spared() { is "not hit: $*" "$(tell "$@")" yes; }
over() { gale destroy "$created" >/dev/null; }

spared ONE udp $IP_B 7001

# --- addresses, names and protocols ---

lose --destination-ip $IP_C
hit ONE tcp $IP_C 7001
spared ONE udp $IP_B 7001
over
lose --exclude-ip $IP_C,fd00::/8
hit ONE udp $IP_B 7001
spared ONE tcp $IP_C 7001
spared ONE udp $IP6_B 7001
over
lose --source-ip $IP_D
hit ONE udp $IP_B 7001 $IP_D
hit FAR tcp $IP_D 7101
spared ONE udp $IP_B 7001 $IP_A
over
lose --exclude-source-ip $IP_D/32 --destination-ip $IP_B --direction ingress
hit ONE udp $IP_B 7001 $IP_A
spared ONE udp $IP_B 7001 $IP_D
spared ONE tcp $IP_C 7001 $IP_A
over
lose --protocol icmp,udp
hit ONE udp $IP_B 7001
is "hit: ping" "$(ping_loss $IP_B 3)" 100
spared ONE tcp $IP_B 7001
over
lose --protocol any --local-port 7201
hit ONE udp $IP_B 7001 $IP_A 7201
spared ONE udp $IP_B 7001 $IP_A 7202
over

# --- names: looked up again while the fault runs ---

echo "db.example $IP_C" >"$TMP/names"
echo "$IP_B here" >"$TMP/hosts"
echo "nameserver $IP_B" >"$TMP/resolv.conf"
start names in_ns "$NS_B" python3 "$talk" names "$TMP/names"
plain=$(sed -n '$s/^exec //; $s/ "\$@"$//p' "$GALE_BIN/gale")
cat >"$GALE_BIN/gale" <<END
#!/bin/sh
exec unshare -m sh -c 'mount --bind "$TMP/hosts" /etc/hosts && mount --bind "$TMP/resolv.conf" /etc/resolv.conf && exec $plain "\$@"' gale "\$@"
END
run gale create network loss --interface "$IF_A" --percent 100 --destination-ip nosuch.example
is "a name without an address is refused" "$status" 1
like "  and it is named" "$(json "$err" error)" 'nosuch\.example.*no address'
lose --destination-ip db.example
hit ONE tcp $IP_C 7001
spared ONE udp $IP_B 7001
echo "db.example $IP_B" >"$TMP/names"
now_hit() { [ "$(tell ONE udp $IP_B 7001)" = no ]; }
ok "the name has moved: its new address is hit" wait_until 20 now_hit
spared ONE tcp $IP_C 7001
like "  which its record says" "$(record "$created" Notes)" "db\.example: now $IP_B"
over
lose --exclude-ip here --direction both --backend tap
hit ONE tcp $IP_C 7001
spared ONE udp $IP_B 7001
over
ok "the state before is back" network_as_before

# --- processes and control groups: sockets that were open before, and new ones, both ways ---

one_in_group() { awk -F: '$1 == 0 { print $3 }' "/proc/$one/cgroup"; }
one_group=$(one_in_group)
for direction in egress ingress; do
	spared ONE keep old-$direction udp $IP_B 7001
	spared ONE keep oldt-$direction tcp $IP_B 7001
	spared OTHER keep old-$direction udp $IP_B 7001
	lose --pid "$one" --direction $direction
	hit ONE again old-$direction
	hit ONE again oldt-$direction
	hit ONE udp $IP_B 7001
	hit ONE tcp $IP6_B 7001
	hit FAR tcp $IP_A 7101
	spared OTHER again old-$direction
	spared OTHER udp $IP_B 7001
	spared OTHER tcp $IP6_B 7001
	spared FAR tcp $IP_A 7102
	over
done
is "it is back in its control group" "$(one_in_group)" "$one_group"
spared ONE udp $IP_B 7001
lose --process "talk.py 7101" --destination-ip $IP_C
hit ONE tcp $IP_C 7001
spared ONE udp $IP_B 7001
spared OTHER tcp $IP_C 7001
over

# --- what is left alone, and what is said of it ---

export SSH_CONNECTION="$IP_B 50000 $IP_A 7101"
lose
like "what is left alone" "$(json "$out" notes)" "ARP, neighbour discovery, ssh of $IP_B \(port 7101\)"
hit ONE udp $IP_B 7001
spared FAR tcp $IP_A 7101
hit FAR tcp $IP_A 7102
over
lose --include control,arp
like "what is left alone then" "$(json "$out" notes)" 'left alone: neighbour discovery"'
hit FAR tcp $IP_A 7101
over
unset SSH_CONNECTION
lose --exclude-ip $IP_B
spared ONE arp $IP_B
over
lose --include arp,ndp --exclude-ip $IP_B
spared ONE arp $IP_B
over
lose --include arp --destination-ip $IP_C
ip -n "$NS_A" neigh flush dev "$IF_A"
is "ARP is hit where it is included" "$(ping_loss $IP_C 2)" 100
like "  so the neighbour is not found" "$(ip -n "$NS_A" neigh show $IP_C)" 'FAILED|INCOMPLETE'
over
ok "the state before is back" network_as_before
