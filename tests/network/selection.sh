#!/usr/bin/env bash
# Whose packets: for each selector, what is selected is hit and what is not goes on, both ways, while
# names change their addresses and sockets come and go. By BACKEND, or the first that there is; by
# netem too, on a kernel that has it: tests/lane/run env GALE_LANE=1 bash tests/network/selection.sh.
# timeout 120
. "$(dirname "$0")/../network.sh"
network_pair
IP_C=10.77.0.3 IP_D=10.77.0.4
ip -n "$NS_B" addr add $IP_C/24 dev "$IF_B"
ip -n "$NS_A" addr add $IP_D/24 dev "$IF_A"
network_state >"$TMP/before"
talk=$TMP/talk.py # a command line that no other test has
cp "$ROOT/tests/network/talk.py" "$talk"
python=$(python3 -c 'import sys; print(sys.executable)')

talker() { # talker NAME NAMESPACE [PORT]: $NAME is its pid, tell speaks to it
	local name=$1 ns=$2 ready
	shift 2
	mkfifo "$TMP/$name.in" "$TMP/$name.out"
	ln -s "$python" "$TMP/$name" # what the process is called then
	nsenter --net="/run/netns/$ns" "$TMP/$name" "$talk" "$@" <"$TMP/$name.in" >"$TMP/$name.out" &
	eval "$name=$!; exec {${name}_in}>$TMP/$name.in {${name}_out}<$TMP/$name.out"
	at_end "kill $!"
	ready=${name}_out
	read -r -t 60 -u "${!ready}" ready && [ "$ready" = ready ] || die "$name does not talk"
}

tell() { # tell TALKER LINE...: yes or no
	local in=$1_in out=$1_out word
	shift
	echo "$@" >&"${!in}"
	read -r -t 60 -u "${!out}" word
	echo "$word"
}

# Two alike in the first namespace, of which one is meant, and one that calls them from the second.
talker one "$NS_A" 7101
talker other "$NS_A" 7102
talker far "$NS_B"
talker kubelet "$NS_A" 7103

backend=${BACKEND:-auto}
lose() { # lose FLAG...: all of the selected traffic
	create network loss --interface "$IF_A" --percent 100 --timeout 120 --backend "$backend" "$@"
}
hit() { is "hit: $*" "$(tell "$@")" no; }
spared() { # an answer that took a while is none: then once more
	local pause
	for pause in 0 0.5 1 2 4; do
		[ "$(tell "$@")" = no ] || break
		sleep $pause
	done
	is "not hit: $*" "$(tell "$@")" yes
}
over() { gale destroy "$created" >/dev/null; }

spared one udp $IP_B 7001
ways="egress ingress"
run gale create network loss --interface "$IF_A" --percent 1 --direction ingress --dry-run
[ "$status" = 0 ] || ways=egress
note "ways: $ways"

# --- addresses, names and protocols ---

lose --destination-ip $IP_C
hit one tcp $IP_C 7001
spared one udp $IP_B 7001
over
lose --exclude-ip $IP_C,fd00::/8
hit one udp $IP_B 7001
spared one tcp $IP_C 7001
spared one udp $IP6_B 7001
over
lose --source-ip $IP_D
hit one udp $IP_B 7001 $IP_D
hit far tcp $IP_D 7101
spared one udp $IP_B 7001 $IP_A
over
for way in $ways; do
	lose --exclude-source-ip $IP_D/32 --destination-ip $IP_B --direction "$way"
	hit one udp $IP_B 7001 $IP_A
	spared one udp $IP_B 7001 $IP_D
	spared one tcp $IP_C 7001 $IP_A
	over
done
lose --protocol icmp,udp
hit one udp $IP_B 7001
blocked "ping" ping $IP_B
spared one tcp $IP_B 7001
over
lose --protocol any --local-port 7201
hit one udp $IP_B 7001 $IP_A 7201
spared one udp $IP_B 7001 $IP_A 7202
over

# --- names: looked up again while the fault runs ---

moves_to() { # moves_to ADDRESS: in one moment
	echo "db.example $1" >"$TMP/names.new"
	mv "$TMP/names.new" "$TMP/names"
}
moves_to $IP_C
echo "$IP_B here" >"$TMP/hosts"
echo "nameserver $IP_B" >"$TMP/resolv.conf"
start names in_ns "$NS_B" python3 "$talk" names "$TMP/names"
wait_until 20 eval '[ -n "$(in_ns "$NS_B" ss -Hlun "sport = :53")" ]' || die "no name server"
mkdir "$TMP/named"
cat >"$TMP/named/gale" <<END
#!/bin/sh
exec unshare -m sh -c 'mount --bind "$TMP/hosts" /etc/hosts && mount --bind "$TMP/resolv.conf" /etc/resolv.conf && exec $GALE_BIN/gale "\$@"' gale "\$@"
END
chmod +x "$TMP/named/gale"
GALE_BIN=$TMP/named
run gale create network loss --interface "$IF_A" --percent 100 --destination-ip nosuch.example
is "a name without an address is refused" "$status" 1
like "  and it is named" "$(json "$err" error)" 'nosuch\.example.*no address'
run gale create network loss --interface "$IF_A" --percent 100 --destination-ip db.example --dry-run
like "the dry run says what it has" "$(json "$out" result operations)" "look up db\.example, .*now $IP_C/32"
lose --destination-ip db.example
hit one tcp $IP_C 7001
spared one udp $IP_B 7001
moves_to $IP_B
now_hit() { [ "$(tell one udp $IP_B 7001)" = no ]; }
ok "the name has moved: its new address is hit" wait_until 60 now_hit
spared one tcp $IP_C 7001
noted() { [[ $(record "$created" Notes) == *"db.example: now $IP_B"* ]]; }
ok "  which its record says" wait_until 30 noted
over
moves_to $IP_C
for moved in no yes; do # then the name server itself is cut off from the beginning
	create_effective network drop --destination-ip db.example --timeout 120
	[ $moved = yes ] || hit one tcp $IP_C 7001
	moves_to $IP_B
	ok "a drop follows the name" wait_until 60 now_hit
	spared one tcp $IP_C 7001
	over
done
lose --exclude-ip here --direction "${ways/*ingress/both}"
hit one tcp $IP_C 7001
spared one udp $IP_B 7001
over
ok "the state before is back" network_as_before

# --- processes and control groups: sockets that were open before, and new ones, both ways ---

one_in_group() { awk -F: '$1 == 0 { print $3 }' "/proc/$one/cgroup"; }
one_group=$(one_in_group)
one_group=${one_group:-/} # where version 2 is not mounted, it is in the root of it
for way in $ways; do
	spared one keep old-$way udp $IP_B 7001
	spared one keep oldt-$way tcp $IP_B 7001
	spared other keep old-$way udp $IP_B 7001
	lose --pid "$one" --direction "$way"
	hit one again old-$way
	hit one again oldt-$way
	hit one udp $IP_B 7001
	hit one tcp $IP6_B 7001
	hit far tcp $IP_A 7101
	spared other again old-$way
	spared other udp $IP_B 7001
	spared other tcp $IP6_B 7001
	spared far tcp $IP_A 7102
	over
done
is "it is back in its control group" "$(one_in_group)" "$one_group"
spared one udp $IP_B 7001
lose --process "$talk 7101" --destination-ip $IP_C
hit one tcp $IP_C 7001
spared one udp $IP_B 7001
spared other tcp $IP_C 7001
over

# --- what is left alone, and what is said of it ---

tell far serve 6443 >/dev/null
spared kubelet keep api tcp $IP_B 6443
export SSH_CONNECTION="$IP_B 50000 $IP_A 7101"
lose
said=$(json "$out" notes)
like "what is left alone" "$said" "ARP, neighbour discovery, ssh of $IP_B \(port 7101\)"
like "  the kubelet too" "$said" "the kubelet \(port 7103\)"
hit one udp $IP_B 7001
spared far tcp $IP_A 7101
spared far tcp $IP_A 7103
spared kubelet again api
hit kubelet tcp $IP_B 7001
hit far tcp $IP_A 7102
over
lose --include control
like "what is left alone then" "$(json "$out" notes)" 'left alone: ARP, neighbour discovery"'
hit far tcp $IP_A 7101
hit kubelet again api
over
unset SSH_CONNECTION
ln -s "$(command -v bash)" "$TMP/sshd"
cat >"$TMP/session" <<END
exec 5<>/dev/tcp/$IP_B/7001
$GALE_BIN/gale create network loss --interface $IF_A --percent 100 --timeout 120
true
END
out=$(in_ns "$NS_A" "$TMP/sshd" "$TMP/session")
created=$(json "$out" result)
like "the session of the sshd above" "$(json "$out" notes)" "ssh of $IP_B"
spared one tcp $IP_B 7001
hit one tcp $IP_B 7002
over
lose --exclude-ip $IP_B
spared one arp $IP_B
over
if [ "$backend" = reduced ]; then
	run gale create network loss --interface "$IF_A" --percent 100 --include arp --backend reduced
	is "nf_tables see no ARP" "$status $(json "$err" code)" "1 44000"
else
	lose --include arp,ndp --exclude-ip $IP_B
	spared one arp $IP_B
	over
	lose --include arp --destination-ip $IP_C
	ip -n "$NS_A" neigh flush dev "$IF_A"
	blocked "ARP is hit where it is included: ping" ping $IP_C
	like "  so the neighbour is not found" "$(ip -n "$NS_A" neigh show $IP_C)" 'FAILED|INCOMPLETE'
	over
fi
ok "the state before is back" network_as_before
