#!/usr/bin/env bash
# Faults on kafka, with a broker of its own.
# timeout 300
# serial
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/jvm/clients.bash"
clients_build

port=$(free_port) controller=$(free_port)
cat >"$TMP/server.properties" <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
log.dirs=$TMP/kafka
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
log.cleaner.enable=false
END
broker=(java -Xmx192m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$(class_path)")
ok 'format the broker' "${broker[@]}" kafka.tools.StorageTool format -t MkU3OEVBNTcwNTJENDM2Qk \
	-c "$TMP/server.properties"
start broker "${broker[@]}" kafka.Kafka "$TMP/server.properties"
wait_until 300 listening "$port" || die "$(tail -5 "$TMP/broker.log")"

clients_start "$(class_path)" "-Dkafka=127.0.0.1:$port"
proven kafka '--producer --topic orders' 'kafka-send orders' 'kafka-send items'
polled() { # until the group has taken its place
	call "kafka-poll $1"
	[[ $text == ok\ [1-9]*\ read ]]
}
wait_until 100 polled orders || fail "poll reads what was sent: $text"
proven kafka '--consumer --topic orders' 'kafka-poll orders' 'kafka-poll items' 'kafka-send orders'
matched kafka 'kafka-poll orders' '--consumer' groupId=group-orders topic=orders
matched kafka 'kafka-send orders' '' topic=orders
clients_stop
