#!/usr/bin/env bash
# The checks of the source find what they are there to find, and nothing in good code.
# timeout 60
. "$(dirname "$0")/../lib.sh"

cd "$TMP"
mkdir -p src/base src/box/store src/box/api src/fault

check() { # check RULE FILE TEXT WANTED: what the rule says of a file with this text
	printf '%b' "$3" >"$2"
	run python3 "$ROOT/script/check_code.py" "$1" "$2"
	if [ -z "$4" ]; then
		is "$1: $2 is good" "$status$out" 0
	else
		like "$1: $2" "$out" "$4"
		is "its status" "$status" 1
	fi
}

repeat() { # repeat TIMES TEXT
	local i
	for ((i = 0; i < $1; i++)); do printf '%s' "$2"; done
}

check layers src/base/a.c '#include "fault/plan.h"\n' 'a.c:1: base must not include fault/'
check layers src/fault/a.c '#include "base/err.h"\n#include <sys/types.h>\n' ''
check layers src/box/a.c '#include "sys/nft.h"\n' 'box must not include sys/'
check layers src/box/store/a.c '#include "box/api/x.h"\n' 'box/store must not include box/api'
check layers src/box/api/a.c '#include "box/store/x.h"\n' ''
check layers src/box/CMakeLists.txt 'target_link_libraries(gale-box gale_fault)\n' 'must not link gale_fault'

head='int f(int a)\n{\n'
check sizes src/base/a.c "$head$(repeat 96 '\tg();\n')}\n" ''
check sizes src/base/a.c "$head$(repeat 99 '\tg();\n')}\n" 'a.c:2: f: 101 lines'
check sizes src/base/a.c "$head$(repeat 14 '\tif (a)\n\t\tg();\n')}\n" ''
check sizes src/base/a.c "$head$(repeat 15 '\tif (a)\n\t\tg();\n')}\n" 'f: complexity 16'
check sizes src/base/a.c "$head\t/* if if if if if if if if if if if if if if if if */\n}\n" ''
check sizes src/base/a.c "$head\t\t\t\t\t\tif (a)\n}\n" 'f: 6 levels'
check sizes src/base/a.c "$(repeat 1001 '\n')" '1001 lines'

check banned src/base/a.c '\tstrcpy(a, b);\n' 'a.c:1: strcpy is banned'
check banned src/base/a.c '\tmy_strcpy(a, b); /* strcpy(a) */ x("system(");\n' ''
check banned src/fault/a.c 'x("SELECT a "\n"FROM b WHERE c = %s");\n' 'formatted into SQL'
check banned src/fault/a.c 'x("SELECT a FROM b WHERE c = ?");\n' ''
check banned src/box/api/a.c 'x("SELECT a FROM b");\n' 'SQL outside'
