#!/usr/bin/env bash
# network flood: as much as was asked for reaches the target, UDP and TCP, nothing reaches one that
# the owner of the host does not allow, and it ends whatever ends it.
# timeout 90
. "$(dirname "$0")/../network.sh"
network_pair

# What the other side hears, in kbit/s of payload.
start sink ip netns exec "$NS_B" python3 -c '
import selectors, socket
watch = selectors.DefaultSelector()
counts = {}
for port in 9000, 9001:
    for kind in socket.SOCK_DGRAM, socket.SOCK_STREAM:
        s = socket.socket(socket.AF_INET6, kind)
        s.bind(("::", port))
        s.setblocking(False)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        if kind == socket.SOCK_STREAM:
            s.listen(64)
        watch.register(s, selectors.EVENT_READ, (port, kind == socket.SOCK_STREAM))
asked = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
asked.bind(("::", 9999))
watch.register(asked, selectors.EVENT_READ, None)
while True:
    for key, _ in watch.select():
        try:
            if key.data is None:
                port, peer = asked.recvfrom(100)
                asked.sendto(str(counts.get(int(port), 0)).encode(), peer)
            elif key.data[1]:
                conn, _ = key.fileobj.accept()
                conn.setblocking(False)
                watch.register(conn, selectors.EVENT_READ, (key.data[0], False))
            else:
                data = key.fileobj.recv(1 << 20)
                if not data and key.fileobj.type == socket.SOCK_STREAM:
                    watch.unregister(key.fileobj)
                    key.fileobj.close()
                counts[key.data[0]] = counts.get(key.data[0], 0) + len(data)
        except OSError:
            watch.unregister(key.fileobj)
'
heard() { # heard PORT [SECONDS]: kbit/s
	from_a python3 - "$IP_B" "$1" "${2:-0.5}" <<'P'
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(30)
def count():
    s.sendto(sys.argv[2].encode(), (sys.argv[1], 9999))
    return int(s.recv(100)), time.monotonic()
first, start = count()
time.sleep(float(sys.argv[3]))
last, end = count()
print(round((last - first) * 8 / 1000 / (end - start)))
P
}
there() { [ -n "$(in_ns "$NS_B" ss -Hlun "sport = :9999")" ]; } # who asks before that is never answered
wait_until 30 there || die "no sink"
silent() { [ "$(heard "$1" 0.1)" = 0 ]; }
ok "silence before" silent 9000
export GALE_FLOOD_ALLOW=10.77.0.0/24,fd77::/64

# --- only what is allowed ---

refused() { # refused TEXT CODE FLAG...
	run gale create network flood --port 9000 --rate 1mbit --timeout 120 "${@:3}"
	is "refused: $1" "$status $(json "$err" code)" "1 $2"
}
GALE_FLOOD_ALLOW='' refused "nothing is allowed" 43000 --target "$IP_B"
GALE_FLOOD_ALLOW='' refused "not even the loopback" 43000 --target 127.0.0.1
refused "another address" 43000 --target 10.78.0.1
refused "one of two" 43000 --target "$IP_B,192.0.2.1"
refused "a network" 46000 --target 10.77.0.0/24
GALE_FLOOD_ALLOW=10.77.0.2/31 refused "beyond a small block" 43000 --target 10.77.0.4
GALE_FLOOD_ALLOW=nonsense refused "a setting that is none" 46000 --target "$IP_B"
printf 'flood-allow: [10.77.0.2, 10.77.0.3]\n' >"$TMP/gale.yaml"
GALE_FLOOD_ALLOW='' run gale --config "$TMP/gale.yaml" create network flood --port 9000 --rate 1mbit \
	--target "$IP_B" --dry-run
is "allowed by the file" "$status" 0
GALE_FLOOD_ALLOW='' run gale --flood-allow "$IP_B" create network flood --port 9000 --rate 1mbit \
	--target "$IP_B" --dry-run
is "allowed by the flag" "$status" 0
ok "nothing was sent" silent 9000

# --- the effect ---

create_effective network flood --target "$IP_B" --port 9000 --rate 4mbit --timeout 120
measure "heard, kbit/s" 3200 4400 heard 9000
one=$created
create_effective network flood --ip-address "$IP6_B" --port 9001 --rate 250kbps --protocol tcp --parallel 4 \
	--timeout 120
measure "heard, kbit/s" 1600 2300 heard 9001
measure "the first goes on" 3200 4400 heard 9000
gale destroy "$one" >/dev/null
ok "of two the first is off" wait_until 20 silent 9000
measure "and the second on" 1600 2300 heard 9001
gale destroy "$created" >/dev/null
ok "both off" wait_until 20 silent 9001
run gale create network flood --target "$IP_B" --port 9100 --rate 1mbit --protocol tcp --timeout 120
is "TCP to a port where nobody listens has no effect" "$status $(json "$err" code)" "1 54000"
ok "the state before is back" network_as_before

# --- the deadline, and kills ---

create_stopped network flood --target "$IP_B" --port 9000 --rate 1mbit
kill -CONT "$(holder "$created" worker)"
sleep_until $((ends + 100))
ok "after the deadline the worker sends nothing, though nobody stops it" wait_until 20 silent 9000
go_on
killed_is_taken_back wait_until 20 silent 9000 -- network flood --target "$IP_B" --port 9000 --rate 1mbit --timeout 120

run gale create network flood --target "$IP_B" --port 9000
is "no rate" "$status $(json "$err" code)" "1 45000"
refused "too many sockets" 46000 --target "$IP_B,10.77.0.3" --parallel 200
