#!/usr/bin/env bash
# query and check tell what is there.
# timeout 120
. "$(dirname "$0")/../lib.sh"
need_program gale

run gale query disk mount-point
is "mount points" "$status" 0
like "  in blade's shape" "$out" '^\{"code":200,"success":true,"result":\["/.*"\]\}$'
run gale q network interface
is "interfaces" "$status" 0
same_by_alias() { [ "$(gale q net interface)" = "$(gale q network interface)" ]; } # another test may make one
ok "alias net" wait_until 30 same_by_alias
if unshare --net true 2>/dev/null; then
	is "of this network namespace, those that are up" \
		"$(unshare --net sh -c "ip link set lo up; ip link add gale9 type veth peer name gale8; '$GALE_BIN/gale' query network interface")" \
		'{"code":200,"success":true,"result":["lo"]}'
fi

run gale check os
is "check os" "$status" 0
is "a row a fault" "$(json "$out" result | grep -o '"target":' | wc -l)" \
	"$(json "$(gale spec --json)" faults | grep -o '"target":' | wc -l)"
run gale k os process stop
is "one of them" "$out" '{"code":200,"success":true,"result":{"target":"process","action":"stop","success":true,"has":[],"lacks":[]}}'
run gale check os disk fill --percent 150
is "its flags too" "$status $(json "$err" code)" "1 46000"
need_root
run unshare --net sh -c "ip link set lo up; '$GALE_BIN/gale' check network delay"
is "by what means, at each interface" "$(json "$out" result interfaces 0 interface)" lo
like "  which it names" "$(json "$out" result interfaces 0 operations)" '"by (netem|tap|tap-clsact)"'
run unshare --net sh -c "ip link set lo up; '$GALE_BIN/gale' check network delay --interface lo --time 10 --backend reduced"
is "by means that cannot do it" "$status $(json "$err" code)" "1 44000"
like "  and why" "$(json "$err" error)" "reduced: it has loss and rate alone"
need_command setpriv
run setpriv --bounding-set -all --inh-caps -all "$GALE_BIN/gale" check os network delay
is "without privileges" "$status $(json "$err" code)" "1 43000"
like "  it says which" "$err" "is missing"
run setpriv --bounding-set -all --inh-caps -all "$GALE_BIN/gale" check os
like "  and in the list" "$out" '"action":"delay","success":false,"has":\[[^]]*\],"lacks":\["net_admin"'
