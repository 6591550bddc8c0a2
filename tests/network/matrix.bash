# What the matrices of network faults share: the means that this program has, each action, each
# selection, and what is then felt.
# With those of network.sh.
# shellcheck shell=bash disable=SC2034
. "$(dirname "${BASH_SOURCE[0]}")/../network.sh"

# What is late is not lost: what is to be untouched is waited for, and all on an emulated machine.
SPARED="count=20 wait=10000 margin=5000"
PATIENCE=""
[ -z "${GALE_LANE:-}" ] || PATIENCE="wait=10000 margin=4000"

# A second and a third address at each end and a control group, to be selected.
matrix_pair() {
	GROUP_DIR=/sys/fs/cgroup
	[ ! -d $GROUP_DIR/unified ] || GROUP_DIR=$GROUP_DIR/unified
	GROUP=/gale-test-$$ GROUP_DIR=$GROUP_DIR/gale-test-$$
	mkdir "$GROUP_DIR"
	at_end "wait_until 30 rmdir '$GROUP_DIR'" # the last of all: its member ends with the namespace
	network_pair
	read -ra BACKENDS <<<"$(gale create network delay -h | sed -n 's/.*--backend .*one of: auto //p')"
	[ ${#BACKENDS[@]} != 0 ] || die "no list of back-ends in the help"
	IP_A2=10.77.0.3 IP_B2=10.77.0.4 IP_B3=10.77.0.5 IP6_A2=fd77::3 IP6_B2=fd77::4
	start member in_ns "$NS_A" sh -c "echo \$\$ >$GROUP_DIR/cgroup.procs && exec sleep infinity" # an empty one cannot be selected
	ip -n "$NS_A" addr add $IP_A2/24 dev "$IF_A"
	ip -n "$NS_B" addr add $IP_B2/24 dev "$IF_B"
	ip -n "$NS_B" addr add $IP_B3/24 dev "$IF_B"
	ip -n "$NS_A" addr add $IP6_A2/64 dev "$IF_A" nodad
	ip -n "$NS_B" addr add $IP6_B2/64 dev "$IF_B" nodad
	export GALE_FLOOD_ALLOW=10.77.0.0/24,fd77::/64
	read_tables
}

# --- the actions -----------------------------------------------------------------------------

# Of each action: the means (* each back-end in turn) and the ways it is made by; the selections it
# has (* each); what else it is told; the client that feels it, KIND OPTIONS; and the figure of what
# the client saw that must be so, one way and both: a packet meets it twice then. Milliseconds, Mbit/s
# (of which the two families have each a half), or percent of what was sent.
actions() {
	local ways="egress ingress both" shaper="--interface $IF_A --backend MEANS --direction WAY"
	cat <<-END
		delay | * | $ways | * | $shaper --time 40 | udp count=9 | min_ms | 39 70 | 79 120
		loss | * | $ways | * | $shaper --percent 50 | udp count=200 | lost_percent | 33 67 | 60 89
		duplicate | * | $ways | * | $shaper --percent 50 | udp count=200 | again | 33 67 | 95 155
		corrupt | * | $ways | * | $shaper --percent 50 | udp count=200 | lost_percent | 33 67 | 60 89
		reorder | * | $ways | * | $shaper --percent 50 --correlation 0 --time 40 | udp count=200 | late | 33 67 | 60 89
		bandwidth | * | $ways | * | $shaper --rate 8mbit | udp count=400 bytes=1000 every=250 | mbit_s | 2.5 9.5 | 2.5 9.5
		profile | * | $ways | * | $shaper --rows 0,40 | udp count=9 | min_ms | 39 70 | 79 120
		drop | nft | $ways | all remote-port local-port destination-ip source-ip | --network-traffic WAY | udp count=20 wait=300 | lost_percent | 100 100 | 100 100
		partition | nft | $ways | all destination-ip protocol | --interface $IF_A --direction WAY | udp count=20 wait=300 | lost_percent | 100 100 | 100 100
		reset | nft | both | all remote-port local-port destination-ip exclude-port exclude-ip | | tcp count=5 | refused | 100 100 | 100 100
		flood | worker | egress | remote-port destination-ip | --rate 8mbit | hear count=400 seconds=1 | mbit_s | 2.5 5 |
		down | link | both | all | --interface $IF_A | udp count=20 wait=300 | lost_percent | 100 100 | 100 100
		occupy | worker | ingress | all local-port source-ip protocol | | claim-tcp count=1 | lost_percent | 100 100 |
	END
}

# How a selection is told to an action (* those with the flags of src/net/traffic/traffic.h; PEER and
# OWN are destination and source, as the packets go), how a client is called that is hit, and one that
# is spared (where nothing is said, as with *): KIND is the action's, @ the other end, @2 its second
# address, own and own2 those of this one. Nothing is spared by `all`.
selections() {
	local net=10.77.0.0/24,fd77::/64 b=$IP_B,$IP6_B
	cat <<-END
		* all | | KIND @ 7001 |
		* remote-port | --remote-port 7001 | KIND @ 7001 | KIND @ 7002
		* local-port | --local-port 5000-5199 | KIND @ 7001 from=5001 | KIND @ 7001 from=6001
		* exclude-port | --exclude-port 7002 | KIND @ 7001 | KIND @ 7002
		* destination-ip | --destination-ip $b | KIND @ 7001 | KIND @2 7001
		* exclude-ip | --exclude-ip $IP_B2,$IP6_B2 | KIND @ 7001 | KIND @2 7001
		* source-ip | --source-ip $IP_A2,$IP6_A2 | KIND @%own2 7001 | KIND @%own 7001
		* protocol | --protocol udp | KIND @ 7001 | ping @
		* cgroup | --cgroup $GROUP | in-group KIND @ 7001 | KIND @ 7001
		drop all | --PEER-ip $net
		drop remote-port | --PEER-port 7001
		drop local-port | --OWN-port 5000-5199
		drop destination-ip | --PEER-ip $b
		drop source-ip | --OWN-ip $IP_A2,$IP6_A2
		partition all | --target $net
		partition destination-ip | --target $b
		partition protocol | --target $net --protocol udp
		reset all | --destination-ip $net
		reset exclude-port | --destination-ip $net --exclude-port 7002
		reset exclude-ip | --destination-ip $net --exclude-ip $IP_B2,$IP6_B2
		flood remote-port | --target $b --port 9001 | at-peer KIND @ 9001 | at-peer KIND @ 9002
		flood destination-ip | --target $b --port 9001 | at-peer KIND @ 9001 | at-peer KIND @2 9001
		occupy all | --port 7001 | KIND own 7001
		occupy local-port | --port 5000-5199 | KIND own 5001 | KIND own 6001
		occupy source-ip | --port 7001 --ip-address $IP_A2,$IP6_A2 | KIND own2 7001 | KIND own 7001
		occupy protocol | --port 7001 --protocol tcp | KIND own 7001 | claim-udp own 7001
	END
}

declare -A means_of ways_of selections_of flags_of client_of figure_of range_of # [ACTION] or [ACTION WAYS]
declare -A told hit_of spared_of                                             # [ACTION SELECTION]
declare -A measured                                                          # [ACTION DIRECTION]: some means did it

read_tables() {
	local action selection means ways selections flags client figure one both hit spared
	ACTIONS=() SELECTIONS=()
	while IFS="|" read -r selection flags hit spared; do
		read -r action selection <<<"$selection"
		[ "$action" != "*" ] || SELECTIONS+=("$selection")
		[ -n "$hit" ] || hit=${hit_of[* $selection]} spared=${spared_of[* $selection]}
		told[$action $selection]=$flags hit_of[$action $selection]=$hit spared_of[$action $selection]=$spared
	done < <(selections)
	while IFS="|" read -r action means ways selections flags client figure one both; do
		read -r action <<<"$action"
		ACTIONS+=("$action")
		means_of[$action]=$means ways_of[$action]=$ways selections_of[$action]=$selections
		[[ $selections != *"*"* ]] || selections_of[$action]=" ${SELECTIONS[*]} "
		flags_of[$action]=$flags client_of[$action]=$client
		read -r "figure_of[$action]" <<<"$figure"
		range_of[$action 1]=$one range_of[$action 2]=$both
	done < <(actions)
}

# table ACTION SELECTION: the key of how that is told
table() {
	[ -n "${told[$1 $2]+there}" ] && echo "$1 $2" || echo "* $2"
}

# How an experiment is ordered: sets $flags.
order() { # order ACTION MEANS DIRECTION FLAGS
	local way=$3 peer=destination own=source
	[ "$3" != ingress ] || peer=source own=destination
	flags="${flags_of[$1]} $4"
	case $1$3 in
	dropboth) flags=${flags/--network-traffic WAY/} ;;
	dropegress) way=out ;;
	dropingress) way=in ;;
	partitionegress) way=to ;;
	partitioningress) way=from ;;
	esac
	flags=${flags/MEANS/$2} flags=${flags/WAY/$way} flags=${flags/PEER/$peer} flags=${flags/OWN/$own}
}

# The figure by which an action is felt.
action_figure() { # action_figure ACTION JSON
	case ${figure_of[$1]} in
	again | late) echo $((100 * $(figure "${figure_of[$1]}" "$2") / $(figure sent "$2"))) ;;
	refused) echo $((100 * $(figure refused "$2"))) ;; # of one connection
	*) figure "${figure_of[$1]}" "$2" ;;
	esac
}

# --- the clients -----------------------------------------------------------------------------

client() { # client FAMILY WORDS: what it saw
	local words=$2 b=$IP_B b2=$IP_B2 a=$IP_A a2=$IP_A2 run=(seen)
	[ "$1" = 4 ] || b=$IP6_B b2=$IP6_B2 a=$IP6_A a2=$IP6_A2
	words=${words/@2/$b2} words=${words/own2/$a2} words=${words/own/$a} words=${words/@/$b}
	read -r words <<<"$words"
	case $words in
	in-group*) run=(in_group seen) ;;
	at-peer*) run=(in_ns "$NS_B" "$TOOLS/netclient") ;;
	esac
	words=${words#in-group } words=${words#at-peer }
	# shellcheck disable=SC2086
	"${run[@]}" $words
}

in_group() { # in_group COMMAND...
	(echo "$BASHPID" >"$GROUP_DIR/cgroup.procs" && "$@")
}

# --- what is felt ----------------------------------------------------------------------------

untouched() { # untouched JSON: all there, once, at once, in order; 2 when not even the former
	[ "$(figure seen "$1") $(figure again "$1") $(figure errors "$1")" = "$(figure sent "$1") 0 0" ] || return 2
	[ "$(figure late "$1")" = 0 ] && between "$(figure min_ms "$1")" -1 20 # -1: none was meant to be there
}

felt() { # felt ACTION WAYS JSON
	local range
	read -ra range <<<"${range_of[$1 $2]}"
	between "$(action_figure "$1" "$3")" "${range[@]}"
}

# A machine that does other things can be late itself: what misses is looked at again, but for a check
# that answers 2. Leaves what was seen last in $TMP/look.NAME.
look() { # look NAME FAMILY WORDS CHECK...
	local name=$1 family=$2 words=$3 json="" answer pause
	shift 3
	for pause in 0 0.2 0.5 1 2 4 ""; do
		json=$(client "$family" "$words")
		echo "$json" >"$TMP/look.$name"
		answer=0
		"$@" "$json" || answer=$?
		[ $answer = 1 ] || return $answer
		[ -z "$pause" ] || sleep "$pause"
	done
	return 1
}

call() { # call ACTION WORDS OPTIONS: how its client is called
	local kind
	read -r kind _ <<<"${client_of[$1]}"
	echo "${2/KIND/$kind} $PATIENCE $3"
}

options() { # options ACTION: of its client
	local options
	read -r _ options <<<"${client_of[$1]}"
	echo "$options"
}

back() { # back ACTION: the exact state before; a carrier is noticed a moment after the link is up
	if [ "$1" = down ]; then
		wait_until 20 network_as_before
	fi
	network_as_before >"$TMP/difference"
}

# One row: what is hit and what is spared, of each family. A note where a back-end says that it cannot,
# which is only right with the reason and the code for it.
cell() { # cell ACTION MEANS DIRECTION SELECTION
	local ways=1 family pids=() good=0 json state=yes row flags key
	[ "$3" = both ] && ways=2
	key=$(table "$1" "$4")
	order "$1" "$2" "$3" "${told[$key]}"
	row=$(printf '%-10s %-10s %-8s %-15s' "$1" "$2" "$3" "$4")
	# shellcheck disable=SC2086
	run gale create network "$1" $flags --timeout 120
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
		look "hit$family" $family "$(call "$1" "${hit_of[$key]}" "$(options "$1")")" felt "$1" $ways &
		pids+=($!)
		[ -z "${spared_of[$key]}" ] && continue
		look "spared$family" $family "$(call "$1" "${spared_of[$key]}" "$SPARED")" untouched &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || good=1
	done
	gale destroy "$created" >/dev/null
	back "$1" || good=1 state="no: $(<"$TMP/difference")"
	for family in 4 6; do
		json=""
		[ -z "${spared_of[$key]}" ] || json=$(figure quarter_ms "$(<"$TMP/look.spared$family")")/$(
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
	note "hit: ms of a delay, Mbit/s of a bandwidth or flood, percent of the others; spared: ms/percent lost"
	note "$(printf '%-10s %-10s %-8s %-15s %8s %10s %8s %10s  %s' action means way selection \
		"hit" "spared" "hit, v6" "spared" "state back")"
}

# The arguments of a long one: one back-end, some actions.
of_arguments() { # of_arguments [--backend NAME] [ACTION...]
	if [ "${1:-}" = --backend ]; then
		BACKENDS=("$2")
		shift 2
	fi
	[ $# = 0 ] || ACTIONS=("$@")
}

# each_way VISIT ACTION...: calls VISIT ACTION MEANS DIRECTION of each.
each_way() {
	local visit=$1 action means direction all
	for action in "${@:2}"; do
		read -ra all <<<"${means_of[$action]}"
		[ "${all[0]}" != "*" ] || all=("${BACKENDS[@]}")
		for means in "${all[@]}"; do
			for direction in ${ways_of[$action]}; do
				"$visit" "$action" "$means" "$direction"
			done
		done
	done
}

matrix_end() {
	local action direction
	for action in "${ACTIONS[@]}"; do
		for direction in ${ways_of[$action]}; do
			[ -n "${measured[$action $direction]:-}" ] || fail "no means did: $action, $direction"
		done
	done
}

# --- two at once -----------------------------------------------------------------------------

COMPOSED=(delay loss duplicate corrupt reorder bandwidth profile drop partition reset)

also_felt() { # also_felt ACTION JSON: beside another, which adds to it or takes from it
	local figure
	figure=$(action_figure "$1" "$2")
	case $1 in
	delay | profile) between "$figure" 39 400 ;;
	loss | corrupt) between "$figure" 15 99 ;;
	bandwidth) between "$figure" 0.1 9.5 ;;
	reset) felt reset 1 "$2" ;;
	*) between "$figure" 5 600 ;; # of what is left after a loss; copies of copies, both ways: 406
	esac
}

both_felt() { # both_felt ONE OTHER JSON
	if [[ "$1 $2" =~ drop|partition ]]; then
		felt drop 1 "$3" # of which the sender need not be told
		return
	fi
	also_felt "$1" "$3" && also_felt "$2" "$3"
}

# place NUMBER WORDS CHECK...: looks, in the background, at that address of the other end.
place() {
	local addresses=("" "$IP_B" "$IP_B2" "$IP_B3") number=$1 words=$2
	shift 2
	(look "$number.${#pids[@]}" 4 "${words/@/${addresses[number]}}" "$@" && echo yes || echo no) \
		>"$TMP/place.$number.${#pids[@]}" &
	pids+=($!)
}

felt_at() { # felt_at NUMBER ACTION: what it does there, by itself
	place "$1" "$(call "$2" "KIND @ 7001" "$(options "$2")")" felt "$2" "$ways"
}

# Where both are meant: by one client, or by one of each kind.
both_felt_at() { # both_felt_at NUMBER ONE OTHER
	local options=count=200 one other
	read -r one _ <<<"${client_of[$2]}"
	read -r other _ <<<"${client_of[$3]}"
	if [ "$one" = "$other" ]; then
		[[ "$2$3" != *bandwidth* ]] || options=$(options bandwidth)
		place "$1" "$(call "$2" "KIND @ 7001" "$options")" both_felt "$2" "$3"
	elif [[ "$2 $3" =~ drop|partition ]]; then
		place "$1" "$(call "$2" "KIND @ 7001" "$(options "$2")")" felt drop 1
		place "$1" "$(call "$3" "KIND @ 7001" "$(options "$3")")" felt drop 1
	else
		felt_at "$1" "$2"
		felt_at "$1" "$3"
	fi
}

places() { # adds to $row what came of each of the three
	local number
	wait "${pids[@]}"
	pids=()
	for number in 1 2 3; do
		row+=" $(grep -qs no "$TMP/place.$number".* && echo no || echo yes)"
	done
	rm "$TMP"/place.*
}

# One at the first and second address of the other end, another at the second and third; FIRST (0 or
# 1) comes off first.
compose() { # compose ONE OTHER DIRECTION FIRST
	local ways=1 uids=() pids=() row="" action flags actions=("$1" "$2") selected=("$IP_B,$IP_B2" "$IP_B2,$IP_B3")
	local first=${actions[$4]} left=${actions[1 - $4]}
	[ "$3" = both ] && ways=2
	for action in 0 1; do
		order "${actions[action]}" auto "$3" "${told[$(table "${actions[action]}" destination-ip)]}"
		# shellcheck disable=SC2086
		create network "${actions[action]}" --timeout 120 ${flags/$IP_B,$IP6_B/${selected[action]}}
		uids+=("$created")
	done
	rm -f "$TMP"/look.*
	felt_at 1 "$1"
	both_felt_at 2 "$1" "$2"
	felt_at 3 "$2"
	places
	gale destroy "${uids[$4]}" >/dev/null
	place $((1 + 2 * $4)) "$(call "$first" "KIND @ 7001" "$SPARED")" untouched
	felt_at 2 "$left"
	felt_at $((3 - 2 * $4)) "$left"
	places
	gale destroy "${uids[1 - $4]}" >/dev/null
	row+=" $(network_as_before >"$TMP/difference" && echo yes || echo no)"
	# shellcheck disable=SC2086
	row=$(printf '%-10s %-10s %-8s %-10s   %-6s %-6s %-6s   %-6s %-6s %-6s   %s' \
		"$1" "$2" "$3" "$first" $row)
	if [[ $row =~ \ no(\ |$) ]]; then
		fail "$row $(cat "$TMP"/look.* "$TMP/difference")"
	else
		pass "$row"
	fi
}

compose_head() {
	note "$(printf '%-10s %-10s %-8s %-10s   %-20s   %-20s   %s' one other way off 'one, both, other' \
		'the same, one off' 'state back')"
}
