#!/usr/bin/env bash
# The how-to for faults shows the code as it is: each block is found, word for word, in its file.
# timeout 60
. "$(dirname "$0")/../lib.sh"

cat >"$TMP/blocks.py" <<'END'
import re, sys

root = sys.argv[1]
text = open(f"{root}/docs/howto-add-fault.md", encoding="utf-8").read()
blocks = re.findall(r"\(`(src/[\w/.]+)`\):\n\n```c\n(.*?)```", text, re.S)
for path, code in blocks:
    if code not in open(f"{root}/{path}", encoding="utf-8").read():
        sys.exit(f"not in {path}:\n{code}")
if len(blocks) != text.count("```c\n"):
    sys.exit("a block without the name of its file")
END
ok "the code of the how-to" python3 "$TMP/blocks.py" "$ROOT"

cd "$ROOT"
for page in README.md README.zh.md CONTRIBUTING.md SECURITY.md docs/*.md; do
	[ -e "$page" ] || continue
	for link in $(grep -oE '\]\([^)# ]+' "$page" | cut -c3- | grep -v ':'); do
		ok "$page: $link" test -e "$(dirname "$page")/$link"
	done
done
