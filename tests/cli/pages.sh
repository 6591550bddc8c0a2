#!/usr/bin/env bash
# What is printed from the tables is well-formed, and the page in the tree is current.
# timeout 120
. "$(dirname "$0")/../lib.sh"
need_program gale

ok "docs/faults.md is what gale spec --markdown prints" \
	diff <(gale spec --markdown) "$ROOT/docs/faults.md"

gale man >"$TMP/gale.1"
like "the manual page" "$(<"$TMP/gale.1")" '^\.TH GALE 1 '
if command -v groff >/dev/null; then
	is "  groff has no complaint" "$(groff -man -Tutf8 -ww -z "$TMP/gale.1" 2>&1)" ""
	like "  it shows the flags" "$(groff -man -Tascii -P-cbou "$TMP/gale.1")" --force-remove
fi

gale completion bash >"$TMP/completion"
ok "the completion is a script" bash -n "$TMP/completion"
complete_() { # complete_ WORD...: what completes the last one
	bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _gale; echo "${COMPREPLY[@]}"' - \
		"$TMP/completion" gale "$@"
}
is "a verb" "$(complete_ des)" destroy
is "a target" "$(complete_ create dis)" disk
is "an action" "$(complete_ c process st)" stop
is "a flag of a fault" "$(complete_ create disk fill --retain)" --retain-handle
is "a flag of every experiment" "$(complete_ create disk fill --tim)" --timeout
is "a target of a cluster" "$(complete_ create k8s pod-cp)" pod-cpu
is "an action of it" "$(complete_ create k8s pod-cpu f)" fullload
is "its own flag" "$(complete_ create k8s pod-cpu fullload --cpu-p)" --cpu-percent
is "a flag that selects" "$(complete_ create k8s node-cpu fullload --la)" --labels
is "a cluster's own action" "$(complete_ create k8s pod-pod '')" 'delete fail'
is "beside the engine's" "$(complete_ create k8s container-container '')" 'remove kill'
is "a flag of one" "$(complete_ create k8s pod-pod delete --ra)" --random
is "a flag of a verb" "$(complete_ status --flag)" --flag-filter

like "help of a fault in a cluster" "$(gale help create k8s pod-cpu fullload)" 'gale create k8s pod-cpu fullload .*--names'
like "in a container" "$(gale help create cri cpu fullload)" 'gale create cri cpu fullload .*--container-id'

gale spec --json >"$TMP/spec.json"
gale spec >"$TMP/spec.yaml"
ok "every fault has both languages, a category and an example that parses" python3 - "$TMP/spec.json" <<'PY'
import json
import sys

for fault in json.load(open(sys.argv[1]))["faults"]:
    name = f'{fault["target"]} {fault["action"]}'
    assert fault["category"] and fault["example"], name
    known = {param["name"] for param in fault["params"]} | {"timeout"}
    for word in fault["example"].split():
        assert not word.startswith("--") or word[2:].split("=")[0] in known, f"{name}: {word}"
    texts = [fault["summary"]] + [param["help"] for param in fault["params"]]
    for text in texts:
        assert text["en"] and text["zh"] != text["en"], f"{name}: {text}"
        assert not text["en"].endswith("."), f"{name}: {text}"
    assert len(known) == len(fault["params"]) + 1, name
PY
if python3 -c 'import yaml' 2>/dev/null; then
	ok "the YAML holds the same faults" python3 - "$TMP/spec.json" "$TMP/spec.yaml" <<'PY'
import json
import sys

import yaml

ours = {(f["target"], f["action"]) for f in json.load(open(sys.argv[1]))["faults"]}
blade = yaml.safe_load(open(sys.argv[2]))
assert blade["version"] == "v1" and blade["kind"] == "plugin"
theirs = {(item["target"], a["action"]) for item in blade["items"] for a in item["actions"]}
assert ours == theirs, (ours, theirs)
PY
fi
