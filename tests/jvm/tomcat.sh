#!/usr/bin/env bash
# A shop on Tomcat 10 with a database, under load: its clients see exceptions, delays, other values and
# other answers; behind them the methods have their own code again, and the shop its own pace.
# timeout 300
# serial
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/jvm/clients.bash"
TOMCAT=/usr/share/tomcat10
clients_build
need_command curl
need_command gcc
need_command jcmd
[ -e "$TOMCAT/bin/bootstrap.jar" ] || skip "needs Tomcat 10"
mariadb_start

# --- the shop --------------------------------------------------------------------------------

jdk=$(dirname "$(dirname "$(realpath "$(command -v javac)")")")
ok 'build the reader of code' gcc -shared -fPIC -I"$jdk/include" -I"$jdk/include/linux" \
	-o "$TMP/code_agent.so" "$ROOT/tests/jvm/tomcat/code_agent.c"
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

code="" body="" time=0
get() { # get PATH: sets $code, $body and $time (ms)
	read -r code time < <(curl -s -o "$TMP/body" -w '%{http_code} %{time_total}\n' "http://127.0.0.1:$port$1")
	time=$(awk -v t="$time" 'BEGIN { print int(t * 1000) }')
	body=$(<"$TMP/body")
}

seen() { # seen N COMMAND...: an answer of the load, from now on, of the next N
	local from
	from=$(wc -l <"$TMP/load.log")
	wait_until 20 eval "[ \$(tail -n +$((from + 1)) '$TMP/load.log' | wc -l) -ge $1 ]"
	tail -n "+$((from + 1))" "$TMP/load.log"
}

pace() { # the median of the load's next 20 answers, in ms
	seen 20 | awk '{ print $1 }' | sort -n | sed -n 10p
}

methods() { # methods FILE: the code of Shop and HttpServlet, as the JVM has it
	ok "read the code: $1" jcmd "$client" JVMTI.agent_load "$TMP/code_agent.so" "\"LShop; $TMP/$1\""
	ok "read the code: $1" jcmd "$client" JVMTI.agent_load "$TMP/code_agent.so" \
		"\"Ljakarta/servlet/http/HttpServlet; $TMP/$1.servlet\""
}

methods before
before=$(pace)
note "an answer takes $before ms"

create servlet throwCustomException --requestpath /price/1 --exception java.lang.IllegalStateException \
	--exception-message 'from gale'
get /price/1
is 'an exception in the servlet' "$code" 500
like 'an exception in the servlet: its page' "$body" 'IllegalStateException: from gale'
like 'the load sees it' "$(seen 10 | awk '{ print $2 }' | sort -u | xargs)" '^(200 )?500$'
get /stock/1
is 'another path has none' "$code $body" '200 7'
destroy

create servlet delay --requestpath-regex-pattern '/price/\d+' --method get --time 500
get /price/1
within 'a late servlet' "$time" 500 5000
within 'a late servlet: the load sees it' "$(pace)" 500 5000
get /stock/1
within 'a late servlet: another path is not' "$time" 0 499
destroy

create servlet modifyCode --requestpath /price/1 --code 503
get /price/1
is 'another status' "$code" 503
destroy

create jvm return --classname Shop --methodname price --value 42
get /price/1
is 'another value' "$code $body" '200 42'
destroy

create jvm throwCustomException --classname Shop --methodname price --exception java.sql.SQLException \
	--exception-message 'no database'
get /price/1
is 'an exception that the shop knows' "$code $body" '502 no database'
destroy

create mysql delay --table prices --sqltype select --time 500
get /price/1
within 'a late table' "$time" 500 5000
get /stock/1
within 'another table is not' "$time" 0 499
destroy

# --- as it was -------------------------------------------------------------------------------

get /price/1
is 'the shop goes on' "$code $body" '200 20'
methods after
is 'the hooked method has its own code' "$(grep '^price ' "$TMP/after")" "$(grep '^price ' "$TMP/before")"
like 'the code was read' "$(<"$TMP/after")" 'price \(I\)I [0-9a-f]+'
# HotSpot may number an entry of the constant pool anew when it redefines a class that has a catch.
lengths() { awk '{ print $1, $2, length($3) }' "$1"; }
is 'no method of the class is another one' "$(lengths "$TMP/after")" "$(lengths "$TMP/before")"
ok 'the servlet has its own code' diff "$TMP/before.servlet" "$TMP/after.servlet"
within "and its own pace: at most 100 ms more than $before" "$(pace)" 0 "$((before + 100))"
