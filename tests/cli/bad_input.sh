#!/usr/bin/env bash
# Every number of every fault beyond its limits, and hostile texts: refused, and nothing is done.
# timeout 300
. "$(dirname "$0")/../lib.sh"
need_program gale
need_root

# Rows "target action flag value code", from the tables of the faults themselves.
gale spec --json >"$TMP/spec.json"
python3 - "$TMP/spec.json" >"$TMP/cases" <<'PY'
import json
import sys

def wrong(param):
    kind, low, high = param["type"], param.get("min"), param.get("max")
    if kind in ("int", "real"):
        yield from ("abc", "", "50%", "0x10", "1e", " 1", "1 ", "99999999999999999999999")
        yield "0.5" if kind == "int" else "nan"
        if low is not None:
            yield str(low - 1)
            yield str(high + 1)
    elif kind == "bool":
        yield from ("yes", "1", "TRUE", "")
    elif kind == "choice":
        yield from ("nosuch", "", " ".join(param["choices"] + ["nosuch"]),
                    param["choices"][0].swapcase())
    elif kind == "ranges":
        yield from ("a", "", "5-1", "1,,x", "-1", "1-2-3", ";", str((high or 2**32) + 1))
    elif kind == "nets":
        yield from ("300.1.1.1", "", "10.0.0.0/33", "::1/129", "localhost", "1.2.3.4;id", "1.2.3")
    elif kind == "duration":
        yield from ("soon", "-1s", "5x", "", "1h30")
    else:
        yield ""

spec = json.load(open(sys.argv[1]))
for fault in spec["faults"]:
    for param in fault["params"] + spec["common"]:
        if param["name"] == "timeout":
            continue
        for value in wrong(param):
            print(fault["target"], fault["action"], fault["example"], param["name"], value, sep="\t")
PY

refused() { # refused CODE: the last run was
	[ "$status" = 1 ] && [ -z "$out" ] && [[ $err == "{\"code\":$1,\"success\":false,"* ]]
}

count=0
while IFS=$'\t' read -r target action example name value; do
	count=$((count + 1))
	# shellcheck disable=SC2086
	run gale create $target $action $example "--$name=$value"
	refused 46000 || fail "$target $action --$name='$value': $status $err$out"
	[[ $err == *"\`$name\`"* ]] || fail "$target $action --$name='$value' is not named: $err"
done <"$TMP/cases"
pass "$count bad values are refused by name"
ok "at least two a fault" test "$count" -ge $((2 * $(json "$(<"$TMP/spec.json")" faults | grep -o '"target"' | wc -l)))
is "nothing is in place" "$(ls "$GALE_STATE/journal" 2>/dev/null)" ""

# --- hostile texts: one word each, never a command, never half a record ---

touch "$TMP/witness"
hostile=(
	"'; rm -f $TMP/witness; '"
	"\"; rm -f $TMP/witness; \""
	"\$(rm -f $TMP/witness)"
	"\`rm -f $TMP/witness\`"
	"x | rm -f $TMP/witness"
	$'line\nrm -f '"$TMP"'/witness'
	"&& rm -f $TMP/witness"
	"--uid=evil"
	"%s%n%x"
	"../../../../etc/passwd"
	"'); DROP TABLE experiment; --"
	$'\t\x1b[31m'
)
for text in "${hostile[@]}"; do
	note "$(printf %q "$text")"
	run gale create process stop --process "$text"
	ok "no such process" refused 47001
	is "its record holds the flag" "$(gale status --type create --limit 1 | python3 -c '
import json, sys
print(json.load(sys.stdin)["result"][0]["Flag"])')" " --process=${text// /@@##}"
	for flag in uid seed timeout; do
		run gale create process stop --pid 4194303 "--$flag" "$text"
		ok "no $flag" refused 46000
	done
	run gale create disk fill --percent 1 --path "$text"
	ok "no path" refused 46000
	run gale destroy -- "$text"
	ok "no experiment" refused 67002
	run gale status --type create --flag-filter "$text"
	is "a filter" "$status" 0
	run gale create -- "$text" "$text"
	ok "no target" refused 44000
done
run gale create process stop --process $'not UTF-8 \xff'
is "bytes that are no text" "$status $(json "$err" code)" "1 46000"
long=$(head -c 100000 /dev/zero | tr '\0' x)
run gale create process stop --process "$long"
is "a very long value" "$status $(json "$err" code)" "1 47001"
run gale create process stop --pid "$(seq -s, 1 2000)"
is "too many numbers" "$status $(json "$err" code)" "1 46000"
ok "no shell saw any of it" test -e "$TMP/witness"
is "nothing is in place" "$(ls "$GALE_STATE/journal" 2>/dev/null)" ""
