#!/usr/bin/env bash
# process kill: the chosen processes get the signal, the protected ones never do.
# timeout 180
# sanitize
. "$(dirname "$0")/../experiment.sh"

victim() { # sets $pid
	start victim sleep 300
}

victim
one=$pid
victim
two=$pid
create process kill --pid "$one"
is "its verdict" "$(json "$out" effect verdict)" effective
is "what cannot be taken back has no deadline" "$(json "$out" deadline)" ""
ok "the chosen one is dead" not runs "$one"
ok "another lives" runs "$two"
run gale destroy "$created"
is "destroy" "$status" 0
is "the record" "$(record "$created" Status)" Destroyed

start trap bash -c 'trap "echo heard >'"$TMP"'/heard" USR1; echo ready; while :; do sleep 0.1; done'
trapper=$pid
wait_until 20 grep -q ready "$TMP/trap.log"
for name in 10 USR1 SIGUSR1; do
	rm -f "$TMP/heard"
	create process kill --pid "$trapper" --signal "$name"
	ok "signal $name arrives" wait_until 20 test -e "$TMP/heard"
	ok "and nothing else does" runs "$trapper"
done

for bad in 0 65 KILLED '9; touch '"$TMP"'/hacked' '$(id)' ''; do
	run gale create process kill --pid "$two" --signal "$bad"
	is "signal '$bad' is refused" "$status $(json "$err" code)" "1 46000"
done
ok "no shell saw it" not test -e "$TMP/hacked"
ok "nobody was hit" runs "$two"

for protected in 1 $$; do
	run gale create process kill --pid $protected
	is "process $protected is protected" "$status $(json "$err" code)" "1 43000"
done
run gale create process kill --process-cmd no-such-process
is "nobody there" "$status $(json "$err" code)" "1 47001"
run gale create process kill --process-cmd no-such-process --ignore-not-found
is "nobody there, ignored" "$status" 0

# Thirty of them, ten drawn: ten die.
cp "$(command -v sleep)" "$TMP/crowd-$$"
crowd=()
for _ in $(seq 30); do
	"$TMP/crowd-$$" 300 &
	crowd+=($!)
done
at_end "kill -KILL ${crowd[*]}"
there() { [ "$(pgrep -cf "^$TMP/crowd-")" = 30 ]; } # and no longer on their way
wait_until 30 there || die "no crowd"
create process kill --process "$TMP/crowd-" --count 10 --seed 1
alive=0
for p in "${crowd[@]}"; do
	! runs "$p" || alive=$((alive + 1))
done
is "as many as --count says have died" "$alive" 20
