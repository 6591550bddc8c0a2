#!/usr/bin/env bash
# Faults on http: HttpClient 3 and 4, OkHttp 3 and 4, AsyncHttpClient 1 and 2, RestTemplate of Spring 5 and 6.
# timeout 300
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/jvm/clients.bash"
clients_build
http_port=$(free_port)

for line in '' 'okhttp okio spring-web spring-core spring-beans spring-jcl micrometer-observation micrometer-commons'; do
	# shellcheck disable=SC2086
	clients_start "$(class_path $line)" "-Dhttp=$http_port"
	note "${line:-the newer lines}"
	proven http '--uri /pay --rest' 'rest /pay?a=1' 'rest /else' 'httpclient4 /pay'
	proven http '--uri /pay --okhttp3' 'okhttp3 /pay?a=1' 'okhttp3 /else' 'rest /pay'
	proven http "--uri http://127.0.0.1:$http_port/pay --okhttp3" 'okhttp3-async /pay' 'okhttp3-async /else'
	matched http 'rest /pay' '--uri /pay --rest' 'call-point=Http|rest'
	matched http 'okhttp3 /pay' '--uri /pay --okhttp3' call-point=Http.okhttp
	named http 'okhttp3 /pay' '--uri /pay --okhttp3'
	if [ -z "$line" ]; then
		named http 'httpclient3 /pay' '--uri /pay --httpclient3'
		named http 'httpclient4 /pay' '--uri /pay --httpclient4'
		named http 'httpclient4-minimal /pay' '--uri /pay --httpclient4'
		named http 'httpclient4-old /pay' "--uri http://127.0.0.1:$http_port/pay --httpclient4"
		matched http 'httpclient3 /pay' '--uri /pay' 'call-point=http|CLIENT3'
		matched http 'httpclient4 /pay' '--uri /pay' 'call-point=Http|client4'
		proven http '--uri /pay --httpclient3' 'httpclient3 /pay?a=1' 'httpclient3 /else' 'httpclient4 /pay'
		proven http '--uri /pay --httpclient4' 'httpclient4 /pay?a=1' 'httpclient4 /else' 'httpclient3 /pay'
		proven http "--uri http://127.0.0.1:$http_port/pay --httpclient4" 'httpclient4-old /pay' \
			'httpclient4-old /else'
		proven http '--uri /pay --httpclient4' 'httpclient4-minimal /pay' 'httpclient4-minimal /else'
		for name in async1 async2; do
			proven http '--uri /pay --asyncHttpClient' "$name /pay?a=1" "$name /else" 'okhttp3 /pay'
			matched http "$name /pay" '--uri /pay --asyncHttpClient' "call-point=Http|$name"
			named http "$name /pay" '--uri /pay --asyncHttpClient'
		done
		proven http '--uri /pay' 'httpclient3 /pay' 'httpclient3 /else' 'rest /pays'
	fi
	clients_stop
done
run gale create http delay --pid $$ --time 100 --uri /pay --rest --b-params '{"params":[{"key":"a","value":"b"}]}'
like 'the headers of RestTemplate are not known yet' "$out$err" '"code":46000.*matched by all'
run gale create http delay --pid $$ --time 100
like 'the address is asked for' "$out$err" '"code":45000.*uri'
