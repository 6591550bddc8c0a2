# The small Java service of the tests of JVM faults. Sourced after lib.sh and java.sh.
# shellcheck shell=bash disable=SC2034

# shop_build: $SHOP is the directory of its classes.
shop_build() {
	need_jdk
	need_program gale
	SHOP=$TMP/shop
	mkdir -p "$SHOP"
	"$JAVA_HOME/bin/javac" --release 8 -nowarn -Xlint:-options -d "$SHOP" "$ROOT/tests/jvm/app/Shop.java"
	chmod 755 "$TMP" "$SHOP"
	chmod 644 "$SHOP"/*
}

# shop_start NAME [OPTION]...: its pid is $pid, its port $port; -Dname=NAME-$$ stands in its command line.
# $SHOP_RUN, when set, are the words that run it (another user, namespaces).
shop_start() {
	local name=$1
	shift
	while true; do
		# shellcheck disable=SC2086
		start "$name" ${SHOP_RUN:-} "$JAVA_HOME/bin/java" -Xmx64m -Dname="$name-$$" "$@" -cp "$SHOP" Shop
		shop_port "$name"
		# The socket of root's JVM of this pid that was killed: another user's cannot take it away.
		if [[ ${SHOP_RUN:-} != setpriv* || ! -e /tmp/.java_pid$pid ]]; then return; fi
		stop "$pid"
	done
}

shop_port() { # shop_port NAME: waits until it listens
	wait_until 60 grep -q '^port' "$TMP/$1.log" || die "the service does not run: $(cat "$TMP/$1.log")"
	port=$(sed -n 's/^port //p' "$TMP/$1.log")
}

# The files in /tmp that an attach to the process makes, and has to remove.
attach_files() { find /tmp -maxdepth 1 -name "*gale-jvm*-$1*" -o -maxdepth 1 -name ".attach_pid$1"; }

# ask PORT METHOD [ARGUMENT]: prints what it gave; the time is $(ask_ms ...).
ask_both() {
	local port=$1 fd
	shift
	exec {fd}<>"/dev/tcp/127.0.0.1/$port"
	echo "$*" >&"$fd"
	cat <&"$fd"
	exec {fd}>&-
}
ask() { ask_both "$@" | sed 's/ [0-9]*$//'; }
ask_ms() { ask_both "$@" | sed 's/.* //'; }
