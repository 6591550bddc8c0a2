#!/usr/bin/env bash
# Every number of every fault beyond its limits, and hostile texts: refused, and nothing is done.
# timeout 120
. "$(dirname "$0")/../lib.sh"
need_program gale
need_root

gale spec --json >"$TMP/spec.json"
python3 - "$TMP/spec.json" <<'PY' || failures=$((failures + 1))
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

gale = os.environ["GALE_BIN"] + "/gale"


def beyond(param):
    if param["type"] in ("int", "real") and param.get("min") is not None:
        yield str(param["min"] - 1)
        yield str(param["max"] + 1)


def malformed(param):
    kind, high = param["type"], param.get("max")
    if kind in ("int", "real"):
        yield from ("abc", "", "50%", "0x10", "1e", " 1", "1 ", "99999999999999999999999")
        yield "0.5" if kind == "int" else "nan"
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


def cases(spec):
    """(fault, parameter, value): limits in every fault, spellings once for equal parameters."""
    seen = set()
    for fault in spec["faults"]:
        for param in fault["params"] + spec["common"]:
            if param["name"] == "timeout":
                continue
            same = json.dumps([param.get(key) for key in ("name", "type", "min", "max", "choices")])
            values = [*beyond(param), *(() if same in seen else malformed(param))]
            seen.add(same)
            for value in values:
                yield fault, param["name"], value


def refusal(case):
    """What is wrong with the answer to a bad value, or nothing."""
    fault, name, value = case
    words = ["create", fault["target"], fault["action"], *fault["example"].split(),
             f"--{name}={value}"]
    got = subprocess.run([gale, *words], capture_output=True, text=True, close_fds=False)
    if (got.returncode == 1 and not got.stdout and f"`{name}`" in got.stderr and
            got.stderr.startswith('{"code":46000,"success":false,')):
        return ""
    return f"{words}: {got.returncode} {got.stderr}{got.stdout}"


spec = json.load(open(sys.argv[1]))
with ThreadPoolExecutor(4) as pool:
    told = list(pool.map(refusal, cases(spec)))
wrong = list(filter(None, told))
for text in wrong:
    print("not ok -", text)
if len(told) < 2 * len(spec["faults"]):
    sys.exit("not ok - less than two a fault")
print(f"ok - {len(told) - len(wrong)} of {len(told)} bad values are refused by name")
sys.exit(1 if wrong else 0)
PY
is "nothing is in place" "$(ls "$GALE_STATE/journal" 2>/dev/null)" ""

# --- hostile texts: one word each, never a command, never half a record ---

refused() { # refused CODE: the last run was
	[ "$status" = 1 ] && [ -z "$out" ] && [[ $err == "{\"code\":$1,\"success\":false,"* ]]
}

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
	is "its record holds the flag" "$(json "$(gale status --type create --limit 1)" result 0 Flag)" \
		" --process=${text// /@@##}"
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
