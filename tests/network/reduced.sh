#!/usr/bin/env bash
# --backend reduced, for kernels that have little: loss by nf_tables, a rate by htb, what it cannot do
# refused with the reason, and the exact state before is back whatever ends it.
# timeout 120
. "$(dirname "$0")/../network.sh"
network_pair

for direction in egress ingress both; do
	create_effective network loss --interface "$IF_A" --percent 40 --direction $direction --backend reduced --timeout 120
	case $direction in both) low=52 high=76 ;; *) low=28 high=52 ;; esac
	loses "ping" $low $high ping "$IP_B" count=300
	loses "IPv6" $low $high ping "$IP6_B" count=300
	gale destroy "$created" >/dev/null
	ok "the state before is back" network_as_before
done

# --- rate ---

send_kbit() { # send_kbit PORT: what a stream to this port gets through in two seconds, kbit/s
	from_a python3 - "$IP_B" "$1" <<'PYTHON'
import select, socket, sys, time
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.setblocking(False)
got, start = 0, time.monotonic()
while time.monotonic() < start + 2:
    readable, writable, _ = select.select([s], [s], [], 0.1)
    if readable:
        got += len(s.recv(1 << 20))
    if writable:
        s.send(bytes(1 << 14))
print(int(got * 8 / 1000 / 2))
PYTHON
}

create network bandwidth --interface "$IF_A" --rate 4mbit --remote-port 7001 --backend reduced --timeout 120
is "the verdict of a rate" "$(json "$out" effect verdict)" effective
within "its measure, kbit/s" "$(json "$out" effect measured)" 3600 4400
measure "a stream, kbit/s" 2800 4600 send_kbit 7001
measure "to another port, kbit/s" 20000 100000000 send_kbit 7002
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before
killed_is_taken_back network_as_before -- network bandwidth --interface "$IF_A" --rate 4mbit \
	--backend reduced --timeout 120

# The program ends it when nobody is left, and recover takes the rest away.
create_stopped network bandwidth --interface "$IF_A" --rate 100kbit --backend reduced
kill -KILL "${pids[@]}"
like "all killed: the queue is left" "$(tc -n "$NS_A" qdisc show dev "$IF_A")" "htb"
sleep_until "$ends"
measure "past the deadline a ping of 1400 bytes takes, ms" 0 100 \
	figure_of median_ms ping "$IP_B" bytes=1400 count=5 every=10000
ok "gale recover" gale recover
ok "the state before is back" network_as_before

# --- what it cannot do ---

run gale create network delay --interface "$IF_A" --time 10 --backend reduced
is "no delay" "$status $(json "$err" code)" "1 44000"
like "  and why" "$(json "$err" error)" "reduced: it has loss and rate alone"
tc -n "$NS_A" qdisc add dev "$IF_A" root handle 7: tbf rate 100mbit burst 100kb latency 50ms
theirs=$(network_state)
run gale create network bandwidth --interface "$IF_A" --rate 4mbit --backend reduced
like "nobody's queue is replaced" "$(json "$err" error)" "a queue stands at the root"
is "it stands still" "$(network_state)" "$theirs"
