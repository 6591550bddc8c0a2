#!/usr/bin/env bash
# jvm throwCustomException: the exceptions of a running service, seen by its clients; gone at the end,
# however that comes about.
# timeout 150
. "$(dirname "$0")/../experiment.sh"
. "$(dirname "$0")/../java.sh"
. "$(dirname "$0")/shop.bash"
need_root
shop_build

tce() { create jvm throwCustomException --process "Dname=thrown-$$" --classname Shop "$@"; }
price() { ask "$port" price 2; }
is_price() { [ "$(price)" = "$1" ]; }

shop_start thrown
shop=$pid

# --- as the console sends it -----------------------------------------------------------------

tce --methodname price --exception java.lang.IllegalStateException --exception-message 'no price' --timeout 120
is "its verdict" "$(json "$out" effect verdict) $(json "$out" effect measured)" "effective 1.0"
is "the client sees it" "$(price)" "java.lang.IllegalStateException: no price"
is "another method goes on" "$(ask "$port" total 1)" 2
is "query jvm counts" "$(gale query jvm "$created")" '{"code":200,"success":true,"result":"1"}'
run gale create jvm tce --pid "$shop" --classname Shop --methodname price --exception java.lang.Error --timeout 120
is "the same once more" "$status $(json "$err" code) $(json "$err" error)" "1 406 the experiment exists"
is "and the first stays" "$(price)" "java.lang.IllegalStateException: no price"
run gale create jvm tce --pid "$shop" --classname Shop --methodname price --exception java.lang.Error \
	--effect-count 1 --timeout 120 --refresh --javaHome /none
is "with another matcher it is another one" "$status" 0
gale destroy "$(json "$out" result)" >/dev/null
run gale destroy "$created"
is "destroy" "$status" 0
is "the method is itself again" "$(price)" 20
run gale destroy "$created"
is "a second destroy" "$status" 0
run gale query jvm "$created"
is "query jvm knows it no more" "$status $(json "$err" code) $(json "$err" error)" "1 404 data not found"
is "nothing stays in /tmp" "$(attach_files "$shop")" ""
uid=$(json "$(gale status --type prepare)" result 0 Uid)
is "it was prepared on the way" "$(json "$(gale status "$uid")" result Pid)" "$shop"

# --- which calls -----------------------------------------------------------------------------

tce --methodname title --exception 'Shop$SoldOut' --method-args java.lang.String --timeout 120
is "an exception of its own, of the one overload" "$(ask "$port" title x)" 'Shop$SoldOut: chaosblade-mock-exception'
is "the other overload" "$(ask "$port" number 7)" "shop#7"
gale destroy "$created" >/dev/null

tce --methodname title --exception java.io.IOException --timeout 120
is "two methods are said to match" "$(json "$out" effect measured) $(json "$out" effect unit)" "2.0 methods"
like "of one class" "$(json "$out" effect what)" ' 1 classes changed'
is "every overload: an exception that one declares" "$(ask "$port" title x)" "java.io.IOException: chaosblade-mock-exception"
is "and one that the other does not" "$(ask "$port" number 7)" "java.io.IOException: chaosblade-mock-exception"
gale destroy "$created" >/dev/null

tce --methodname title --exception java.lang.Error --arg-value 0=shirt --timeout 120
is "by the value of an argument" "$(ask "$port" title shirt) $(ask "$port" title hat)" \
	"java.lang.Error: chaosblade-mock-exception shop:hat"
gale destroy "$created" >/dev/null

for value in 0~hir 0^shi; do
	tce --methodname title --exception java.lang.Error --arg-value "$value" --timeout 120
	is "by $value" "$(ask "$port" title shirt) $(ask "$port" title ashi)" \
		"java.lang.Error: chaosblade-mock-exception shop:ashi"
	gale destroy "$created" >/dev/null
done

tce --methodname price --exception java.lang.Error --effect-count 3 --timeout 120
is "so many calls" "$(ask "$port" many 1000)" 3
is "counted" "$(json "$(gale query jvm "$created")" result)" 3
gale destroy "$created" >/dev/null

tce --methodname price --exception java.lang.Error --effect-percent 30 --seed 7 --timeout 120
within "a share of the calls" "$(ask "$port" many 10000)" 2800 3200
gale destroy "$created" >/dev/null

tce --methodname price --exception java.lang.Error --effect-percent 30 --effect-count 50 --timeout 120
is "so many of a share: the first calls" "$(ask "$port" many 1000)" 50
is "and no more" "$(ask "$port" many 1000)" 0
gale destroy "$created" >/dev/null

tce --methodname total --exception java.lang.Error --after --timeout 120
is "on return" "$(ask "$port" total 1)" "java.lang.Error: chaosblade-mock-exception"
gale destroy "$created" >/dev/null

# --- two on one method, off in any order -------------------------------------------------------

tce --methodname price --exception java.lang.IllegalStateException --effect-count 1 --timeout 120
first=$created
create jvm delay --pid "$shop" --classname Shop --methodname price --time 300 --timeout 120
both=$(ask_both "$port" price 2)
is "both act on one call" "${both% *}" "java.lang.IllegalStateException: chaosblade-mock-exception"
gale destroy "$first" >/dev/null
measure "the delay alone" 280 2000 ask_ms "$port" price 2
gale destroy "$created" >/dev/null
measure "neither" 0 200 ask_ms "$port" price 2

# --- several at one time ----------------------------------------------------------------------

error="java.lang.Error: chaosblade-mock-exception"
for round in 1 2 3; do
	pids=()
	for method in price total title; do
		gale create jvm tce --pid "$shop" --classname Shop --methodname $method --exception java.lang.Error --timeout 120 \
			>"$TMP/$method" 2>&1 &
		pids+=($!)
	done
	wait "${pids[@]}" || true
	is "created at once, round $round" "$(cd "$TMP" && cut -c1-12 price total title | sort -u)" '{"code":200,'
	is "and in force" "$(price) $(ask "$port" total 1) $(ask "$port" title x)" "$error $error $error"
	for method in price total title; do
		gale destroy "$(json "$(<"$TMP/$method")" result)" >/dev/null
	done
	is "and off" "$(price) $(ask "$port" total 1) $(ask "$port" title x)" "20 2 shop:x"
done

# --- what is not there -------------------------------------------------------------------------

codes() { # codes NAME: of the classes that are named below
	read_code "$shop" "$TMP/libcode.so" Shop "$TMP/$1.shop"
	read_code "$shop" "$TMP/libcode.so" java/lang/String "$TMP/$1.string"
}
build_native_agent "$TMP/libcode.so" code_reader.c
codes before

refused() { # refused TEXT CODE REGEX FLAG...
	local text=$1 code=$2 regex=$3
	shift 3
	run gale create jvm tce --pid "$shop" --timeout 120 "$@"
	is "$text" "$status $(json "$err" code)" "1 $code"
	like "$text, the text" "$err" "$regex"
	is "$text, no experiment" "$(ls "$GALE_STATE/journal")" ""
}
refused "no such class" 67002 'NoSuchShop' --classname NoSuchShop --methodname price --exception java.lang.Error
refused "no such method" 67002 'nosuch' --classname Shop --methodname nosuch --exception java.lang.Error
refused "no such exception" 46000 'com.example.No' --classname Shop --methodname price --exception com.example.No
refused "not an exception" 46000 'String' --classname Shop --methodname price --exception java.lang.String
refused "a class of the JDK" 43000 'java' --classname java.lang.String --methodname length --exception java.lang.Error
refused "hostile text" 67002 'not loaded' --classname $'x\ncmd=revoke\nid=1' --methodname price --exception java.lang.Error
refused "an argument that is none" 46000 'arg-value' --classname Shop --methodname price --exception java.lang.Error \
	--arg-value first=1
is "and it goes on" "$(price)" 20
codes after
like "with its code" "$(<"$TMP/before.shop")" 'price \(I\)I 1b 10 0a 68 ac'
ok "of Shop" diff "$TMP/before.shop" "$TMP/after.shop"
ok "and of String" diff "$TMP/before.string" "$TMP/after.string"

tce --methodname price --exception java.lang.Error --timeout 120
gale destroy "$created" >/dev/null
create jvm tce --pid "$shop" --classname 'Shop$Late' --methodname greet --exception java.lang.Error --wait-class --timeout 120
is "a class that is not loaded yet" "$(ask "$port" late me)" "java.lang.Error: chaosblade-mock-exception"
gale destroy "$created" >/dev/null
is "and afterwards" "$(ask "$port" late me)" "hello me"

# --- the end, however it comes about -------------------------------------------------------------

price_fails=(jvm tce --pid "$shop" --classname Shop --methodname price --exception java.lang.Error)
deadline_takes_back is_price 20 -- "${price_fails[@]}"

for killed in supervisor guardian; do
	tce --methodname price --exception java.lang.Error --timeout 120
	kill -KILL "$(holder "$created" $killed)"
	ok "taken back when the $killed is killed" wait_until 30 is_price 20
	ok "and its journal goes" wait_until 30 gone "$created"
done

for seconds in "${NEAR[@]}"; do # until it is looked at before its deadline
	NEAR=("$seconds" 60)
	create_stopped "${price_fails[@]}"
	kill -KILL "${pids[@]}"
	seen=$(price)
	[ "$(now_ms)" -ge "$ends" ] || break
	gale recover >/dev/null
done
is "both killed at once: it is still there" "$seen" "java.lang.Error: chaosblade-mock-exception"
sleep_until "$ends"
ok "but not after its deadline, which the JVM keeps" wait_until 30 is_price 20
run gale recover
is "recover" "$status" 0
ok "its journal goes with recover" gone "$created"

# --- a JVM that goes ------------------------------------------------------------------------------

tce --methodname price --exception java.lang.Error --timeout 120
old=$created
stop "$shop"
run gale query jvm "$old"
is "query after its end" "$status $(json "$err" code)" "1 404"
ok "the experiment ends with it" wait_until 30 gone "$old"
is "its record says so" "$(record "$old" Status) $(record "$old" EndedBy)" "Destroyed drift"
like "and why" "$(record "$old" Error)" "process $shop has ended"
shop_start thrown
is "the next one is not touched" "$(price)" 20
tce --methodname price --exception java.lang.Error --timeout 120
run gale destroy "$old"
is "destroy of what was in the old one" "$status" 0
is "does not touch the new one" "$(price)" "java.lang.Error: chaosblade-mock-exception"

uid=$(json "$(gale status --type prepare --status Running)" result 0 Uid)
run gale revoke "$uid"
is "revoke" "$status$err" 0
is "takes the experiment back" "$(price)" 20
is "and says so in its record" "$(record "$created" Status)" Destroyed

tce --methodname price --exception java.lang.Error --timeout 120
tce --methodname total --exception java.lang.Error --timeout 120
create jvm delay --process "Dname=thrown-$$" --classname Shop --methodname title --time 100 --timeout 120
run gale destroy jvm throwCustomException --process "Dname=thrown-$$"
is "destroy by matcher" "$status" 0
is "both are off" "$(price) $(ask "$port" total 1)" "20 2"
is "the other action is not" "$(record "$created" Status)" Success
