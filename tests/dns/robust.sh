#!/usr/bin/env bash
# gale-dns holds no privilege, survives nonsense, and has its rules again after kill -9.
# timeout 120
# sanitize
. "$(dirname "$0")/alone.bash"
upstream_start up 127.0.1.1
dns_start --upstream 127.0.1.1

note "privileges"
of() { awk -v key="$1:" '$1 == key { print $2 }' "/proc/$DNS/task/$2/status"; }
for task in "/proc/$DNS"/task/*; do
	t=${task##*/}
	[ "$(of Uid "$t")" != 0 ] && [ "$(of CapEff "$t")$(of CapPrm "$t")" = 00000000000000000000000000000000 ] &&
		[ "$(of NoNewPrivs "$t") $(of Seccomp "$t")" = "1 2" ] || fail "thread $t: $(cat "$task/status")"
done
pass "no thread has any"
is "it is in no group" "$(awk '/^Groups:/ { print NF }' "/proc/$DNS/status")" 1

note "nonsense"
run in_ns "$NS" python3 "$HERE/nonsense.py" 127.0.0.1 ::1
is "20000 packets and 400 connections" "$status $err" "0 "
is "it is the same process" "$(kill -0 "$DNS" && ask after.example)" "$GOOD"
within "resident memory, KiB" "$(awk '/^VmRSS/ { print $2 }' "/proc/$DNS/status")" 1000 100000

note "kill -9"
dns set kept nxdomain --clients "$TARGET" --patterns '*.kept.example' >"$TMP/out"
dns set short nxdomain --clients "$TARGET" --patterns short-rule.example --timeout 3s >"$TMP/out"
is "a rule stands" "$(ask a.kept.example -b "$TARGET")" NXDOMAIN
kill -KILL "$DNS"
wait "$DNS" 2>/dev/null || true
is "nobody answers" "$(ask a.kept.example -b "$TARGET" +time=1)" TIMEOUT
LISTEN=(--listen 0.0.0.0:53 --listen '[::]:53')
dns_start --upstream 127.0.1.1
is "it stands again" "$(ask a.kept.example -b "$TARGET")" NXDOMAIN
is "for its client alone" "$(ask a.kept.example -b "$BYSTANDER")" "$GOOD"
wait_until 30 eval '[ "$(ask short-rule.example -b "$TARGET")" = "$GOOD" ]' && pass "the other ended at its deadline" ||
	fail "a rule outlived its deadline"
note "all addresses"
for server in 127.0.0.1 127.0.0.9 ::1; do # dig refuses what another address answers
	is "UDP to $server" "$(ask b.example "@$server")" "$GOOD"
	is "TCP to $server" "$(ask b.example "@$server" +tcp)" "$GOOD"
done

note "SIGTERM"
dns set late delay --delay 4s --clients any --patterns late.example >"$TMP/out"
run in_ns "$NS" python3 "$HERE/ending.py" 127.0.0.1 "$DNS"
is "what was asked before is answered" "$status $out" "0 "
wait_until 30 not kill -0 "$DNS" && pass "and then it ends" || fail "it goes on"
like "as asked" "$(tail -1 "$TMP/dns.log")" '"event":"ending"'

note "what it refuses"
refuses() { # refuses TEXT WORD...
	run nsenter --net="/run/netns/$NS" timeout 5 "$GALE_BIN/gale-dns" --state '' "${@:2}"
	is "$1: status" "$status" 1
	like "$1" "$err" "$1"
}
refuses 'not be this server' --listen 127.0.0.9:53 --upstream 127.0.0.9
refuses 'listen on 192.0.2.1:53' --listen 192.0.2.1 --upstream 127.0.1.1
refuses 'ADDRESS:PORT' --listen 127.0.0.1:99999
refuses 'upstream-tries' --upstream-tries 0
