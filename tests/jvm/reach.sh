#!/usr/bin/env bash
# Wherever a JVM lives, the agent gets in and leaves no file: another user, its own mount and PID
# namespaces, a /tmp that cannot be executed in, a root that cannot be written.
# timeout 120
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../endpoint.sh"
. "$(dirname "$0")/../java.sh"
. "$(dirname "$0")/shop.bash"
need_root
need_command unshare
shop_build

inner_root() { echo "/proc/$1/root"; }

prepared() { # prepared TEXT PID: prepare, twice the same, status, revoke
	local uid
	run gale prepare jvm --pid "$2"
	is "$1: prepare" "$status$err" 0
	uid=$(json "$out" result)
	is "$1: once more is the same" "$(json "$(gale prepare jvm --pid "$2")" result)" "$uid"
	is "$1: its record" "$(json "$(gale status "$uid")" result Status)" Running
	ok "$1: the library is in" grep -q gale-jvm "/proc/$2/maps"
	is "$1: and its file gone" "$(find "$(inner_root "$2")/tmp" "$(inner_root "$2")/dev/shm" \
		"$(inner_root "$2")/var/tmp" -maxdepth 1 -name '*gale-jvm*' 2>/dev/null)" ""
	ok "$1: no mount stays" not grep -q -- '- tmpfs gale ' "/proc/$2/mountinfo"
	run gale revoke "$uid"
	is "$1: revoke" "$status$err" 0
	is "$1: revoked" "$(json "$(gale status "$uid")" result Status)" Revoked
	ok "$1: a second revoke" gale revoke "$uid"
	ok "$1: no thread dump" not grep -q 'Full thread dump' "$TMP/$3.log"
}

# The JVM's own process, behind what started it.
jvm_of() { pgrep -f -- "-Dname=$1-$$ " | while read -r p; do
	[ "$(cat "/proc/$p/comm")" = java ] && echo "$p"
done; }

shop_start plain
prepared "our own" "$pid" plain
stop "$pid"

SHOP_RUN="setpriv --reuid 65534 --regid 65534 --clear-groups" shop_start nobody
prepared "another user's" "$pid" nobody
is "the socket is that user's" "$(stat -c %u "/tmp/.java_pid$pid")" 65534
stop "$pid"

SHOP_RUN="unshare --mount --pid --fork --mount-proc --kill-child" shop_start inside
jvm=$(jvm_of inside)
is "its pid in there" "$(sed -n 's/^NStgid:.*\t//p' "/proc/$jvm/status")" 1
prepared "in namespaces" "$jvm" inside
stop "$pid"

# Mounts of its own, as a container has them; the classes are seen at /mnt.
[ "$(dirname "$TMP")" = /tmp ] || skip "the directory of the test is not below /tmp"
KEEP=/var/tmp/gale-test-$$
mkdir "$KEEP"
at_end "rm -rf '$KEEP'"
cp "$SHOP"/* "$KEEP"

mounted() { # mounted NAME COMMANDS [OPTION]...: the service behind these mounts; $jvm is its pid
	local name=$1
	printf '#!/bin/sh\nset -e\nmount --bind %s /mnt\n%s\nexec "$@"\n' "$KEEP" "$2" >"$TMP/in-$name.sh"
	chmod 755 "$TMP/in-$name.sh"
	shift 2
	SHOP=/mnt SHOP_RUN="unshare --mount --pid --fork --mount-proc --kill-child $TMP/in-$name.sh" \
		shop_start "$name" "$@"
	jvm=$(jvm_of "$name")
}

mounted noexec 'mount -t tmpfs -o noexec,mode=1777 none /tmp'
prepared "with /tmp noexec" "$jvm" noexec
stop "$pid"

mounted noexec-all 'for d in /tmp /var/tmp /dev/shm /run; do mount -t tmpfs -o noexec,mode=1777 none $d; done'
prepared "with every directory noexec" "$jvm" noexec-all
stop "$pid"

mounted read-only 'mount -t tmpfs -o ro none /tmp' -XX:-UsePerfData
prepared "with /tmp read-only" "$jvm" read-only
stop "$pid"

# --- who is there ------------------------------------------------------------------------------

shop_start listed
run gale query jvm
is "query jvm" "$status" 0
like "lists it" "$out" "\"pid\": ?$pid,.*\"command\": ?\"Shop\",.*\"version\": ?\"[0-9.]+\""
run gale check java
like "check java" "$out" "\[success\] process $pid"

# --- as the console has it done -----------------------------------------------------------------

jvm=$pid
endpoint_start
run gale prepare jvm --pid "$jvm" --async --endpoint "$endpoint/prepared" --uid of-the-console --port 8703
is "prepare --async" "$status $(json "$out" result)" "0 of-the-console"
body=$(told /prepared)
is "what came of it is told" "$(json "$body" type) $(json "$body" data Status)" "JAVA_AGENT_PREPARE Running"
is "and of what" "$(json "$body" data Uid) $(json "$body" data Pid) $(json "$body" data Port)" "of-the-console $jvm 8703"
ok "revoke" gale revoke of-the-console
run gale revoke of-nobody
is "revoke of what never was" "$status $(json "$err" code)" "1 67002"
