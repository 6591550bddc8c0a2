#!/usr/bin/env bash
# Every method of some thousand classes of the JDK gets every kind of hook: they verify, and checked
# work comes to the same result before, meanwhile and afterwards. tests/long/jvm-mass takes them all.
# timeout 150
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/java.sh"
need_jdk

build_mass "$TMP"
# 18: forced return at the entry and the result through the exit; 54: with the arguments, too; 9:
# plain calls at both ends.
run "$JAVA_HOME/bin/java" -Xmx512m "${MASS_OPTIONS[@]}" -cp "$TMP" Mass "$TMP/libmass.so" 1 1500 18 54 9
note "$out"
is "all classes verify, the work is the same: $err" "$status" 0
is "three sets of hooks were tried, and a spoilt one" "$(grep -c '^mass jdk' <<<"$out")" 4
