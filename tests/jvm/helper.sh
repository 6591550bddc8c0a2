#!/usr/bin/env bash
# The class files that stand in the tree as bytes are those that javac makes of their sources. They
# are made anew by tests/jvm/helper.sh --write, with a JDK 17.
# timeout 60
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../java.sh"
need_jdk
[[ $("$JAVA_HOME/bin/javac" -version 2>&1) == "javac 17."* ]] || skip "javac of JDK 17 made the bytes"

dir=$ROOT/src/jvm/classfile
write=${1:-}

# bytes SOURCE CLASS FILE DECLARATION FLAG: FILE has the bytes of CLASS behind its first lines.
bytes() {
	"$JAVA_HOME/bin/javac" --release 8 -Xlint:-options "$5" -d "$TMP" "$dir/$1"
	sed "/^$4/q" "$dir/$3" >"$TMP/new"
	od -An -v -tx1 -w16 "$TMP/$2.class" | sed 's/ \(..\)/ 0x\1,/g; s/^ /\t/' >>"$TMP/new"
	sed -n '/^};/,$p' "$dir/$3" >>"$TMP/new"
	[ "$write" != --write ] || cp "$TMP/new" "$dir/$3"
	ok "$3 holds the bytes of $1" diff "$TMP/new" "$dir/$3"
}

bytes Hook.java java/gale/Hook class_helper.c 'const uint8_t class_helper_bytes' -g:none
bytes Task.java java/gale/Task class_task.c 'const uint8_t class_task_bytes' -g:none
bytes Sample.java Sample class_sample.h 'static const uint8_t class_sample' -g
