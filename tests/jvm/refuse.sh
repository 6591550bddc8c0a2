#!/usr/bin/env bash
# What must not be attached to is refused before any signal: a clear error, and the process goes on.
# timeout 120
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../java.sh"
. "$(dirname "$0")/shop.bash"
need_root
shop_build

tce() { # tce FLAG...: a create that is to fail
	run gale create jvm throwCustomException --classname Shop --methodname price --exception java.lang.RuntimeException \
		--timeout 120 "$@"
}

refused() { # refused TEXT CODE REGEX: what the last command came to, and that the service goes on
	is "$1: exit status and code" "$status $(json "$err" code)" "1 $2"
	like "$1: the text" "$err" "$3"
}

untouched() { # untouched NAME PID PORT: no thread dump, no socket, no file of ours
	is "$1 goes on" "$(ask "$3" price 2)" 20
	ok "$1 printed no thread dump" not grep -q 'Full thread dump' "$TMP/$1.log"
	ok "$1 has no agent in it" not grep -q gale-jvm "/proc/$2/maps"
	is "nothing stays in /tmp" "$(attach_files "$2")" ""
}

# --- selection -------------------------------------------------------------------------------

shop_start one
one=$pid one_port=$port
shop_start two
two=$pid

tce
refused "neither process nor pid" 45000 'process\|pid'
tce --process no-such-process-anywhere
refused "no such process" 47001 'no-such-process-anywhere. process not found'
tce --process "$SHOP"
refused "several" 47012 "too many"
like "both are named" "$err" "$one.*$two|$two.*$one"
tce --process "Dname=one-$$" --pid "$two"
refused "a pid that is not among them" 47002 "$two"
tce --pid 4194303
refused "a pid that nobody has" 47001 4194303
tce --pid $$
refused "no JVM" 44000 'no JVM'
stop "$two"

# --- JVMs that do not want it ------------------------------------------------------------------

shop_start rs -Xrs
tce --pid "$pid"
refused "-Xrs" 44000 '-Xrs'
untouched rs "$pid" "$port"
stop "$pid"

JAVA_TOOL_OPTIONS=-Xrs shop_start rs-env
tce --pid "$pid"
refused "-Xrs in the environment" 44000 '-Xrs'
untouched rs-env "$pid" "$port"
stop "$pid"

shop_start disabled -XX:+DisableAttachMechanism
tce --pid "$pid"
refused "DisableAttachMechanism" 44000 'DisableAttachMechanism'
untouched disabled "$pid" "$port"
stop "$pid"

echo "-XX:+DisableAttachMechanism" >"$TMP/options"
shop_start in-file "@$TMP/options"
tce --pid "$pid"
refused "DisableAttachMechanism in a file of arguments" 44000 'DisableAttachMechanism'
untouched in-file "$pid" "$port"
stop "$pid"

shop_start no-agents -XX:-EnableDynamicAgentLoading
tce --pid "$pid"
refused "EnableDynamicAgentLoading" 44000 'EnableDynamicAgentLoading'
untouched no-agents "$pid" "$port"
stop "$pid"

shop_start agents-on -XX:+DisableAttachMechanism -XX:-DisableAttachMechanism
ok "a switch that is off again" gale prepare jvm --pid "$pid"
stop "$pid"

SHOP_RUN="setpriv --reuid 65534 --regid 65534 --clear-groups" shop_start nobody
python3 -c 'import os, socket, sys; os.umask(0o77); socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "/tmp/.java_pid$pid"
at_end "rm -f '/tmp/.java_pid$pid'"
tce --pid "$pid"
refused "the socket of another user's JVM that had the pid" 43000 "/tmp is another user's"
ok "nobody goes on" test "$(ask "$port" price 2)" = 20
rm "/tmp/.java_pid$pid"
stop "$pid"

# --- processes that are no such JVM, or not now ------------------------------------------------

truncate -s 4096 "$TMP/libj9vm29.so" "$TMP/libjvm.so"
start openj9 python3 "$ROOT/tests/jvm/mapper.py" "$TMP/libj9vm29.so" "$TMP/signalled"
shop_port openj9
tce --pid "$pid"
refused "OpenJ9" 44000 'OpenJ9'
ok "and got no signal" not test -e "$TMP/signalled"
is "nor files" "$(attach_files "$pid")" ""
stop "$pid"

# A JVM that has mapped its library but has no handler yet: SIGQUIT would end it.
start starting python3 "$ROOT/tests/jvm/mapper.py" "$TMP/libjvm.so"
shop_port starting
tce --pid "$pid"
refused "a JVM that is starting" 63050 'still starting'
ok "and lives" kill -0 "$pid"
is "without files" "$(attach_files "$pid")" ""
stop "$pid"

# Asked from its first instant on, a real one is refused until it can be attached to, and no harm is done.
# Without the archive of its classes, and interpreted, it starts slowly.
codes=" "
stopped() { grep -q '^State:.T' "/proc/$1/status"; }
early() {
	run gale prepare jvm --pid "$pid"
	[ "$status" = 0 ] || codes+="$(json "$err" code) "
	[ "$status" = 0 ]
}
while read -r home; do
	# shellcheck disable=SC2016
	start early bash -c 'kill -STOP $$; exec "$@"' - "$home/bin/java" -Xmx64m -Xshare:off -Xint -cp "$SHOP" Shop
	wait_until 30 stopped "$pid"
	early && fail "$home: what will be a JVM is prepared"
	kill -CONT "$pid"
	wait_until 100 early || fail "$home: it is prepared in the end: $err"
	shop_port early
	is "$home: it starts all the same" "$(ask "$port" price 2)" 20
	ok "$home: and printed no thread dump" not grep -q 'Full thread dump' "$TMP/early.log"
	stop "$pid"
done < <(each_jdk)
like "they were refused before" "$codes" '^ ((44000|63050) )+$'

kill -STOP "$one"
wait_until 30 stopped "$one"
tce --pid "$one"
refused "a stopped JVM" 63050 'stopped'
kill -CONT "$one"
untouched one "$one" "$one_port"

# --- who may -----------------------------------------------------------------------------------

chmod 755 "$TMP"
mkdir -m 777 "$TMP/other"
cp "$GALE_BIN/gale" "$TMP/other/gale"
nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
gale_of_nobody=("${nobody[@]}" env GALE_STATE="$TMP/other/state" "$TMP/other/gale")
run "${gale_of_nobody[@]}" create jvm tce --pid "$one" --classname Shop --methodname price --exception java.lang.Error
refused "somebody else's JVM without root" 43000 'needs root'
untouched one "$one" "$one_port"

SHOP_RUN=${nobody[*]} shop_start theirs
run "${gale_of_nobody[@]}" create jvm tce --pid "$pid" --classname Shop --methodname price --exception java.lang.Error \
	--timeout 120
is "one's own JVM without root" "$status$err $(ask "$port" price 2)" "0 java.lang.Error: chaosblade-mock-exception"
run "${gale_of_nobody[@]}" destroy "$(json "$out" result)"
is "and destroy" "$status $(ask "$port" price 2)" "0 20"
