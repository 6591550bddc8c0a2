#!/usr/bin/env bash
# Faults on psql, with two lines of the PostgreSQL driver.
# timeout 300
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/jvm/clients.bash"
clients_build
postgres_start

statements() { # statements NAME
	note "$1"
	calls 'psql create table if not exists orders(id int)' 'psql create table if not exists items(id int)'
	proven psql '--table orders --sqltype select' 'psql select count(*) from public."orders"' \
		'psql select count(*) from items' 'psql insert into orders values (1)'
	proven psql '--table orders' 'psql-prepared select count(*) from orders where id=?' \
		'psql-prepared select count(*) from items where id=?'
	proven psql '--table orders --sqltype insert' 'psql-batch insert into orders values (?)' \
		'psql-batch insert into items values (?)'
	matched psql 'psql update orders set id=2' '' table=Orders sqltype=update database=postgres \
		host=127.0.0.1 "port=$psql_port"
	create psql delay --time 50
	calls 'psql begin' 'psql select 1' 'psql commit'
	hits 'psql, each once' 3
	destroy
}

for line in '' postgresql; do
	# shellcheck disable=SC2086
	clients_start "$(class_path $line)" "-Dpsql=$psql"
	statements "driver ${line:+of the other line}"
	clients_stop
done
