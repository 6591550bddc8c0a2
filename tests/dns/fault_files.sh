#!/usr/bin/env bash
# dns faults by resolv.conf, and network dns by the hosts file: shared by the containers of a pod,
# edited meanwhile, across a restart of the container; bytes, owner, mode and time of change are back.
# timeout 120
. "$(dirname "$0")/../experiment.sh"
. "$(dirname "$0")/host.bash"
. "$(dirname "$0")/pod.bash"
need_netns
need_command dig
set -f # patterns are no file names
pod
chmod 640 "$TMP/resolv.conf"
chown 1234:4321 "$TMP/resolv.conf"
touch -d '2020-02-02 02:02:02.020202' "$TMP/resolv.conf"
pod_state >"$TMP/before"
good="NOERROR 192.0.2.77"

# --- resolv.conf ---

create dns error --mode resolv.conf --patterns '*.shop.test' --container-id "$ID_ONE" --timeout 120
is "the verdict" "$(json "$out" effect verdict)" effective
is "who sees the file: hit" "$(ask_in one www.shop.test) $(ask_in two www.shop.test)" "SERVFAIL SERVFAIL"
is "  over TCP" "$(ask_in one www.shop.test +tcp)" SERVFAIL
is "  another name" "$(ask_in one www.other.test) $(ask_in one www.other.test +tcp)" "$good $good"
is "  no tool of the target's was there: nothing new in it" "$(enter_pod one sh -c 'ls /etc/*chaos* /etc/*gale*' 2>/dev/null)" ""
is "  a worker for each name server of the file" "$(grep -c '^nameserver 127\.71\.' "$TMP/resolv.conf")" 2
is "  options stay" "$(grep -c '^options timeout' "$TMP/resolv.conf")" 1
first=$created

# The second's file holds the first's servers, which leave before it: not a poisoned one.
create dns nxdomain --mode resolv.conf --patterns '*.test' --types TXT --container-id "$ID_TWO" --timeout 120
is "two" "$(ask_in one www.shop.test) $(ask_in two www.shop.test TXT)" "SERVFAIL NXDOMAIN"
gale destroy "$first" >/dev/null
is "the first has ended" "$(ask_in one www.shop.test) $(ask_in two www.shop.test TXT)" "$good NXDOMAIN"
gale destroy "$created" >/dev/null
is "both have" "$(ask_in one www.shop.test) $(ask_in two www.shop.test TXT)" "$good NOERROR \"$IP_B\""
ok "the state before is back, with owner, mode and time" pod_as_before

create dns error --mode resolv.conf --patterns '*.shop.test' --container-id "$ID_ONE" --timeout 120
first=$created
create_measured 190 400 dns delay --mode resolv.conf --patterns '*.other.test' --time 200 \
	--container-id "$ID_ONE" --timeout 120
within "one of each mode's means, ms" "$measured" 190 400
gale destroy "$created" >/dev/null
is "the newest ended first" "$(ask_in one www.shop.test) $(ask_in one www.other.test)" "SERVFAIL $good"
create dns nxdomain --patterns '*.other.test' --container-id "$ID_ONE" --timeout 120
is "with one by redirect" "$(ask_in one www.shop.test) $(ask_in one www.other.test) $(ask_in one www.third.test)" \
	"SERVFAIL NXDOMAIN $good"
gale destroy "$first" >/dev/null
gale destroy "$created" >/dev/null
ok "the state before is back" pod_as_before

# The container restarts while its file is changed.
create dns error --mode resolv.conf --patterns '*.shop.test' --container-id "$ID_ONE" --timeout 120
container_end one
ID_ONE=cccc${ID_ONE:4}
mkdir "$GROUP_DIR/$ID_ONE"
container one "$ID_ONE"
is "the container that took its place is hit, too" "$(ask_in one www.shop.test)" SERVFAIL
gale destroy "$created" >/dev/null
is "and has its server back" "$(ask_in one www.shop.test)" "$good"
rmdir "$GROUP_DIR/aaaa${ID_ONE:4}"
pod_state | sed 's/cccc0/aaaa0/' | sort >"$TMP/now"
is "the state before is back" "$(sort "$TMP/before" | diff - "$TMP/now")" ""
pod_state >"$TMP/before"

# Somebody edits the file: the edit stays.
cp -p "$TMP/resolv.conf" "$TMP/resolv.saved"
create dns error --mode resolv.conf --patterns '*.shop.test' --container-id "$ID_ONE" --timeout 120
echo "search edited.test" >>"$TMP/resolv.conf"
gale destroy "$created" >/dev/null
is "edited meanwhile: the edit stays" "$(cat "$TMP/resolv.conf")" "$(cat "$TMP/resolv.saved"; echo "search edited.test")"
like "  and the record says so" "$(record "$created" Error)" "edited meanwhile"
is "  no record of the file is left" "$(ls -A "$GALE_STATE/files")" ""
cat "$TMP/resolv.saved" >"$TMP/resolv.conf"
touch -r "$TMP/resolv.saved" "$TMP/resolv.conf"
ok "the state before is back" pod_as_before

killed_is_taken_back pod_as_before -- \
	dns error --mode resolv.conf --patterns '*.shop.test' --container-id "$ID_ONE" --timeout 120
create dns error --mode resolv.conf --patterns '*.shop.test' --container-id "$ID_ONE" --timeout 120
kill_holders "$created"
gale recover >/dev/null
ok "all killed at once: the state before is back with recover" pod_as_before
is "and names are resolved" "$(ask_in one www.shop.test)" "$good"

# A bystander in another network namespace sees the same file.
start stranger unshare --net --mount --propagation=private sh -c \
	'mount --bind "$0" /etc/resolv.conf && echo up && exec sleep 100' "$TMP/resolv.conf"
wait_until 30 grep -qs up "$TMP/stranger.log" || die "no stranger"
run gale create dns error --mode resolv.conf --patterns a --container-id "$ID_ONE" --timeout 120
is "refused: a file that another network namespace has, too" "$status $(json "$err" code)" "1 47000"
stop "$pid"
ok "nothing is done" pod_as_before

# --- network dns: the hosts file, here of a mount namespace of our own ---

printf '127.0.0.1 localhost\n10.9.9.9 taken.test # theirs\n::1 ip6-localhost' >"$TMP/hosts"
chmod 600 "$TMP/hosts"
touch -d '2021-01-01 01:01:01.5' "$TMP/hosts"
stat_hosts() { stat -c '%i %a %u:%g %y %s' "$TMP/hosts"; cat "$TMP/hosts"; }
hosts_as_before() { [ "$(stat_hosts)" = "$hosts_before" ]; }
hosts_before=$(stat_hosts)
cat >"$TMP/in_hosts" <<-R
	#!/bin/sh
	exec unshare --mount --propagation=private -- sh -c 'mount --bind "\$0" /etc/hosts && exec "\$@"' $TMP/hosts "\$@"
R
chmod +x "$TMP/in_hosts"
real=$GALE_BIN
GALE_BIN=$TMP/hosts_bin
mkdir "$GALE_BIN"
printf '#!/bin/sh\nexec %s %s/gale "$@"\n' "$TMP/in_hosts" "$real" >"$GALE_BIN/gale"
chmod +x "$GALE_BIN/gale"
address() { "$TMP/in_hosts" getent ahostsv4 "$1" | awk '{ print $1; exit }'; }

create network dns --domain www.gale.test,api.gale.test --ip 10.1.2.3 --timeout 120
is "the verdict" "$(json "$out" effect verdict)" effective
is "names in the hosts file" "$(address www.gale.test) $(address api.gale.test)" "10.1.2.3 10.1.2.3"
is "  blade's line" "$(tail -n 1 "$TMP/hosts")" "10.1.2.3 www.gale.test api.gale.test #chaosblade"
first=$created
create network dns --domain taken.test --ip 10.1.2.4 --timeout 120
is "a name that is there already" "$(address taken.test)" 10.1.2.4
gale destroy "$first" >/dev/null
is "one has ended, one is left" "$(address taken.test) $(address www.gale.test)" "10.1.2.4 "
gale destroy network dns --domain taken.test --ip 10.1.2.4 >/dev/null
ok "destroyed by its flags: bytes, mode and time are back" hosts_as_before

create network dns --domain www.gale.test --ip fd00::7 --timeout 120
echo "10.5.5.5 mine.test" >>"$TMP/hosts"
gale destroy "$created" >/dev/null
is "edited meanwhile: the edit stays" "$(cat "$TMP/hosts")" \
	"$(printf '127.0.0.1 localhost\n10.9.9.9 taken.test # theirs\n::1 ip6-localhost\n10.5.5.5 mine.test')"
like "  and the record says so" "$(record "$created" Error)" "edited meanwhile"
hosts_before=$(stat_hosts)
killed_is_taken_back hosts_as_before -- network dns --domain www.gale.test --ip 10.1.2.3 --timeout 120
for bad in "--domain www.gale.test --ip 10.1.2" "--domain a#b --ip 10.1.2.3" "--domain , --ip 10.1.2.3"; do
	# shellcheck disable=SC2086
	run gale create network dns $bad --timeout 120
	is "refused: $bad" "$status $(json "$err" code)" "1 46000"
done
run gale create network dns --domain "$(printf 'a.test\n1.2.3.4 b.test')" --ip 10.1.2.3 --timeout 120
is "refused: a line of its own in a name" "$status $(json "$err" code)" "1 46000"
ok "nothing is done" hosts_as_before
GALE_BIN=$real

# --- network dns_down ---

in_ns "$NS_A" nft -f - <<'R'
table ip theirs {
	chain out { type filter hook output priority 0; policy accept; tcp dport 7 drop; }
}
R
pod_state >"$TMP/before"
create network dns_down --allow_domain www.shop.test,api.shop.test --container-id "$ID_ONE" --timeout 120
is "the verdict" "$(json "$out" effect verdict)" effective
ok "down" not enter_pod one dig +tries=1 +time=1 +nosearch www.other.test
is "  but for what is allowed" "$(ask_in one www.shop.test)" "$good"
is "  the other container" "$(ask_in two www.other.test)" "$good"
# Rules that somebody makes meanwhile stay.
in_ns "$NS_A" nft add rule ip theirs out tcp dport 9 drop
gale destroy "$created" >/dev/null
is "up again" "$(ask_in one www.other.test)" "$good"
ok "a rule made meanwhile is still there" grep -q 'dport 9 drop' <<<"$(in_ns "$NS_A" nft list ruleset)"
in_ns "$NS_A" nft delete table ip theirs
create network dns_down --refuse --container-id "$ID_ONE" --timeout 120
is "refused at once" "$(ask_in one www.other.test) $(ask_in two www.other.test)" "REFUSED $good"
gale destroy "$created" >/dev/null
