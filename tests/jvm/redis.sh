#!/usr/bin/env bash
# Faults on jedis (two lines of it), lettuce and redisson against a Redis server.
# timeout 300
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/jvm/clients.bash"
clients_build
redis_start

commands() { # commands LIBRARY
	proven "$1" '--cmd get --key user:1' "$1 get user:1" "$1 get user:2" "$1 set user:1"
	matched "$1" "$1 set user:3" '' cmd=SET key=user:3
}

clients_start "$(class_path)" "-Dredis=$redis_port"
commands jedis
commands lettuce
commands redisson
proven redisson '--cmd set --key user:1' 'redisson-batch set user:1' 'redisson-batch set user:2'
clients_stop

note 'Jedis 3'
clients_start "$(class_path jedis)" "-Dredis=$redis_port"
commands jedis
clients_stop
