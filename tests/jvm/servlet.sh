#!/usr/bin/env bash
# Faults on servlet: javax.servlet in Tomcat 9, plain and Spring's dispatcher.
# timeout 300
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/jvm/clients.bash"
clients_build
need_command curl
clients_start "$(class_path)"
mkdir "$TMP/web"
call "web $TMP/web"
port=${text#ok }
request() { # request CURL-FLAGS PATH: as fetch
	# shellcheck disable=SC2086
	fetch "http://127.0.0.1:$port/app$2" $1
}

request_ms() {
	request "$@"
	echo "$time"
}

asked() { # asked FLAGS CURL-FLAGS HIT MISS...
	local flags=$1 how=$2 hit=$3 miss
	shift 3
	for miss in "$hit" "$@"; do
		request "$how" "$miss"
	done
	# shellcheck disable=SC2086
	create servlet delay $flags --time 1000
	request "$how" "$hit"
	within "delay $flags: $hit" "$time" 1000 60000
	is "delay $flags: its status" "$code" 200
	for miss in "$@"; do
		measure "delay $flags: not $miss" 0 999 request_ms "$how" "$miss"
	done
	hits "servlet $flags" 1
	destroy
	# shellcheck disable=SC2086
	create servlet throwCustomException $flags --exception java.lang.IllegalStateException \
		--exception-message 'from gale'
	request "$how" "$hit"
	is "throwCustomException $flags: $hit" "$code" 500
	like "throwCustomException $flags: its page" "$body" 'java.lang.IllegalStateException: from gale'
	for miss in "$@"; do
		request "$how" "$miss"
		is "throwCustomException $flags: not $miss" "$code" 200
	done
	destroy
	request "$how" "$hit"
	is "destroyed: $hit" "$code" 200
	measure "destroyed: $hit" 0 999 request_ms "$how" "$hit"
}
asked '--requestpath /plain/pay' '' /plain/pay /plain/else /spring/hello
asked '--requestpath /spring/hello --method GET' '' /spring/hello /plain/pay
asked '--requestpath-regex-pattern /plain/p[a-z]+' '' /plain/pay /plain/pay/7 /spring/hello
asked '--querystring a=1&b=2' '' '/plain/pay?a=1&b=2' '/plain/pay?a=1' /plain/pay
asked '--querystring-regex-pattern .*b=\d' '' '/plain/pay?a=1&b=2' '/plain/pay?a=1'
asked '--method post' '-X POST' /plain/pay
create servlet tce --b-params '{"params":[{"key":"X-User","value":"7"},{"key":"X-City","value":"b c"}]}' \
	--exception java.lang.IllegalStateException
request '-H X-User:7 -H X-City:b' /plain/pay
is 'b-params: one of two headers' "$code" 200
fetch "http://127.0.0.1:$port/app/plain/pay" -H 'x-user: 7' -H 'X-City: b c'
is 'b-params: both headers' "$code" 500
destroy
for wrong in x '{}' '{"params":[]}' '{"params":[{"key":"a"}]}' '{"pattern":"or","params":[{"key":"a","value":"b"}]}' \
	'{"params":[{"key":"a\"","value":"b"}]}'; do
	run gale create servlet delay --pid "$client" --time 100 --b-params "$wrong"
	like "b-params $wrong" "$status $err" '^1 .*"code":46000.*b-params.*allowed is'
done
create servlet modifyCode --requestpath /plain/pay --code 418
request '' /plain/pay
is 'modifyCode: its status' "$code" 418
is 'modifyCode: nothing else' "$body" ''
request '' /plain/else
is 'modifyCode: not another path' "$code" 200
hits 'servlet modifyCode' 1
destroy
request '' /plain/pay
is 'a get beside it' "$body" 'plain /pay'
clients_stop
