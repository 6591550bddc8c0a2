#!/usr/bin/env bash
# mem load: so much memory is in use, follows what others use, and is free again after the end.
# timeout 120
# serial
. "$(dirname "$0")/../experiment.sh"
need_root

meminfo() { awk -v k="$1:" '$1 == k { print int($2 / 1024) }' /proc/meminfo; } # MB
used_percent() { awk -v t="$(meminfo MemTotal)" -v a="$(meminfo MemAvailable)" 'BEGIN { printf "%.2f", (t - a) / t * 100 }'; }
resident() { awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$(holder "$1" worker)/status"; }

no_worker() {
	local p
	for p in $(pgrep -x gale-worker); do
		! tr '\0' '\n' <"/proc/$p/environ" | grep -qx "GALE_STATE=$GALE_STATE" || return 1
	done
}

# Six points above what is in use now: enough to see, little enough for any machine.
base=$(used_percent)
goal=$(awk -v b="$base" 'BEGIN { print int(b) + 6 }')

settled() { # settled PERCENT: within half a point
	awk -v u="$(used_percent)" -v g="$1" 'BEGIN { exit !(u > g - 0.5 && u < g + 0.5) }'
}

create mem load --mem-percent "$goal" --rate 2000 --timeout 120
like "its verdict" "$(json "$out" effect verdict)" "effective|partial"
wait_until 15 settled "$goal" || true
within "memory in use, percent" "$(used_percent)" "$(awk -v g="$goal" 'BEGIN { print g - 0.5 }')" "$(awk -v g="$goal" 'BEGIN { print g + 0.5 }')"
is "the killer takes it first" "$(cat "/proc/$(holder "$created" worker)/oom_score_adj")" 1000

# It gives way when another process takes memory: 300 MB here.
before=$(resident "$created")
python3 -c 'import time; b = bytearray(300 << 20); b[::4096] = b"x" * len(b[::4096]); time.sleep(3)' &
other=$!
sleep 1.5
within "it shrinks for others, MB" $((before - $(resident "$created"))) 100 1500
wait $other

pids=$(holders "$created")
held=$(resident "$created")
free=$(meminfo MemAvailable)
gale destroy "$created" >/dev/null
# shellcheck disable=SC2086
ok "nothing is left after destroy" gone "$created" $pids
within "memory is free again, MB of $held" $(($(meminfo MemAvailable) - free)) $((held / 2)) $((held * 2))

# --- the rate ---

create mem load --mem-percent "$((goal + 10))" --rate 50 --timeout 120
sleep 2
within "50 MB a second, MB after about two" "$(resident "$created")" 60 200
gale destroy "$created" >/dev/null

# --- the other ways to say it ---

reserve=$(($(meminfo MemAvailable) - 400))
create mem load --reserve $reserve --rate 2000 --timeout 120
sleep 2
within "available, MB, with --reserve $reserve" "$(meminfo MemAvailable)" $((reserve - 120)) $((reserve + 120))
gale destroy "$created" >/dev/null

cached=$(meminfo Shmem)
create mem load --mem-percent "$goal" --mode cache --rate 2000 --timeout 120
sleep 2
within "cache mode: shared memory grew, MB" $(($(meminfo Shmem) - cached)) 200 4000
gale destroy "$created" >/dev/null
within "  and went, MB" $(($(meminfo Shmem) - cached)) -50 50

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
wait_until 15 settled "$goal" || true
gale destroy "$first" >/dev/null
wait_until 15 settled "$goal" || true
ok "the goal of the second is kept without the first" settled "$goal"
gale destroy "$created" >/dev/null

# --- the deadline, and kills ---

create mem load --mem-percent "$goal" --rate 2000 --timeout 3
pids=$(holders "$created")
sleep 4
# shellcheck disable=SC2086
ok "nothing is left a second after the deadline" gone "$created" $pids

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
