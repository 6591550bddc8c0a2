#!/usr/bin/env bash
# process stop: exactly the chosen processes stand still, and go on afterwards.
# timeout 300
# sanitize
. "$(dirname "$0")/../experiment.sh"

victim() { # victim NAME: a process with that name that sleeps; sets $pid
	cp "$(command -v sleep)" "$TMP/$1"
	start "$1" "$TMP/$1" 300
	wait_until 30 grep -qx "$1" "/proc/$pid/comm" || die "$1 does not run"
}

# T when it stands still, S when it goes on, asleep or not.
state_of() { sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$1/status" | tr RD SS; }
in_state() { [ "$(state_of "$1")" = "$2" ]; }

# --- each selector ---

victim gale-v-one
one=$pid
victim gale-v-two
two=$pid
victim blade-runner
blade=$pid

create process stop --pid "$one" --timeout 120
is "its verdict" "$(json "$out" effect verdict)" effective
is "measured, processes" "$(json "$out" effect measured)" 1.0
is "the chosen one stands still" "$(state_of "$one")" T
is "another goes on" "$(state_of "$two")" S
run gale destroy "$created"
is "destroy" "$status" 0
is "it goes on" "$(state_of "$one")" S
run gale destroy "$created"
is "a second destroy" "$status" 0

create process stop --process "$TMP/gale-v-" --timeout 120
is "by a part of the command line, both" "$(state_of "$one")$(state_of "$two")$(state_of "$blade")" TTS
run gale destroy process stop --process "$TMP/gale-v-"
is "destroy by matcher" "$status" 0
is "both go on" "$(state_of "$one")$(state_of "$two")" SS

create process stop --process-cmd blade-runner --timeout 120
is "by name, though it is called blade" "$(state_of "$blade")" T
gale destroy "$created" >/dev/null

create process stop --process "$TMP/" --exclude-process v-one,blade --timeout 120
is "all but the excluded" "$(state_of "$one")$(state_of "$two")$(state_of "$blade")" STS
gale destroy "$created" >/dev/null

create process stop --process "$TMP/gale-v-one" --pid "$two" --timeout 120
is "--process goes before --pid" "$(state_of "$one")$(state_of "$two")" TS
gale destroy "$created" >/dev/null

port=$(free_port)
start listener python3 -c "
import socket, time
s = socket.create_server(('127.0.0.1', $port))
time.sleep(300)"
listener=$pid
wait_until 20 listening "$port" || die "no listener"
create process stop --local-port "$port" --timeout 120
is "by the port it listens on" "$(state_of "$listener")" T
gale destroy "$created" >/dev/null

create process stop --pid "$one,$two,$blade" --count 2 --seed 7 --timeout 120
drawn=$(state_of "$one")$(state_of "$two")$(state_of "$blade")
gale destroy "$created" >/dev/null
is "as many as --count says" "$(tr -d S <<<"$drawn")" TT
run gale create process stop --pid "$one,$two,$blade" --count 2 --seed 7 --dry-run
planned=""
for p in "$one" "$two" "$blade"; do
	if [[ $out == *"process $p ("* ]]; then planned+=T; else planned+=S; fi
done
is "the seed draws the same again" "$planned" "$drawn"
is "a dry run stops nobody" "$(state_of "$one")$(state_of "$two")$(state_of "$blade")" SSS

# --- who is left alone ---

for protected in 1 $$; do
	run gale create process stop --pid $protected
	is "process $protected is protected" "$status $(json "$err" code)" "1 43000"
done
run gale create process stop --pid 4194303
is "nobody there" "$status $(json "$err" code)" "1 47001"
run gale create process stop
is "nothing selected" "$status $(json "$err" code)" "1 45000"
run gale create process stop --pid 4194303 --ignore-not-found --timeout 120
is "nobody there, ignored" "$status $(json "$out" effect measured)" "0 0.0"
run gale create process stop --process "'; kill $one; '" --timeout 120
is "a hostile selector finds nobody" "$status $(json "$err" code)" "1 47001"
is "and runs nothing" "$(state_of "$one")" S

if command -v setpriv >/dev/null && [ "$(id -u)" = 0 ]; then
	mkdir -m 777 "$TMP/nobody"
	chmod 755 "$TMP"
	cp "$GALE_BIN/gale" "$TMP/gale"
	run setpriv --reuid 65534 --regid 65534 --clear-groups "$TMP/gale" --state "$TMP/nobody" \
		create process stop --pid "$one"
	is "somebody else's process" "$status $(json "$err" code)" "1 43000"
	is "nothing is left of it" "$(ls "$TMP/nobody/journal")" ""
	is "it goes on" "$(state_of "$one")" S
fi

# --- together with others ---

kill -STOP "$two"
wait_until 20 in_state "$two" T
create process stop --pid "$one,$two" --timeout 120
gale destroy "$created" >/dev/null
is "what somebody else stopped stays stopped" "$(state_of "$one")$(state_of "$two")" ST
kill -CONT "$two"

# shellcheck disable=SC2034 # read as ${!turn}
for order in "first second" "second first"; do
	create process stop --pid "$one" --timeout 120
	first=$created
	create process stop --pid "$one" --timeout 120
	second=$created
	for turn in $order; do
		gale destroy "${!turn}" >/dev/null
		[ "$turn" = "${order#* }" ] || is "after the $turn it stands still" "$(state_of "$one")" T
	done
	is "after both it goes on" "$(state_of "$one")" S
done

create process stop --pid "$two" --timeout 120
stop "$two"
run gale destroy "$created"
is "destroy after its end" "$status" 0

# --- the deadline, and kills ---

deadline_takes_back in_state "$one" S -- process stop --pid "$one"
killed_is_taken_back in_state "$one" S -- process stop --pid "$one" --timeout 120
