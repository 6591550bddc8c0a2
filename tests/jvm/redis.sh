#!/usr/bin/env bash
# Faults on jedis (two lines of it), lettuce and redisson against a Redis server, and what lettuce writes to it.
# timeout 300
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/jvm/clients.bash"
clients_build
need_command redis-cli
redis_start

commands() { # commands LIBRARY
	proven "$1" '--cmd get --key user:1' "$1 get user:1" "$1 get user:2" "$1 set user:1"
	matched "$1" "$1 set user:3" '' cmd=SET key=user:3
}

stored() { # stored REDIS-COMMAND...: what the server says to it
	redis-cli -p "$redis_port" "$@"
}

sent() { # what Lettuce sends as a value, as the server has it
	stored set user:4 old >"$TMP/reply"
	calls 'lettuce set user:4' 'lettuce hset hash:0' 'lettuce lpush list:0' 'lettuce-bytes set user:5'
	create lettuce update --value 'another «1»'
	call 'lettuce set user:4'
	is 'lettuce update: the answer' "$text" 'ok OK'
	is 'lettuce update: set' "$(stored get user:4)" 'another «1»'
	calls 'lettuce set-ex user:6' 'lettuce setnx user:7' 'lettuce hset hash:1' 'lettuce-bytes set user:5' \
		'lettuce lpush list:1' 'lettuce get user:4'
	is 'lettuce update: set with an expiry' "$(stored get user:6)" 'another «1»'
	within 'lettuce update: its expiry' "$(stored ttl user:6)" 1 1000
	is 'lettuce update: setnx' "$(stored get user:7)" 'another «1»'
	is 'lettuce update: hset' "$(stored hget hash:1 field)" 'another «1»'
	is 'lettuce update: bytes' "$(stored get user:5)" 'another «1»'
	is 'lettuce update: not lpush' "$(stored lrange list:1 0 -1)" v
	hits 'lettuce update' 5
	destroy
	calls 'lettuce set user:4' 'lettuce hset hash:1'
	is 'lettuce update, destroyed: set' "$(stored get user:4)" v
	is 'lettuce update, destroyed: hset' "$(stored hget hash:1 field)" v

	create lettuce update --value another --cmd set --key user:8
	calls 'lettuce set user:8' 'lettuce set user:9' 'lettuce hset user:10'
	is 'lettuce update --key' "$(stored get user:8)" another
	is 'lettuce update --key: not another key' "$(stored get user:9)" v
	is 'lettuce update --cmd: not another command' "$(stored hget user:10 field)" v
	hits 'lettuce update --key' 1
	destroy
}

clients_start "$(class_path)" "-Dredis=$redis_port"
commands jedis
commands lettuce
sent
commands redisson
proven redisson '--cmd set --key user:1' 'redisson-batch set user:1' 'redisson-batch set user:2'
clients_stop

note 'Jedis 3'
clients_start "$(class_path jedis)" "-Dredis=$redis_port"
commands jedis
clients_stop
