#!/usr/bin/env bash
# Faults on dubbo: a consumer and a provider in one JVM, over TCP; dubbo threadpoolfull.
# timeout 300
# serial
. "$(dirname "$0")/../experiment.sh"
. "$ROOT/tests/jvm/clients.bash"
clients_build
clients_start "$(class_path)" "-Ddubbo=$(free_port)" "-Duser.home=$TMP" # for what Dubbo writes of a full pool
# shellcheck disable=SC2016
service='Dubbo$Greeter'
for side in consumer provider; do
	# What a provider throws comes to the consumer as a text.
	[ $side = consumer ] || thrown='java.lang.IllegalStateException: from gale'
	proven dubbo "--$side --service $service --methodname hello" 'dubbo hello x' 'dubbo bye x'
	matched dubbo 'dubbo bye x' "--$side" "service=$service" methodname=bye version=1.0 group=g \
		appname=shop
	named dubbo 'dubbo bye x' "--$side"
done
thrown='^java.lang.IllegalStateException from gale$'
matched dubbo 'dubbo bye x' --consumer 'call-point=Dubbo|call'
run gale create dubbo delay --pid "$client" --time 100 --provider --call-point 'Dubbo|call'
like 'a provider knows no caller' "$out$err" '"code":46000.*matched by all'
run gale create dubbo delay --pid "$client" --time 100
like 'a side is asked for' "$out$err" '"code":45000.*consumer'

note threadpoolfull
counts() { # counts TEXT: the provider's pool itself does, of its eight workers and of calls that wait
	call dubbo-count
	[ "$text" = "ok $1" ]
}
taken() { [ "$(json "$(gale query jvm "$uid")" result)" = "$1" ]; } # taken N: by the experiment
served() {
	call 'dubbo hello x'
	[[ $text == ok* ]]
}
refused() { # refused TEXT
	call 'dubbo hello x'
	like "$1" "${text:0:200}" 'thread pool is exhausted'
}
back() { # back TEXT: the pool is as before
	ok "$1" wait_until 90 counts '0 of 8, 0 wait'
	ok '  and serves calls' wait_until 30 served
}
run gale create dubbo tpf --pid "$client" --timeout 120
like 'the side is asked for' "$out$err" '"code":45000.*provider'
create dubbo threadpoolfull --provider
pool=$uid
like 'requested and measured' "$out" '"verdict":"effective","requested":8.0,"measured":8.0,"unit":"workers"'
refused 'a call to a full pool'
run gale create dubbo tpf --provider --pid "$client" --timeout 120
like 'a second one' "$status $err" '^1 .*406'
create dubbo delay --provider --time 1
destroy
refused 'a delay beside it comes and goes'
uid=$pool
destroy
back 'all workers are back'

calls dubbo-linger
ok 'a worker is busy with a call' wait_until 30 counts '1 of 8, 0 wait'
create dubbo tpf --provider
ok 'the others' wait_until 30 taken 7
ok 'make the pool full' counts '8 of 8, 0 wait'
calls dubbo-leave
ok 'that worker, too, when its call is over' wait_until 30 taken 8
refused 'the pool stays full'
kill -KILL "$(holder "$uid" supervisor)"
back 'kill -9 of the supervisor'
ok '  nothing is left of it' wait_until 30 gone "$uid"
create dubbo tpf --provider
kill -KILL "$(holder "$uid" guardian)"
back 'kill -9 of the guardian'
ok '  nothing is left of it' wait_until 30 gone "$uid"

create_stopped dubbo tpf --provider --pid "$client"
kill -KILL "${pids[@]}"
back 'the deadline is in the JVM, and stands when all of them are killed'
gale recover >/dev/null
clients_stop
