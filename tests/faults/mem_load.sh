#!/usr/bin/env bash
# mem load: so much memory is in use, follows what others use, and is free again after the end.
# timeout 120
# serial
. "$(dirname "$0")/../experiment.sh"
need_root

meminfo() { awk -v k="$1:" '$1 == k { print int($2 / 1024) }' /proc/meminfo; } # MB
used_percent() { awk -v t="$(meminfo MemTotal)" -v a="$(meminfo MemAvailable)" 'BEGIN { printf "%.2f", (t - a) / t * 100 }'; }
resident() { awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$(holder "$1" worker)/status"; }

# Six points above what is in use now: enough to see, little enough for any machine.
base=$(used_percent)
goal=$(awk -v b="$base" 'BEGIN { print int(b) + 6 }')

settled() { # settled PERCENT: within half a point
	awk -v u="$(used_percent)" -v g="$1" 'BEGIN { exit !(u > g - 0.5 && u < g + 0.5) }'
}

create mem load --mem-percent "$goal" --rate 2000 --timeout 120
like "its verdict" "$(json "$out" effect verdict)" "effective|partial"
ok "so much memory is in use" wait_until 30 settled "$goal"
is "the killer takes it first" "$(cat "/proc/$(holder "$created" worker)/oom_score_adj")" 1000

# It gives way when another process takes memory: 300 MB here.
# What still others take or give meanwhile counts too.
shrunk() { between $((before - $(resident "$created"))) 100 1500; }
shrinks() { # by how many MB
	before=$(resident "$created")
	start other python3 -c 'import time; b = bytearray(300 << 20); b[::4096] = b"x" * len(b[::4096]); time.sleep(300)'
	wait_until 20 shrunk || true
	echo $((before - $(resident "$created")))
	stop "$pid"
}
measure "it shrinks for others, MB" 100 1500 shrinks

pids=$(holders "$created")
held=$(resident "$created")
free=$(meminfo MemAvailable)
gale destroy "$created" >/dev/null
# shellcheck disable=SC2086
ok "nothing is left after destroy" gone "$created" $pids
freed() { between $(($(meminfo MemAvailable) - free)) $((held / 2)) $((held * 2)); }
ok "memory is free again" wait_until 30 freed

# --- the rate ---

create mem load --mem-percent "$((goal + 10))" --rate 50 --timeout 120
growth() { # MB a second, over two
	local before begin
	before=$(resident "$created") begin=$(now_ms)
	sleep 2
	echo $((($(resident "$created") - before) * 1000 / ($(now_ms) - begin)))
}
measure "it grows, MB a second" 30 70 growth
gale destroy "$created" >/dev/null

# --- the other ways to say it ---

reserve=$(($(meminfo MemAvailable) - 400))
create mem load --reserve $reserve --rate 2000 --timeout 120
left() { between "$(meminfo MemAvailable)" $((reserve - 120)) $((reserve + 120)); }
ok "with --reserve so much is available" wait_until 30 left
gale destroy "$created" >/dev/null

shared() { between $(($(meminfo Shmem) - cached)) "$@"; }
cache_mode() { # MB of shared memory that it leaves; that of others is no fault of it
	cached=$(meminfo Shmem)
	create mem load --mem-percent "$goal" --mode cache --rate 2000 --timeout 120
	if ! wait_until 30 shared 200 4000; then
		gale destroy "$created" >/dev/null
		return 1
	fi
	gale destroy "$created" >/dev/null
	wait_until 20 shared -50 50 || true
	echo $(($(meminfo Shmem) - cached))
}
measure "cache mode: shared memory grows, and goes, MB left" -50 50 cache_mode

create mem load --mem-percent "$goal" --avoid-being-killed --rate 2000 --timeout 120
score=$(cat "/proc/$(holder "$created" worker)/oom_score_adj")
if [ "$score" = -1000 ]; then
	like "protected from the killer" "$(json "$out" effect what)" "never killed"
else
	like "it says that it could not be protected" "$(json "$out" effect what)" "not protected"
fi
gale destroy "$created" >/dev/null

# --- two at once: the higher goal counts, and stays ---

create mem load --mem-percent "$((goal - 2))" --rate 2000 --timeout 120
first=$created
create mem load --mem-percent "$goal" --rate 2000 --timeout 120
ok "the higher goal counts" wait_until 30 settled "$goal"
gale destroy "$first" >/dev/null
ok "the goal of the second is kept without the first" wait_until 30 settled "$goal"
gale destroy "$created" >/dev/null

# --- the deadline, and kills ---

deadline_takes_back no_worker -- mem load --mem-percent "$goal" --rate 2000
killed_is_taken_back no_worker -- mem load --mem-percent "$goal" --rate 2000 --timeout 120

# --- bad input ---

for bad in "--mem-percent 150" "--mem-percent -1" "--mem-percent abc" "--rate 0" "--mode nosuch" \
	"--reserve -5" "--reserve 99999999"; do
	# shellcheck disable=SC2086
	run gale create mem load $bad
	is "refused: $bad" "$status $(json "$err" code)" "1 46000"
	like "  and names it: $bad" "$(json "$err" error)" "$(sed 's/^--\([a-z-]*\).*/\1/' <<<"$bad")"
done
ok "nothing runs of them" no_worker
