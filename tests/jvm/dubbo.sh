#!/usr/bin/env bash
# Faults on dubbo: a consumer and a provider in one JVM, over TCP.
# timeout 300
# serial
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/jvm/clients.bash"
clients_build
clients_start "$(class_path)" "-Ddubbo=$(free_port)"
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
clients_stop
