#!/usr/bin/env bash
# The helpers of the tests themselves: they tell right from wrong, and clean up.
# timeout 60
. "$(dirname "$0")/../lib.sh"

inner() { # inner TEXT: a test of this text; $status and $out
	printf '. "%s/tests/lib.sh"\n%s\n' "$ROOT" "$1" >"$TMP/inner.sh"
	run bash "$TMP/inner.sh"
}

inner 'is same a a; within number 1.5 1 2; like pattern abc "^a.c$"; ok command true'
is "passing checks pass" "$status" 0
for bad in 'is x a b' 'within x 3 1 2' 'within x "" 0 2' 'like x abc "^b"' 'ok x false' \
	'fail x' 'die x' 'false' 'wait_until 1 false'; do
	inner "$bad"
	is "'$bad' fails" "$status" 1
done
inner 'skip "no moon"'
is "skip's status" "$status" 77
like "skip's reason" "$out" 'no moon'

inner 'next() { wc -l <"$TMP/tries"; echo >>"$TMP/tries"; }; : >"$TMP/tries"; measure x 2 3 next'
is "a measure is taken again" "$status" 0
inner 'next() { test -e "$TMP/first" && echo 2 || { >"$TMP/first"; false; }; }; measure x 2 3 next'
is "also one that could not be taken" "$status" 0
inner 'measure x 0 0 false'
is "which none may be in the end" "$status" 1
inner 'measure x 1 2 echo 3'
is "but not for ever" "$status $(grep -c 'once more' <<<"$out")" "1 6"

is "json: a member" "$(json '{"a":{"b":[1,"x"]}}' a b 1)" x
is "json: absent" "$(json '{"a":1}' b c)" ""

inner 'echo "$TMP"; start sleeper sleep 60; echo "$pid"'
read -r -d '' dir sleeper <<<"$out" || true
ok "the directory of a test is gone" test ! -e "$dir"
ok "its processes are gone" not kill -0 "$sleeper"

if [ "$(id -u)" = 0 ] && unshare --net true 2>/dev/null; then
	inner 'netns_pair; echo "$NS_A"; in_ns "$NS_A" ping -c1 -W2 "$IP_B" >&2; start web in_ns "$NS_B" sleep 60'
	is "a pair of namespaces carries a ping" "$status" 0
	ok "and is gone" not ip netns pids "$out"
fi
