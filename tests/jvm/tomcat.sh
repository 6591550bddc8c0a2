#!/usr/bin/env bash
# A shop on Tomcat 10 with a database, under load: its clients see exceptions, delays, other values and
# other answers, from the command line and then from a drill of the console; behind them the methods have
# their own code again, and the shop its own pace.
# timeout 300
# serial
. "$(dirname "$0")/../box/drill.bash"
. "$ROOT/tests/java.sh"
. "$ROOT/tests/jvm/clients.bash"
TOMCAT=/usr/share/tomcat10
need_jdk
need_program gale-agent
clients_build
need_command curl
[ -e "$TOMCAT/bin/bootstrap.jar" ] || skip "needs Tomcat 10"
mariadb_start

# --- the shop --------------------------------------------------------------------------------

build_native_agent "$TMP/libcode.so" code_reader.c
web=$TMP/tomcat/webapps/ROOT/WEB-INF
mkdir -p "$web/classes" "$web/lib" "$TMP/tomcat"/{conf,logs,temp,work}
cp "$ROOT/tests/jvm/tomcat/web.xml" "$web/"
tr ':' '\n' <"$CLIENTS/main" | grep mysql-connector | xargs -I{} cp {} "$web/lib/"
javac -d "$web/classes" -cp "$TOMCAT/lib/servlet-api.jar" "$ROOT/tests/jvm/tomcat/Shop.java"
port=$(free_port)
cat >"$TMP/tomcat/conf/server.xml" <<END
<Server port="-1">
	<Service name="Catalina">
		<Connector port="$port" address="127.0.0.1" maxThreads="20"/>
		<Engine name="Catalina" defaultHost="localhost">
			<Host name="localhost" appBase="webapps"/>
		</Engine>
	</Service>
</Server>
END
clients_start "$(class_path)" "-Dmysql=$mysql"
calls 'mysql create table prices(item int primary key, price int)' 'mysql insert into prices values (1, 20)' \
	'mysql create table stocks(item int primary key, stock int)' 'mysql insert into stocks values (1, 7)'
clients_stop
start tomcat java -Xmx256m -Dcatalina.home="$TOMCAT" -Dcatalina.base="$TMP/tomcat" -Djava.io.tmpdir=/tmp \
	-XX:TieredStopAtLevel=1 -XX:+UseSerialGC "-Dtomcat.util.scan.StandardJarScanFilter.jarsToSkip=*.jar" \
	-Dshop.database="$mysql" -cp "$TOMCAT/bin/bootstrap.jar:$TOMCAT/bin/tomcat-juli.jar" \
	org.apache.catalina.startup.Bootstrap start
client=$pid
answered() { curl -fs "http://127.0.0.1:$port/price/1"; }
wait_until 100 answered || die "Tomcat does not answer: $(tail -5 "$TMP/tomcat.log")"
start load python3 "$ROOT/tests/jvm/tomcat/load.py" "http://127.0.0.1:$port/price/1"

# --- what its clients see --------------------------------------------------------------------

get() { # get PATH: as fetch
	fetch "http://127.0.0.1:$port$1"
}

seen() { # seen N: the next N answers of the load
	local from
	from=$(wc -l <"$TMP/load.log")
	wait_until 100 eval "[ \$(tail -n +$((from + 1)) '$TMP/load.log' | wc -l) -ge $1 ]"
	tail -n "+$((from + 1))" "$TMP/load.log"
}

get_ms() {
	get "$@"
	echo "$time"
}

pace() { # the median of the load's next 20 answers, in ms
	seen 20 | awk '{ print $1 }' | sort -n | sed -n 10p
}

methods() { # methods NAME: the code of Shop and HttpServlet, as the JVM has it, in $TMP/NAME.*
	read_code "$client" "$TMP/libcode.so" Shop "$TMP/$1.shop"
	read_code "$client" "$TMP/libcode.so" jakarta/servlet/http/HttpServlet "$TMP/$1.servlet"
}

as_it_was() { # as_it_was NAME: after experiments
	get /price/1
	is 'the shop goes on' "$code $body" '200 20'
	methods "$1"
	ok 'every method of the shop has its own code' diff "$TMP/before.shop" "$TMP/$1.shop"
	ok 'and of the servlet' diff "$TMP/before.servlet" "$TMP/$1.servlet"
	measure "and its own pace: at most 100 ms more than $before" 0 "$((before + 100))" pace
}

methods before
like 'the code was read' "$(<"$TMP/before.shop")" 'price \(I\)I( [0-9a-f]{2}|\(.*\))+ ac'
like 'with its constants' "$(<"$TMP/before.shop")" 'select\\20price\\20from\\20prices'
before=$(pace)
note "an answer takes $before ms"

# --- from the command line --------------------------------------------------------------------

create servlet throwCustomException --requestpath /price/1 --exception java.lang.IllegalStateException \
	--exception-message 'from gale'
get /price/1
is 'an exception in the servlet' "$code" 500
like 'an exception in the servlet: its page' "$body" 'IllegalStateException: from gale'
like 'the load sees it' "$(seen 10 | awk '{ print $2 }' | sort -u | xargs)" '^(200 )?500$'
get /stock/1
is 'another path has none' "$code $body" '200 7'
destroy

create servlet delay --requestpath-regex-pattern '/price/\d+' --method get --time 1000
get /price/1
within 'a late servlet' "$time" 1000 60000
within 'a late servlet: the load sees it' "$(pace)" 1000 60000
measure 'a late servlet: another path is not' 0 999 get_ms /stock/1
destroy

create servlet modifyCode --requestpath /price/1 --code 503
get /price/1
is 'another status' "$code" 503
destroy

create jvm return --classname Shop --methodname price --value 42
get /price/1
is 'another value' "$code $body" '200 42'
destroy

# A method that catches: its own catch does not meet it, that of its caller does.
create jvm throwCustomException --classname Shop --methodname number --exception java.sql.SQLException \
	--exception-message 'no database'
get /price/1
is 'an exception that the shop knows' "$code $body" '502 no database'
methods hooked
is 'a hook is seen in the code of its method alone' "$(diff "$TMP/before.shop" "$TMP/hooked.shop" | grep -c '^> ')" 1
destroy

create mysql delay --table prices --sqltype select --time 1000
get /price/1
within 'a late table' "$time" 1000 60000
measure 'another table is not' 0 999 get_ms /stock/1
destroy

as_it_was after-command-line

# --- from a drill -----------------------------------------------------------------------------

export HOME=$TMP/home SHOP=http://127.0.0.1:$port SHOP_PID=$client
mkdir "$HOME"
drill_test <"$ROOT/tests/jvm/tomcat/drill.py"
as_it_was after-drill
