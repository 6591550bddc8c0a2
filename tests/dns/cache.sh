#!/usr/bin/env bash
# Decisions come before the cache, and no fault ever gets into it: a bystander who asks for the same
# name before, between and after sees the upstream's answer, and the target sees its fault.
# timeout 120
# sanitize
. "$(dirname "$0")/alone.bash"
upstream_start up 127.0.1.1
dns_start --upstream 127.0.1.1 --upstream-timeout 10s --threads 1
target() { ask "$@" -b "$TARGET"; }
bystander() { ask "$@" -b "$BYSTANDER"; }
ttl() { in_ns "$NS" dig @127.0.0.1 +noall +answer "$@" | awk 'NR == 1 { print $2 }'; }

note "what is kept"
is "an answer" "$(ask kept.example)" "$GOOD"
is "comes from the cache" "$(ask KEPT.example) $(asked up kept.example)" "$GOOD 1"
is "with its own answer for another type" "$(ask kept.example AAAA)" "NOERROR 2001:db8::77"
is "no such name" "$(ask missing.example)$(ask missing.example) $(asked up missing.example)" "NXDOMAINNXDOMAIN 1"
is "no data" "$(ask empty.example)$(ask empty.example) $(asked up empty.example)" "NOERRORNOERROR 1"
is "no failure" "$(ask servfail.example)$(ask servfail.example) $(asked up servfail.example)" "SERVFAILSERVFAIL 2"
is "nothing for longer than it may" "$(ask short.example; sleep 2.1; ask short.example) $(asked up short.example)" "$GOOD
$GOOD 2"
within "times are counted down" "$(ttl kept.example)" 100 298

note "faults of one client"
fault() { # fault ACTION PATTERN WANTED [FLAG...]: before, between and after, for both clients
	local action=$1 name=$2 wanted=$3
	shift 3
	is "$action: the bystander before" "$(bystander "$name")" "$GOOD"
	dns set one "$action" --clients "$TARGET" --patterns "$name" "$@" >"$TMP/out"
	like "$action: the target, though it is in the cache" "$(target "$name")" "$wanted"
	is "$action: the bystander meanwhile" "$(bystander "$name")" "$GOOD"
	like "$action: the target again" "$(target "$name")" "$wanted"
	dns cancel one >"$TMP/out"
	is "$action: the target after" "$(target "$name")" "$GOOD"
	is "$action: the bystander after" "$(bystander "$name")" "$GOOD"
	is "$action: the upstream was asked once" "$(asked up "$name")" 1
}
fault error error.example '^SERVFAIL$'
fault nxdomain nxdomain.example '^NXDOMAIN$'
fault refused refused-rule.example '^REFUSED$'
fault nodata nodata.example '^NOERROR$'
fault random random.example '^NOERROR [0-9.]+$'
fault truncate truncate.example '^NOERROR 192.0.2.77$' # by TCP
like "truncate: over UDP" "$(dns set one truncate --clients "$TARGET" --patterns t.example >"$TMP/out"; target t.example +ignore)" '^NOERROR tc$'
dns cancel one >"$TMP/out"

note "a fault that is asked for first"
dns set one nxdomain --clients "$TARGET" --patterns first.example >"$TMP/out"
is "the target" "$(target first.example)" NXDOMAIN
is "the bystander" "$(bystander first.example)" "$GOOD"
dns cancel one >"$TMP/out"
is "the target after" "$(target first.example)" "$GOOD"

note "random"
dns set one random --clients "$TARGET" --patterns '*' >"$TMP/out"
for i in 1 2 3 4 5 6 7 8; do target same.example; done | sort -u >"$TMP/random"
within "is another address each time" "$(wc -l <"$TMP/random")" 7 8
dns cancel one >"$TMP/out"

note "ttl, delay and drop"
dns set one ttl --ttl 7 --clients "$TARGET" --patterns kept.example >"$TMP/out"
is "the target's TTL" "$(ttl kept.example -b "$TARGET")" 7
within "the bystander's TTL" "$(ttl kept.example -b "$BYSTANDER")" 8 299
is "the target's TTL of what is not kept yet" "$(dns set one ttl --ttl 7 --clients "$TARGET" --patterns new.example >"$TMP/out"; ttl new.example -b "$TARGET")" 7
within "of which the upstream's is kept" "$(ttl new.example -b "$BYSTANDER")" 100 300
took() { in_ns "$NS" dig @127.0.0.1 "$@" | sed -n 's/^;; Query time: \([0-9]*\) msec/\1/p'; }
dns set one delay --delay 300ms --clients "$TARGET" --patterns kept.example,late.example >"$TMP/out"
measure "delay of what is kept, ms" 299 600 took kept.example -b "$TARGET"
measure "delay of what is forwarded, ms" 299 600 took late.example -b "$TARGET"
measure "delay over TCP, ms" 299 600 took kept.example -b "$TARGET" +tcp
measure "none for the bystander, ms" 0 150 took late.example -b "$BYSTANDER"
dns set two nxdomain --clients "$TARGET" --patterns late.example >"$TMP/out"
measure "delay of another fault, ms" 299 600 took late.example -b "$TARGET"
is "which is that fault" "$(target late.example)" NXDOMAIN
dns cancel one >"$TMP/out"
dns cancel two >"$TMP/out"
dns set one drop --clients "$TARGET" --patterns kept.example >"$TMP/out"
is "drop" "$(target kept.example +time=1)" TIMEOUT
is "drop over TCP leaves the connection" "$(target kept.example +time=1 +tcp)" TIMEOUT
is "the bystander is answered" "$(bystander kept.example)" "$GOOD"
