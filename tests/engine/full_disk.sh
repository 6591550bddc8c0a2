#!/usr/bin/env bash
# A state directory that is full, read-only or no directory: a clear error, and nothing is injected.
# timeout 60
# sanitize
. "$(dirname "$0")/../experiment.sh"
need_root

start victim sleep 300
victim=$pid
running() { grep -q '^State:.[SR]' "/proc/$victim/status"; }

small=$TMP/small
mkdir "$small"
mount -t tmpfs -o size=256k,nr_inodes=64 none "$small" 2>/dev/null || skip "needs tmpfs mounts"
at_end "umount -l '$small'"

stop_in() { # stop_in STATE: create there; sets $status $out $err
	run gale --state "$1" create process stop --pid "$victim" --timeout 120
}

refused() { # refused TEXT PATTERN: the last create failed so, and did nothing
	is "$1: create fails" "$status" 1
	like "  with a code" "$(json "$err" code)" '^[4-6][0-9]{4}$'
	like "  and the reason" "$err" "$2"
	ok "  nothing is injected" running
}

# --- full before the record ---

stop_in "$small/state"
is "with space it works" "$status" 0
gale --state "$small/state" destroy "$(json "$out" result)" >/dev/null
head -c 1M /dev/zero >"$small/ballast" 2>/dev/null || true
stop_in "$small/state"
refused "full disk" "full|space"
is "  no journal" "$(ls "$small/state/journal")" ""

# --- space for the record but not for the journal ---

rm "$small/ballast"
mount -t tmpfs -o size=4k,nr_inodes=2 none "$small/state/journal"
: >"$small/state/journal/.full"
stop_in "$small/state"
refused "no space for the journal" "journal.*No space left"
like "  its record says so" "$(gale --state "$small/state" status --type create --limit 1)" '"Status":"Error","Error":"journal'
umount "$small/state/journal"

# --- space for the journal but no longer for the record: one inode, which the journal takes ---

i=0
while : 2>/dev/null >"$small/file$i"; do i=$((i + 1)); done
rm "$small/file0"
stop_in "$small/state"
refused "no space for the record" "No space left|disk is full|unable to open database"
is "  no journal" "$(ls "$small/state/journal")" ""
rm -f "$small"/file*

# --- full while an experiment is in place: it still comes off, once and for all ---

stop_in "$small/state"
is "create" "$status" 0
uid=$(json "$out" result)
ok "the victim is stopped" not running
head -c 1M /dev/zero >"$small/ballast" 2>/dev/null || true
run gale --state "$small/state" destroy "$uid"
ok "destroy on a full disk continues the victim" running
ok "  its journal is gone" test ! -e "$small/state/journal/$uid"
rm "$small/ballast"
gale --state "$small/state" recover >/dev/null
like "  its record is right after recover" "$(gale --state "$small/state" status "$uid")" '"Status":"Destroyed"'

# --- read-only, and not a directory ---

mount -o remount,ro "$small"
stop_in "$small/state"
refused "read-only state" "[Rr]ead-?only"
stop_in "$small/other"
refused "read-only, no state yet" "[Rr]ead-only"
: >"$TMP/file"
stop_in "$TMP/file"
refused "a file in its place" "$TMP/file"
