#!/usr/bin/env bash
# A JVM was prepared and has ended, and another process has its pid: a create by that pid is refused, what
# was in the old JVM is over, and the other process is not touched.
# timeout 90
. "$(dirname "$0")/../experiment.sh"
. "$(dirname "$0")/../java.sh"
. "$(dirname "$0")/shop.bash"
need_root
true &
wait
python3 "$ROOT/tests/jvm/with_pid.py" $! true 2>"$TMP/denied" || skip "needs to choose pids: $(<"$TMP/denied")"
shop_build

throws() { # throws FLAG...: the same exception each time
	run gale create jvm throwCustomException --classname Shop --methodname price --exception java.lang.Error \
		--timeout 120 "$@"
}

denied() { # denied TEXT: a create by the pid
	throws --pid "$old"
	is "$1: refused" "$status $(json "$err" code)" "1 47001"
	like "$1: why" "$err" "$old.*prepared.*has ended.*another process"
}

refused() { # refused TEXT: so, and nothing is done to who has it
	denied "$1"
	ok "$1: nothing was put into it" not grep -q gale-jvm "/proc/$old/maps"
	is "$1: nor beside it" "$(attach_files "$old")" ""
}

shop_start old
old=$pid
throws --pid "$old"
is "an experiment in the JVM" "$status" 0
uid=$(json "$out" result)
prepared=$(json "$(gale status --type prepare --status Running)" result 0 Uid)
stop "$old"

# --- no JVM at all, but it looks like one ------------------------------------------------------

truncate -s 4096 "$TMP/libjvm.so"
start other python3 "$ROOT/tests/jvm/with_pid.py" "$old" python3 "$ROOT/tests/jvm/mapper.py" "$TMP/libjvm.so" \
	"$TMP/signalled"
other=$pid
shop_port other
refused "another program"
run gale query jvm "$uid"
is "its hits" "$status $(json "$err" code)" "1 404"
run gale destroy "$uid"
is "destroy of what was in the old one" "$status" 0
ok "it got no signal" not test -e "$TMP/signalled"
ok "and lives" runs "$old"
stop "$other"

# --- a JVM --------------------------------------------------------------------------------------

SHOP_RUN="python3 $ROOT/tests/jvm/with_pid.py $old" shop_start next
refused "another JVM"
is "it goes on" "$(ask "$port" price 2)" 20
throws --process "Dname=next-$$"
is "by its name" "$status $(ask "$port" price 2)" "0 java.lang.Error: chaosblade-mock-exception"
run gale revoke "$prepared"
is "a revoke of the old one" "$status $(ask "$port" price 2)" "0 java.lang.Error: chaosblade-mock-exception"
stop "$pid"

# --- a JVM that has started with the library ------------------------------------------------------

library=$(dirname "$GALE_BIN")/jvm/libgale-jvm.so
SHOP_RUN="python3 $ROOT/tests/jvm/with_pid.py $old" shop_start newer -agentpath:"$library"
ok "it has the library" grep -q gale-jvm "/proc/$old/maps"
denied "a JVM with the library"
is "it goes on" "$(ask "$port" price 2)" 20
throws --process "Dname=newer-$$"
is "by its name" "$status $(ask "$port" price 2)" "0 java.lang.Error: chaosblade-mock-exception"
gale destroy "$(json "$out" result)" >/dev/null
throws --pid "$old"
is "and by its pid, which is meant now" "$status $(ask "$port" price 2)" "0 java.lang.Error: chaosblade-mock-exception"
