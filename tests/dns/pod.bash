# A pod of two containers for tests of DNS faults; source it after host.bash. gale runs outside of it.
# shellcheck shell=bash disable=SC2034

# The pid is in the first twelve digits, which are enough for gale: tests run side by side.
ID_ONE=$(printf 'aaaa%08d%052d' $$ 0) ID_TWO=$(printf 'bbbb%08d%052d' $$ 0)

# Two containers, one and two: a mount and a pid namespace and a control group (version 2) each, the
# first namespace of dns_pair for both, and one resolv.conf that is mounted into both.
pod() {
	local mounted real=$GALE_BIN
	mounted=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$mounted" ] || skip "needs control groups of version 2"
	GROUP=/gale-test-$$
	GROUP_DIR=$mounted$GROUP
	mkdir "$GROUP_DIR" 2>/dev/null || skip "needs control groups that can be made"
	at_end 'find "$GROUP_DIR" -depth -type d -exec rmdir {} +'
	dns_pair
	GALE_BIN=$real
	mkdir "$GROUP_DIR/$ID_ONE" "$GROUP_DIR/$ID_TWO"
	container one "$ID_ONE"
	container two "$ID_TWO"
	pod_state >"$TMP/before"
}

id_of() { if [ "$1" = one ]; then echo "$ID_ONE"; else echo "$ID_TWO"; fi; }

container() { # container NAME ID: starts it; its process is $TMP/NAME.pid
	# shellcheck disable=SC2016
	start "$1" sh -c 'echo $$ >"$0" && exec "$@"' "$GROUP_DIR/$2/cgroup.procs" nsenter --net="/run/netns/$NS_A" unshare --mount --pid --fork --kill-child \
		--propagation=private -- sh -c 'mount --bind "$0" /etc/resolv.conf && echo up && exec sleep 1000' "$TMP/resolv.conf"
	wait_until 30 grep -qs up "$TMP/$1.log" || die "no container $1"
	pgrep -P "$pid" >"$TMP/$1.pid"
	echo "$pid" >"$TMP/$1.job"
	at_end "container_end $1" # before start's own: neither unshare nor a first process heeds its signal
}

container_end() { # container_end NAME
	[ -e "$TMP/$1.job" ] || return 0
	kill -KILL "$(cat "$TMP/$1.pid")" || true
	stop "$(cat "$TMP/$1.job")"
	rm "$TMP/$1.job"
	wait_until 30 not grep -q . "$GROUP_DIR/$(id_of "$1")/cgroup.procs"
}

in_group() { # in_group ID COMMAND...
	sh -c 'echo $$ >"$0" && exec "$@"' "$GROUP_DIR/$1/cgroup.procs" "${@:2}"
}

enter_pod() { # enter_pod NAME COMMAND...
	in_group "$(id_of "$1")" nsenter --target "$(cat "$TMP/$1.pid")" --mount --net -- "${@:2}"
}

ask_in() { # ask_in CONTAINER NAME [DIG OPTION...]: as ask
	enter_pod "$1" dig +tries=1 +time=20 +nosearch "${@:2}" 2>/dev/null |
		awk '/status:/ { sub(",", "", $6); s = $6 } /^[^;]/ && NF >= 5 { s = s " " $NF } END { if (s) print s }'
}

groups() { (cd "$GROUP_DIR" && find . -type d | sort); }

pod_state() {
	dns_state
	groups
}

pod_as_before() {
	pod_state | diff "$TMP/before" - >"$TMP/difference"
}

groups_are_back() { [ "$(groups)" = "$groups_before" ]; }
