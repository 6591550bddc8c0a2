#!/usr/bin/env bash
# Faults on mysql and druid, with Connector/J 8 and 5 against MariaDB.
# timeout 300
. "$(dirname "$0")/../lib.sh"
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
proven druid '' "druid $items" "mysql $items"
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
