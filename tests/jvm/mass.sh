#!/usr/bin/env bash
# Every method of some thousand classes of the JDK gets every kind of hook: they verify, and checked
# work comes to the same result before, meanwhile and afterwards. tests/long/jvm-mass takes them all.
# timeout 300
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../java.sh"
need_jdk

build_mass "$TMP"
# 18: forced return at the entry and the result through the exit; 54: with the arguments, too.
run "$JAVA_HOME/bin/java" -Xmx512m "${MASS_OPTIONS[@]}" -cp "$TMP" Mass "$TMP/libmass.so" 1 800 18 54
note "$out"
is "all classes verify, the work is the same: $err" "$status" 0
is "both sets of hooks were tried, and a spoilt one" "$(grep -c '^mass jdk' <<<"$out")" 3
