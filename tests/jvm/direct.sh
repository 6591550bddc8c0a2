#!/usr/bin/env bash
# jvm cpufullload, threadfull, full-gc, OutOfMemoryError and CodeCacheFilling: what the JVM then has, and
# that it has it no longer afterwards.
# timeout 150
# serial
. "$(dirname "$0")/../experiment.sh"
. "$(dirname "$0")/../java.sh"
. "$(dirname "$0")/shop.bash"
need_root
shop_build
shop_start shop -XX:MaxMetaspaceSize=48m -XX:MaxDirectMemorySize=32m -XX:ReservedCodeCacheSize=16m
shop=$pid

fault() { # fault ACTION FLAG...
	create jvm "$1" --pid "$shop" "${@:2}" --timeout 120
	is "$1: its verdict" "$(json "$out" effect verdict)" effective
}
off() {
	run gale destroy "$created"
	is "destroy" "$status$err" 0
}
ticks() { awk '{ print $14 + $15 }' "/proc/$shop/stat"; }
burned() { # ticks of processor time in half a second
	local before
	before=$(ticks)
	sleep 0.5
	echo $(($(ticks) - before))
}
threads() { cat "/proc/$shop/task"/*/comm 2>/dev/null | grep -c '^gale-thread' || true; } # those of a fault
are() { [ "$(threads)" = "$1" ]; }
at_most() { [ "$("$1")" -le "$2" ]; }

fault threadfull --thread-count 50
ok "threads" wait_until 30 are 50
measure "which wait" 0 3 burned
off
ok "and are gone" wait_until 30 are 0
fault tfl --thread-count 2 --running
measure "threads that run" 4 130 burned
off
wait_until 30 at_most burned 2 || true
measure "and no longer" 0 2 burned

fault cpufullload --cpu-count 1
measure "one processor" 4 80 burned
run gale create jvm cfl --pid "$shop" --cpu-count 1 --timeout 120
like "a second one" "$status $err" '^1 '
off
wait_until 30 at_most burned 2 || true
measure "and no longer" 0 2 burned

collections() { ask "$port" collections; }
before=$(collections)
fault full-gc --effect-count 5 --interval 10
enough() { [ "$(collections)" -ge $((before + 5)) ]; }
ok "five collections" wait_until 30 enough
off
within "and no more than that" "$(collections)" $((before + 5)) $((before + 12))

used() { ask "$port" used; }
before=$(used)
fault OutOfMemoryError --area HEAP --wild-mode true
full() { [ "$(used)" -ge 40 ]; }
ok "the heap is full" wait_until 60 full
off
emptied() { [ "$(used)" -le $((before + 25)) ]; }
ok "and empty again" wait_until 60 emptied
is "the service lives" "$(ask "$port" price 2)" 20

# While direct memory is full a socket has no buffer to write from: some answers do not come.
lives() { [ "$(ask "$port" total 2)" = 3 ]; }
for area in NOHEAP OFFHEAP; do
	fault oom --area $area
	sleep 1
	ok "$area: the service lives" wait_until 30 lives
	off
	is "$area: and afterwards" "$(ask "$port" price 2)" 20
done
run gale create jvm oom --pid "$shop" --timeout 120
is "without an area" "$status $(json "$err" code)" "1 45000"

fault CodeCacheFilling
is "the service lives with a full code cache" "$(ask "$port" price 2)" 20
off
is "and afterwards" "$(ask "$port" price 2)" 20

fault threadfull --thread-count 20
ok "twenty threads" wait_until 30 are 20
gale destroy jvm threadfull --pid "$shop" >/dev/null
ok "destroy by target and action" wait_until 30 are 0

create_stopped jvm threadfull --pid "$shop" --thread-count 30
kill -KILL "${pids[@]}"
ok "the deadline is in the JVM" wait_until 90 are 0
gale recover >/dev/null
