#!/usr/bin/env bash
# network bandwidth: as much as was asked for gets through, the rest of the traffic is not slowed,
# two limits make the smaller one, and the exact state before is back whatever ends it.
# timeout 150
. "$(dirname "$0")/../network.sh"
need_tun
network_pair

# kbit_s SECONDS FROM TO ADDRESS PORT: what TCP gets through between two namespaces, once it has found its pace.
kbit_s() {
	python3 - "$@" <<'P'
import ctypes, os, socket, sys, threading, time
seconds, source, sink, address, port = sys.argv[1:]
libc = ctypes.CDLL(None)
def enter(ns):
    libc.setns(os.open("/run/netns/" + ns, os.O_RDONLY), 0)
family = socket.AF_INET6 if ":" in address else socket.AF_INET
enter(sink)
server = socket.socket(family, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind((address, int(port)))
server.listen(1)
enter(source)
client = socket.socket(family, socket.SOCK_STREAM)
client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
client.connect((address, int(port)))
conn = server.accept()[0]
def send():
    data = b"x" * 16384
    try:
        while True:
            client.send(data)
    except OSError:
        pass
threading.Thread(target=send, daemon=True).start()
start, seen = time.monotonic(), []
while time.monotonic() - start < float(seconds):
    conn.settimeout(0.2)
    try:
        seen.append((len(conn.recv(1 << 20)), time.monotonic()))
    except TimeoutError:
        pass
paced = [x for x in seen if x[1] - start > float(seconds) / 3]
print(round(sum(n for n, _ in paced[1:]) * 8 / 1000 / (paced[-1][1] - paced[0][1])))
os._exit(0)
P
}
out_kbit_s() { # out_kbit_s SECONDS ADDRESS PORT
	kbit_s "$1" "$NS_A" "$NS_B" "${@:2}"
}

limited() { # limited TEXT KBIT_S COMMAND ARGUMENT...
	measure "$1, kbit/s" $(($2 * 75 / 100)) $(($2 * 105 / 100)) "$3" 2.2 "${@:4}"
}
unlimited() { # unlimited TEXT COMMAND ARGUMENT...
	measure "$1, kbit/s" 60000 1000000000 "$2" 0.6 "${@:3}"
}

for rate in 2mbit:2000 1mbps:8000 40mbit:40000; do
	create_effective network bandwidth --interface "$IF_A" --rate "${rate%:*}" --timeout 120
	limited "TCP at ${rate%:*}" "${rate#*:}" out_kbit_s "$IP_B" 8000
	gale destroy "$created" >/dev/null
done
unlimited "after it" out_kbit_s "$IP_B" 8000
ok "the state before is back" network_as_before

create network bandwidth --interface "$IF_A" --rate 4mbit --remote-port 8000 --timeout 120
limited "the port that was asked for" 4000 out_kbit_s "$IP_B" 8000
limited "IPv6" 4000 out_kbit_s "$IP6_B" 8000
unlimited "another port" out_kbit_s "$IP_B" 8001
unlimited "what arrives" kbit_s "$NS_B" "$NS_A" "$IP_A" 8000
one=$created
create network bandwidth --interface "$IF_A" --rate 2mbit --timeout 120
limited "of two limits the smaller counts" 2000 out_kbit_s "$IP_B" 8000
gale destroy "$one" >/dev/null
limited "the second alone" 2000 out_kbit_s "$IP_B" 8001
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

create network bandwidth --interface "$IF_A" --rate 4mbit --direction ingress --timeout 120
limited "what arrives" 4000 kbit_s "$NS_B" "$NS_A" "$IP_A" 8000
gale destroy "$created" >/dev/null

# 9000 bytes pass or wait, and 10 a millisecond: Chaos Mesh's limit and buffer.
create network bandwidth --interface "$IF_A" --rate 80kbit --limit 6000 --buffer 3000 --timeout 120
measure "of 300 datagrams in 300 ms come back" 60 220 figure_of seen udp "$IP_B" 7001 count=300
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

# --- the deadline, and kills ---

past() { unlimited "$1" out_kbit_s "$IP_B" 8000; }
kernel_keeps_deadline past -- network bandwidth --interface "$IF_A" --rate 1mbit
ok "the state before is back" network_as_before
killed_is_taken_back network_as_before -- network bandwidth --interface "$IF_A" --rate 1mbit --timeout 120

for bad in "--rate 0" "--rate 10" "--rate fast" "--rate -1mbit" "--rate 1mbit --limit 0" "--rate 1mbit --peakrate x"; do
	# shellcheck disable=SC2086
	run gale create network bandwidth --interface "$IF_A" $bad
	is "refused: $bad" "$status $(json "$err" code)" "1 46000"
done
run gale create network bandwidth --interface "$IF_A"
is "no rate" "$status $(json "$err" code)" "1 45000"
