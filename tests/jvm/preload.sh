#!/usr/bin/env bash
# A JVM that starts with the library in it (-agentpath): faults do there what they do in any other, with no
# second copy of the library, no warning, and without the one loss of all compiled code.
# timeout 120
. "$(dirname "$0")/../experiment.sh"
. "$(dirname "$0")/../java.sh"
. "$(dirname "$0")/shop.bash"
need_root
need_command cmake
shop_build
ok "the library is installed" cmake --install "$(dirname "$GALE_BIN")" --prefix "$TMP/usr"
library=$TMP/usr/lib/gale/libgale-jvm.so

lost_code() { grep -c 'made not entrant' "$TMP/$1.vm" || true; }

# faulted NAME [OPTION]...: a service gets a fault and is rid of it; sets $lost, the compiled methods
# that the JVM has thrown away for it. One compiler: nothing is thrown away for a better one.
faulted() {
	local name=$1 before
	shift
	shop_start "$name" -XX:+UnlockDiagnosticVMOptions -XX:+LogVMOutput -XX:-DisplayVMOutput \
		-XX:LogFile="$TMP/$name.vm" -XX:+PrintCompilation -XX:TieredStopAtLevel=1 "$@"
	is "$name: its work, compiled" "$(ask "$port" many 300000)" 0
	before=$(lost_code "$name")
	create jvm tce --pid "$pid" --classname Shop --methodname price --exception java.lang.Error --timeout 120
	lost=$(($(lost_code "$name") - before))
	is "$name: the exception" "$(ask "$port" price 2)" "java.lang.Error: chaosblade-mock-exception"
	is "$name: counted" "$(json "$(gale query jvm "$created")" result)" 1
	run gale destroy "$created"
	is "$name: and gone" "$status $(ask "$port" price 2)" "0 20"
}

warned() { grep -qi 'warning: .*agent' "$TMP/$1.log" "$TMP/$1.vm"; }

while read -r home; do
	JAVA_HOME=$home
	release=$("$home/bin/javac" -version 2>&1 | sed 's/^javac //; s/[.-].*//')
	note "$home"
	faulted preloaded -agentpath:"$library"
	within "most of its code stays" "$lost" 1 10
	is "the library is there once" "$(grep -o '/[^ ]*gale-jvm[^ ]*\.so' "/proc/$pid/maps" | sort -u)" "$library"
	ok "and without a warning" not warned preloaded
	run gale revoke "$(json "$(gale status --type prepare --status Running)" result 0 Uid)"
	is "revoke" "$status$err" 0
	stop "$pid"

	faulted plain
	[ "$release" -gt 17 ] || within "without it, most of the code goes" "$lost" 20 1000
	[ "$release" -lt 21 ] || ok "without it, there is a warning" warned plain
	stop "$pid"
done < <(each_jdk)
