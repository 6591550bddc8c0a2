#!/usr/bin/env bash
# Ten callers at once: each gets its own experiment, and one uid goes to one of them.
# timeout 180
. "$(dirname "$0")/../lib.sh"
need_program gale

victims=()
for _ in $(seq 10); do
	start victim sleep 300
	victims+=("$pid")
done
stopped() { # stopped PID...: how many are
	local p n=0
	for p; do
		! grep -q '^State:.T' "/proc/$p/status" || n=$((n + 1))
	done
	echo $n
}

at_once() { # at_once COMMAND...: ten times beside each other, {} is 0..9; replies in $TMP/N.*
	local i jobs=()
	for i in $(seq 0 9); do
		("${@//\{\}/$i}" >"$TMP/$i.out" 2>"$TMP/$i.err") &
		jobs+=($!)
	done
	wait "${jobs[@]}" || true
}

create_one() { gale create process stop --pid "${victims[$1]}" --timeout 120; }
destroy_one() { gale destroy "$(json "$(<"$TMP/$1.created")" result)"; }

at_once create_one {}
is "ten creates at once" "$(cat "$TMP"/?.out | grep -c '"code":200')" 10
is "ten uids" "$(for i in "$TMP"/?.out; do json "$(<"$i")" result; done | sort -u | wc -l)" 10
is "ten effects" "$(stopped "${victims[@]}")" 10
is "ten records" "$(gale status --type create --status Success | grep -o '"Uid"' | wc -l)" 10
for i in $(seq 0 9); do cp "$TMP/$i.out" "$TMP/$i.created"; done
at_once destroy_one {}
is "ten destroys at once" "$(cat "$TMP"/?.out | grep -c '"code":200')" 10
is "all go on" "$(stopped "${victims[@]}")" 0

at_once gale create process stop --pid "${victims[0]}" --uid same --timeout 120
is "one uid, ten callers: one gets it" "$(cat "$TMP"/?.out | grep -c '"code":200')" 1
is "nine are told" "$(cat "$TMP"/?.err | grep -c '"code":67001')" 9
is "it is in place" "$(stopped "${victims[0]}")" 1
at_once gale destroy same
is "ten destroys of it" "$(cat "$TMP"/?.out | grep -c '"code":200')" 10
is "it goes on" "$(stopped "${victims[0]}")" 0

at_once gale create process stop --pid "${victims[0]}" --timeout 120
is "one target, ten experiments" "$(cat "$TMP"/?.out | grep -c '"code":200')" 10
for i in $(seq 0 9); do cp "$TMP/$i.out" "$TMP/$i.created"; done
for i in $(seq 0 8); do destroy_one "$i" >/dev/null; done
is "nine are off, it stands" "$(stopped "${victims[0]}")" 1
destroy_one 9 >/dev/null
is "the last is off, it goes on" "$(stopped "${victims[0]}")" 0
is "nothing is left" "$(find "$GALE_STATE/journal" "$GALE_STATE/hold" -mindepth 1)" ""
