#!/usr/bin/env bash
# Faults on log: files and console of Logback and Log4j 2.
# timeout 300
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/jvm/clients.bash"
clients_build
clients_start "$(class_path)" "-Dlog=$TMP"
delayed log --logback 'logback one' 'log4j2 two'
delayed log --logback 'logback-console one' 'log4j2 two'
delayed log --logback 'logback-error one' 'log4j2 two'
delayed log --log4j2 'log4j2 one' 'logback two'
delayed log --log4j2 'log4j2-console one' 'logback two'
delayed log --log4j2 'log4j2-plain one' 'logback two'
run gale create log delay --pid "$client" --time 100
like 'a framework is asked for' "$out$err" '"code":45000.*logback'
run gale create log delay --pid "$client" --time 100 --logback --log4j2
like 'one of them' "$out$err" '"code":46000.*logback'
grep -q one "$TMP/logback.log" || fail 'logback.log has the lines'
grep -q one "$TMP/log4j2.log" || fail 'log4j2.log has the lines'
clients_stop
