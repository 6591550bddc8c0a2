# What the tests of JVM faults need of a JDK. Sourced after lib.sh.
# shellcheck shell=bash

# need_jdk: JAVA_HOME is that of a JDK with its headers, or the test is skipped.
need_jdk() {
	local javac
	if [ -z "${JAVA_HOME:-}" ]; then
		javac=$(readlink -f "$(command -v javac || echo /none)")
		JAVA_HOME=${javac%/bin/javac}
	fi
	[ -f "$JAVA_HOME/include/jvmti.h" ] || skip "no JDK (openjdk-17-jdk-headless)"
	export JAVA_HOME
	unset JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS CLASSPATH
}

# build_native OUTPUT SOURCE [FLAG]...: a program of tests/jvm, with what reads and writes class files.
build_native() {
	local output=$1 source=$2 classfile
	shift 2
	mapfile -t classfile < <(find "$ROOT/src/jvm/classfile" -name 'class_*.c' ! -name '*_test.c' ! -name '*_fuzz.c')
	cc -std=c17 -D_GNU_SOURCE -Wall -Wextra -I"$JAVA_HOME/include" -I"$JAVA_HOME/include/linux" -I"$ROOT/src" \
		"$@" -o "$output" "$ROOT/tests/jvm/$source" "${classfile[@]}"
}
build_native_agent() { build_native "$@" -fPIC -shared; } # as build_native: to be loaded into a JVM

# build_mass DIR: the mass test's agent and classes.
build_mass() {
	build_native_agent "$1/libmass.so" mass/mass_agent.c -O2
	"$JAVA_HOME/bin/javac" --release 8 -nowarn -Xlint:-options -d "$1" "$ROOT/tests/jvm/mass/Mass.java"
}

# read_code PID LIBRARY CLASS FILE: the code of the class's methods, as the JVM has it now; LIBRARY is of
# build_native_agent code_reader.c, CLASS as java/lang/String.
read_code() {
	ok "read the code of $3" "$JAVA_HOME/bin/jcmd" "$1" JVMTI.agent_load "$2" "\"$3 $4\""
}

# The verifier looks at the classes of the JDK too.
MASS_OPTIONS=(-XX:+UnlockDiagnosticVMOptions -XX:+BytecodeVerificationLocal -XX:+BytecodeVerificationRemote)

# each_jdk: the home of every JDK of this machine that can run here, JAVA_HOME first.
each_jdk() {
	local home
	for home in "$JAVA_HOME" /usr/lib/jvm/*; do
		home=$(readlink -f "$home")
		[ -f "$home/include/jvmti.h" ] && "$home/bin/java" -version >/dev/null 2>&1 && echo "$home"
	done | awk '!seen[$0]++'
}
