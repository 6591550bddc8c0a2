# What the tests of faults on middleware share: a JVM with the real client libraries (clients/),
# servers for them, and the checks that each target is put to. All of it on loopback, in $TMP.
# shellcheck shell=bash disable=SC2034

CLIENTS=$ROOT/build/clients
ms=0 text="" # of the last call
client=0     # pid of the JVM

clients_build() { # whichever test comes first fetches the libraries: a minute or two
	need_root
	need_command java
	need_command javac
	need_command mvn
	"$ROOT/tests/jvm/clients/build.sh" "$CLIENTS" >"$TMP/build.log" 2>&1 || {
		cat "$TMP/build.log"
		skip "needs the libraries of tests/jvm/clients/pom.xml"
	}
}

# class_path [NAME...]: of the clients; with names, the other lines of these libraries in their place
class_path() {
	local path name
	path=$(tr ':' '\n' <"$CLIENTS/main")
	for name in "$@"; do
		path=$(grep -vE "/$name-[0-9][^/]*\$" <<<"$path")
		path="$(tr ':' '\n' <"$CLIENTS/other" | grep -E "/$name-[0-9][^/]*\$" || true)
$path"
	done
	echo "$CLIENTS/classes:$(tr '\n' ':' <<<"$path")"
}

# clients_start PATH PROPERTY...: the JVM; call() talks to it
clients_start() {
	local path=$1
	shift
	rm -f "$TMP/calls" "$TMP/answers"
	mkfifo "$TMP/calls" "$TMP/answers"
	java -Xmx256m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dexpect=java.lang.IllegalStateException \
		"$@" -cp "$path" Clients <"$TMP/calls" >"$TMP/answers" 2>"$TMP/clients.log" &
	client=$!
	at_end "kill -KILL $client"
	exec 8>"$TMP/calls" 7<"$TMP/answers"
}

clients_stop() {
	exec 8>&- 7<&-
	wait "$client" || true
}

call() { # call LINE: one call; sets $ms and $text ("ok ..." or the exception)
	local line
	echo "$*" >&8
	while read -t 120 -r line <&7; do
		if [[ $line == "= "* ]]; then
			read -r _ ms text <<<"$line"
			return
		fi
	done
	tail -5 "$TMP/clients.log"
	die "no answer to: $*"
}

calls() { # calls LINE...: how they begin, to load classes and open connections
	local line
	for line in "$@"; do
		call "$line"
		[[ $text == ok* ]] || die "$line: $text"
	done
}

code="" body="" time=0 # of the last fetch
fetch() { # fetch ADDRESS [CURL-FLAG]...: sets $code, $body and $time (ms)
	local seconds
	read -r code seconds < <(curl -s -o "$TMP/body" -w '%{http_code} %{time_total}\n' "$@")
	time=$(awk -v s="$seconds" 'BEGIN { print int(s * 1000) }')
	body=$(<"$TMP/body")
}

# --- experiments -----------------------------------------------------------------------------

uid=""
create() { # create TARGET ACTION FLAG...: sets $uid
	run gale create "$@" --pid "$client" --timeout 120
	[[ $status = 0 && $out =~ \"result\":\"([0-9a-f]{16})\" ]] || die "create $*: $out$err"
	uid=${BASH_REMATCH[1]}
}

destroy() {
	run gale destroy "$uid"
	[ "$status" = 0 ] || fail "destroy: $out$err"
}

hits() { # so many calls were hit, says query
	run gale query jvm "$uid"
	is "hits of $1" "$out" "{\"code\":200,\"success\":true,\"result\":\"$2\"}"
}

thrown='^java.lang.IllegalStateException from gale$' # what call() shows of it

call_ms() {
	call "$@"
	echo "$ms"
}

# delayed TARGET FLAGS HIT MISS...: the call HIT is late, and no other
delayed() {
	local target=$1 flags=$2 hit=$3 miss
	shift 3
	calls "$hit" "$@"
	# shellcheck disable=SC2086
	create "$target" delay $flags --time 1000
	call "$hit"
	within "$target delay $flags: $hit" "$ms" 1000 60000
	like "$target delay: its answer" "$text" '^ok'
	for miss in "$@"; do
		measure "$target delay $flags: not $miss" 0 999 call_ms "$miss"
	done
	hits "$target delay" 1
	destroy
	measure "$target delay, destroyed" 0 999 call_ms "$hit"
}

# proven TARGET FLAGS HIT MISS...: delay and exception, on the call HIT and on no other
proven() {
	local target=$1 flags=$2 hit=$3 miss
	delayed "$@"
	shift 3
	# shellcheck disable=SC2086
	create "$target" throwCustomException $flags \
		--exception java.lang.IllegalStateException --exception-message 'from gale'
	call "$hit"
	like "$target throwCustomException $flags: $hit" "${text:0:200}" "$thrown"
	for miss in "$@"; do
		call "$miss"
		like "$target throwCustomException: not $miss" "$text" '^ok'
	done
	hits "$target throwCustomException" 1
	destroy
	call "$hit"
	like "$target throwCustomException, destroyed" "$text" '^ok'
}

# matched TARGET CALL FLAGS NAME=VALUE...: each matcher alone hits the call, with another value not
matched() {
	local target=$1 line=$2 flags=$3 pair
	shift 3
	for pair in "$@"; do
		# shellcheck disable=SC2086
		create "$target" tce $flags "--${pair%%=*}" "${pair#*=}" \
			--exception java.lang.IllegalStateException --exception-message 'from gale'
		call "$line"
		like "$target --${pair%%=*} ${pair#*=}: $line" "${text:0:200}" "$thrown"
		destroy
		# shellcheck disable=SC2086
		create "$target" tce $flags "--${pair%%=*}" "not-${pair#*=}" \
			--exception java.lang.IllegalStateException --exception-message 'from gale'
		call "$line"
		like "$target --${pair%%=*} not-${pair#*=}: $line" "$text" '^ok'
		hits "$target --${pair%%=*}" 0
		destroy
	done
}

# named TARGET CALL FLAGS: the call has the parameter user=7, and is hit by that and by no other
named() {
	local target=$1 line=$2 flags=$3 user
	calls "$line"
	for user in 7 8; do
		# shellcheck disable=SC2086
		create "$target" tce $flags --exception java.lang.IllegalStateException --exception-message 'from gale' \
			--b-params "{\"pattern\":\"and\",\"params\":[{\"key\":\"user\",\"value\":\"$user\"}]}"
		call "$line"
		if [ $user = 7 ]; then
			like "$target --b-params: $line" "${text:0:200}" "$thrown"
		else
			like "$target --b-params of another: $line" "$text" '^ok'
			hits "$target --b-params" 0
		fi
		destroy
	done
}

# --- servers ---------------------------------------------------------------------------------

mariadb_start() { # sets $mysql, the address for JDBC, and $mysql_port
	need_command mariadbd
	need_command mariadb-install-db
	mysql_port=$(free_port)
	mariadb-install-db --no-defaults --datadir="$TMP/mysql" --auth-root-authentication-method=normal \
		--skip-test-db --user=root >"$TMP/mysql.log" 2>&1 || die "$(tail -5 "$TMP/mysql.log")"
	start mariadbd mariadbd --no-defaults --user=root --datadir="$TMP/mysql" \
		--socket="$TMP/mysql.sock" --port="$mysql_port" --bind-address=127.0.0.1 \
		--innodb-buffer-pool-size=16M --innodb-log-file-size=8M --skip-name-resolve
	wait_until 100 listening "$mysql_port" || die "$(tail -5 "$TMP/mariadbd.log")"
	mysql="jdbc:mysql://127.0.0.1:$mysql_port/shop?user=root&createDatabaseIfNotExist=true&useSSL=false"
}

postgres_start() { # sets $psql and $psql_port
	local bin
	bin=$(echo /usr/lib/postgresql/*/bin)
	[ -x "$bin/initdb" ] || skip "needs PostgreSQL"
	psql_port=$(free_port)
	mkdir "$TMP/psql"
	chown postgres "$TMP/psql"
	chmod 711 "$TMP"
	(cd / && setpriv --reuid=postgres --regid=postgres --clear-groups \
		"$bin/initdb" -D "$TMP/psql" -A trust -U root --no-sync --no-locale) >"$TMP/psql.log" 2>&1 ||
		die "$(tail -5 "$TMP/psql.log")"
	start postgres setpriv --reuid=postgres --regid=postgres --clear-groups \
		"$bin/postgres" -D "$TMP/psql" -c listen_addresses=127.0.0.1 -c "port=$psql_port" \
		-c unix_socket_directories= -c fsync=off
	wait_until 100 listening "$psql_port" || die "$(tail -5 "$TMP/postgres.log")"
	psql="jdbc:postgresql://127.0.0.1:$psql_port/postgres?user=root"
}

redis_start() { # sets $redis_port
	need_command redis-server
	redis_port=$(free_port)
	start redis redis-server --port "$redis_port" --bind 127.0.0.1 --save '' --dir "$TMP"
	wait_until 100 listening "$redis_port" || die "redis-server does not listen"
}
