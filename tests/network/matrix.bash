# What the matrices of network faults share: the means that this program has, each action, each
# selection, and what is then felt.
# With those of network.sh.
# shellcheck shell=bash disable=SC2034
. "$(dirname "${BASH_SOURCE[0]}")/../network.sh"

# A second address at each end and a control group, to be selected.
matrix_pair() {
	GROUP_DIR=/sys/fs/cgroup
	[ ! -d $GROUP_DIR/unified ] || GROUP_DIR=$GROUP_DIR/unified
	GROUP=/gale-test-$$ GROUP_DIR=$GROUP_DIR/gale-test-$$
	mkdir "$GROUP_DIR"
	at_end "wait_until 5 rmdir '$GROUP_DIR'" # the last of all: its member ends with the namespace
	network_pair
	read -ra BACKENDS <<<"$(gale create network delay -h | sed -n 's/.*--backend .*one of: auto //p')"
	[ ${#BACKENDS[@]} != 0 ] || die "no list of back-ends in the help"
	IP_A2=10.77.0.3 IP_B2=10.77.0.4 IP6_A2=fd77::3 IP6_B2=fd77::4
	start member in_ns "$NS_A" sh -c "echo \$\$ >$GROUP_DIR/cgroup.procs && exec sleep 600" # an empty one cannot be selected
	ip -n "$NS_A" addr add $IP_A2/24 dev "$IF_A"
	ip -n "$NS_B" addr add $IP_B2/24 dev "$IF_B"
	ip -n "$NS_A" addr add $IP6_A2/64 dev "$IF_A" nodad
	ip -n "$NS_B" addr add $IP6_B2/64 dev "$IF_B" nodad
}

# --- the actions -----------------------------------------------------------------------------

ACTIONS=(delay loss duplicate corrupt reorder bandwidth profile)
declare -A measured # [ACTION DIRECTION]: some back-end did it

action_flags() {
	case $1 in
	delay) echo "--time 40" ;;
	loss | duplicate | corrupt) echo "--percent 50" ;;
	reorder) echo "--percent 50 --correlation 0 --time 40" ;;
	bandwidth) echo "--rate 8mbit" ;;
	profile) echo "--rows 0,40" ;;
	esac
}

action_client() { # what a client sends to tell
	case $1 in
	delay | profile) echo "count=9" ;;
	bandwidth) echo "count=400 bytes=1000 every=250" ;;
	*) echo "count=200" ;;
	esac
}

# The figure by which an action is felt: milliseconds, percent of the packets, or Mbit/s. Both ways a
# packet meets it twice.
action_figure() { # action_figure ACTION JSON
	case $1 in
	delay | profile) figure min_ms "$2" ;;
	loss | corrupt | drop) figure lost_percent "$2" ;;
	duplicate) echo $((100 * $(figure again "$2") / $(figure sent "$2"))) ;;
	reorder) echo $((100 * $(figure late "$2") / $(figure sent "$2"))) ;;
	bandwidth) figure mbit_s "$2" ;;
	esac
}

action_range() { # action_range ACTION WAYS: what the figure must be
	case $1$2 in
	delay1 | profile1) echo 39 70 ;;
	delay2 | profile2) echo 79 120 ;;
	loss1 | corrupt1 | duplicate1 | reorder1) echo 33 67 ;;
	loss2 | corrupt2 | reorder2) echo 60 89 ;;
	duplicate2) echo 95 155 ;;
	drop?) echo 100 100 ;;
	bandwidth?) echo 2.5 9.5 ;; # of which the two families have each a half
	esac
}

# --- the selections --------------------------------------------------------------------------

SELECTIONS=(all remote-port local-port exclude-port destination-ip exclude-ip source-ip protocol cgroup)

# selection NAME: sets $selection (flags), $hit and $spared: how a client is called, @ being the
# other end, @2 its second address, @%own and @%own2 a call from one's own. Nothing is spared by `all`.
selection() {
	hit="udp @ 7001" spared=""
	case $1 in
	all) selection="" ;;
	remote-port) selection="--remote-port 7001" spared="udp @ 7002" ;;
	local-port) selection="--local-port 5000-5999" hit="udp @ 7001 from=5001" spared="udp @ 7001 from=6001" ;;
	exclude-port) selection="--exclude-port 7002" spared="udp @ 7002" ;;
	destination-ip) selection="--destination-ip $IP_B,$IP6_B" spared="udp @2 7001" ;;
	exclude-ip) selection="--exclude-ip $IP_B2,$IP6_B2" spared="udp @2 7001" ;;
	source-ip) selection="--source-ip $IP_A2,$IP6_A2" hit="udp @%own2 7001" spared="udp @%own 7001" ;;
	protocol) selection="--protocol udp" spared="ping @" ;;
	cgroup) selection="--cgroup $GROUP" hit="in-group udp @ 7001" spared="udp @ 7001" ;;
	esac
}

client() { # client FAMILY WORDS OPTIONS: what it saw
	local words=$2 b=$IP_B b2=$IP_B2 a=$IP_A a2=$IP_A2 run=(seen)
	[ "$1" = 4 ] || b=$IP6_B b2=$IP6_B2 a=$IP6_A a2=$IP6_A2
	words=${words/@2/$b2} words=${words/\%own2/%$a2} words=${words/\%own/%$a} words=${words/@/$b}
	[ "$words" = "${words#in-group }" ] || run=(in_group seen)
	# shellcheck disable=SC2086
	"${run[@]}" ${words#in-group } $3
}

in_group() { # in_group COMMAND...
	(echo "$BASHPID" >"$GROUP_DIR/cgroup.procs" && "$@")
}

# --- what is felt ----------------------------------------------------------------------------

in_range() { # in_range FIGURE LOW HIGH
	awk -v g="$1" -v l="$2" -v h="$3" 'BEGIN { exit !(g >= l && g <= h) }'
}

untouched() { # untouched JSON: all there, once, at once, in order; 2 when not even the former
	[ "$(figure seen "$1") $(figure again "$1")" = "$(figure sent "$1") 0" ] || return 2
	[ "$(figure late "$1")" = 0 ] && in_range "$(figure min_ms "$1")" 0 20
}

felt() { # felt ACTION WAYS JSON
	local range
	read -ra range <<<"$(action_range "$1" "$2")"
	in_range "$(action_figure "$1" "$3")" "${range[@]}"
}

# A machine that does other things can be late itself: what misses is looked at again, but for a check
# that answers 2. Leaves what was seen last in $TMP/look.NAME.
look() { # look NAME FAMILY WORDS OPTIONS CHECK...
	local name=$1 family=$2 words=$3 options=$4 json="" answer
	shift 4
	for _ in 1 2 3 4 5; do
		json=$(client "$family" "$words" "$options")
		echo "$json" >"$TMP/look.$name"
		answer=0
		"$@" "$json" || answer=$?
		[ $answer = 1 ] || return $answer
	done
	return 1
}

# One row: what is hit and what is spared, of each family. A note where a back-end says that it cannot,
# which is only right with the reason and the code for it.
cell() { # cell ACTION BACKEND DIRECTION SELECTION
	local ways=1 family pids=() good json state=yes row
	[ "$3" = both ] && ways=2
	selection "$4"
	row=$(printf '%-10s %-8s %-8s %-15s' "$1" "$2" "$3" "$4")
	# shellcheck disable=SC2046,SC2086
	run gale create network "$1" --interface "$IF_A" $(action_flags "$1") --backend "$2" \
		--direction "$3" $selection --timeout 60
	if [ "$status" != 0 ]; then
		if [ "$(json "$err" code)" = 44000 ]; then
			note "$row cannot: $(json "$err" error)"
		else
			fail "$row $err"
		fi
		return
	fi
	created=$(json "$out" result)
	rm -f "$TMP"/look.*
	for family in 4 6; do
		look "hit$family" $family "$hit" "$(action_client "$1")" felt "$1" $ways &
		pids+=($!)
		[ -z "$spared" ] || look "spared$family" $family "$spared" count=20 untouched &
		pids+=($!)
	done
	good=0
	for pid in "${pids[@]}"; do
		wait "$pid" || good=1
	done
	gale destroy "$created" >/dev/null
	network_as_before >"$TMP/difference" || good=1 state="no: $(<"$TMP/difference")"
	for family in 4 6; do
		json=""
		[ -z "$spared" ] || json=$(figure quarter_ms "$(<"$TMP/look.spared$family")")/$(
			figure lost_percent "$(<"$TMP/look.spared$family")")
		row+=$(printf ' %8s %10s' "$(action_figure "$1" "$(<"$TMP/look.hit$family")")" "${json:--}")
	done
	row+="  $state"
	if [ $good = 0 ]; then
		pass "$row"
	else
		fail "$row"
	fi
	measured[$1 $3]=1
}

matrix_head() {
	note "hit: ms of a delay, Mbit/s of a bandwidth, percent of the others; spared: ms/percent lost"
	note "$(printf '%-10s %-8s %-8s %-15s %8s %10s %8s %10s  %s' action means way selection \
		"hit" "spared" "hit, v6" "spared" "state back")"
}

matrix_end() {
	local action direction
	for action in "${ACTIONS[@]}"; do
		for direction in egress ingress both; do
			[ -n "${measured[$action $direction]:-}" ] || fail "no back-end did: $action, $direction"
		done
	done
}

# --- two at once -----------------------------------------------------------------------------

also_felt() { # also_felt ACTION JSON: beside another, which adds to it or takes from it
	local figure
	figure=$(action_figure "$1" "$2")
	case $1 in
	delay | profile) in_range "$figure" 39 400 ;;
	loss | corrupt) in_range "$figure" 15 99 ;;
	bandwidth) in_range "$figure" 0.1 9.5 ;;
	*) in_range "$figure" 5 600 ;; # of what is left after a loss; copies of copies, both ways: 406
	esac
}

both_felt() { # both_felt ONE OTHER JSON
	if [[ "$1 $2" == *drop* ]]; then
		felt drop 1 "$3"
		return
	fi
	also_felt "$1" "$3" && also_felt "$2" "$3"
}

# port NUMBER OPTIONS CHECK...: looks at it in the background.
port() {
	local number=$1 options=$2
	shift 2
	(look "$number" 4 "udp @ $number" "$options" "$@" && echo yes || echo no) >"$TMP/port.$number" &
	pids+=($!)
}

ports() { # adds to $row what came of ports 7001, 7002 and 7003
	wait "${pids[@]}"
	pids=()
	row+=" $(cat "$TMP"/port.700[123])"
}

COMPOSED=("${ACTIONS[@]}" drop)

composed_flags() { # composed_flags ACTION DIRECTION PORTS: at these of the other end
	case $1$2 in
	dropingress) echo "--source-port $3 --network-traffic in" ;;
	drop*) echo "--destination-port $3 --network-traffic out" ;;
	*) echo "$(action_flags "$1") --interface $IF_A --direction $2 --remote-port $3" ;;
	esac
}

# One at ports 7001 and 7002, another at 7002 and 7003; FIRST (0 or 1) comes off first.
compose() { # compose ONE OTHER DIRECTION FIRST
	local ways=1 uids=() pids=() row="" action options left=$((1 - $4)) actions=("$1" "$2")
	[ "$3" = both ] && ways=2
	for action in 0 1; do
		# shellcheck disable=SC2046
		create network "${actions[action]}" --timeout 60 \
			$(composed_flags "${actions[action]}" "$3" $((7001 + action))-$((7002 + action)))
		uids+=("$created")
	done
	port 7001 "$(action_client "$1")" felt "$1" $ways
	options=count=200
	[[ "$1$2" != *bandwidth* ]] || options=$(action_client bandwidth)
	port 7002 "$options" both_felt "$1" "$2"
	port 7003 "$(action_client "$2")" felt "$2" $ways
	ports
	gale destroy "${uids[$4]}" >/dev/null
	action=${actions[left]}
	port $((7001 + 2 * $4)) count=20 untouched
	port 7002 "$(action_client "$action")" felt "$action" $ways
	port $((7003 - 2 * $4)) "$(action_client "$action")" felt "$action" $ways
	ports
	gale destroy "${uids[left]}" >/dev/null
	row+=" $(network_as_before >"$TMP/difference" && echo yes || echo no)"
	# shellcheck disable=SC2086
	row=$(printf '%-10s %-10s %-8s %-10s   %-6s %-6s %-6s   %-6s %-6s %-6s   %s' \
		"$1" "$2" "$3" "${actions[$4]}" $row)
	if [[ $row =~ \ no(\ |$) ]]; then
		fail "$row $(cat "$TMP"/look.700? "$TMP/difference")"
	else
		pass "$row"
	fi
}

compose_head() {
	note "$(printf '%-10s %-10s %-8s %-10s   %-20s   %-20s   %s' one other way off 'one, both, other' \
		'the same, one off' 'state back')"
}
