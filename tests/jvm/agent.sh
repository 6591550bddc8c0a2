#!/usr/bin/env bash
# The agent library alone, in a JVM of each JDK here: rules on methods, under a load that comes and
# goes, and faults of the JVM as a whole; nothing of them is left.
# timeout 300
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../java.sh"
need_jdk
need_command python3
library=$(dirname "$GALE_BIN")/jvm/libgale-jvm.so
[ -f "$library" ] || die "$library is not built"
dir=$ROOT/tests/jvm/agent

build_native_agent "$TMP/libcode.so" code_reader.c
"$JAVA_HOME/bin/javac" --release 8 -nowarn -Xlint:-options -d "$TMP" "$dir"/*.java
printf 'Premain-Class: Changer\nCan-Retransform-Classes: true\n' >"$TMP/manifest"
"$JAVA_HOME/bin/jar" cfm "$TMP/changer.jar" "$TMP/manifest" -C "$TMP" Changer.class

mapfile -t homes < <(each_jdk)
for home in "${homes[@]}"; do
	note "$home"
	python3 "$dir/rules.py" "$home" "$library" "$TMP" || fail "rules in $home"
	python3 "$dir/stress.py" "$home" "$library" "$TMP" 8 || fail "rules under load in $home"
	python3 "$dir/direct.py" "$home" "$library" "$TMP" || fail "faults of the JVM as a whole in $home"
done
[ ${#homes[@]} -gt 1 ] || note "skipped: only one JDK is here"
