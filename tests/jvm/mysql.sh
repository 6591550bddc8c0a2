#!/usr/bin/env bash
# Faults on mysql and druid, with Connector/J 8 and 5 against MariaDB; druid connectionpoolfull.
# timeout 300
. "$(dirname "$0")/../experiment.sh"
. "$ROOT/tests/jvm/clients.bash"
clients_build
mariadb_start

prepare() {
	calls 'mysql create table if not exists orders(id int primary key, name varchar(20))' \
		'mysql create table if not exists items(id int)' \
		'mysql replace into orders values (1, "one")'
}
orders='select name from orders where id=?'
items='select count(*) from items'

statements() { # statements NAME: of the driver that is loaded
	note "$1"
	prepare
	proven mysql '--table orders --sqltype select' 'mysql select name from orders' \
		"mysql $items" 'mysql update orders set name="a" where id=2'
	proven mysql '--table shop.orders' 'mysql select o.name from items i right join shop.orders o on 1=1' \
		"mysql select count(*), 'x from orders' from items"
	proven mysql '--table orders' "mysql-prepared $orders" "mysql-prepared $items"
	calls "mysql-server $orders"
	matched mysql "mysql-server $orders" '' table=ORDERS sqltype=select database=shop \
		host=127.0.0.1 "port=$mysql_port"
	matched mysql 'mysql select 1' '' database=shop host=127.0.0.1 "port=$mysql_port"
}

clients_start "$(class_path)" "-Dmysql=$mysql" "-Dmysql-server=$mysql&useServerPrepStmts=true"
statements 'Connector/J 8'
run gale create druid cpf --pid "$client" --timeout 120
like 'connectionpoolfull without a pool' "$status $err" '^1 .*no open Druid pool'
proven druid '' "druid $items" "mysql $items"
note connectionpoolfull
counts() { # counts TEXT: the pool itself does, of its five connections and of who waits for one
	call druid-count
	[ "$text" = "ok $1" ]
}
taken() { [ "$(json "$(gale query jvm "$uid")" result)" = "$1" ]; } # taken N: by the experiment
timed_out='GetConnectionTimeoutException'
create druid connectionpoolfull
pool=$uid
like 'requested and measured' "$out" '"verdict":"effective","requested":5.0,"measured":5.0,"unit":"connections"'
call "druid $items"
like 'no connection is left' "$text" "$timed_out"
calls "druid-later $items"
ok 'somebody waits for one' wait_until 30 counts '5 of 5, 1 wait'
run gale create druid cpf --pid "$client" --timeout 120
like 'a second one' "$status $err" '^1 .*406'
create druid delay --time 1
destroy
ok 'a delay beside it comes and goes' counts '5 of 5, 1 wait'
uid=$pool
destroy
call druid-result
like 'who waited goes on' "$text" '^ok'
ok 'all connections are back' wait_until 30 counts '0 of 5, 0 wait'

calls 'druid-hold 2'
create druid cpf
ok 'those that are left' wait_until 30 taken 3
calls 'druid-release'
ok 'those that are given back, too' wait_until 30 taken 5
call "druid $items"
like 'the pool stays full' "$text" "$timed_out"
kill -KILL "$(holder "$uid" supervisor)"
ok 'kill -9 of the supervisor gives all back' wait_until 30 counts '0 of 5, 0 wait'
ok 'nothing is left of it' wait_until 30 gone "$uid"
calls "druid $items"

create_stopped druid cpf --pid "$client"
kill -KILL "${pids[@]}"
ok 'so does the deadline, which is in the JVM' wait_until 90 counts '0 of 5, 0 wait'
gale recover >/dev/null
calls "druid $items"
note 'how often'
create mysql delay --table orders --time 1000 --effect-count 1
call 'mysql select name from orders'
within 'effect-count 1: the first call' "$ms" 1000 60000
measure 'effect-count 1: the second call' 0 999 call_ms 'mysql select name from orders'
hits 'effect-count' 1
destroy
clients_stop

clients_start "$(class_path mysql-connector-j mysql-connector-java)" "-Dmysql=$mysql" \
	"-Dmysql-server=$mysql&useServerPrepStmts=true"
statements 'Connector/J 5'
clients_stop
