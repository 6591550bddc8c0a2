#!/usr/bin/env bash
# jvm delay, return, throwDeclaredException and script: what the callers of the methods get.
# timeout 120
. "$(dirname "$0")/../experiment.sh"
. "$(dirname "$0")/../java.sh"
. "$(dirname "$0")/shop.bash"
need_root
shop_build
shop_start shop
shop=$pid

fault() { # fault ACTION METHOD FLAG...
	create jvm "$1" --pid "$shop" --classname Shop --methodname "${@:2}" --timeout 120
}
off() { gale destroy "$created" >/dev/null; }
refused() { # refused TEXT CODE REGEX ACTION METHOD FLAG...
	run gale create jvm "$4" --pid "$shop" --classname Shop --methodname "${@:5}" --timeout 120
	is "$1" "$status $(json "$err" code)" "1 $2"
	like "$1, the text" "$err" "$3"
}

# --- delay -----------------------------------------------------------------------------------

fault delay price --time 400
both=$(ask_both "$port" price 2)
is "a delayed call gives what it gave" "${both% *}" 20
within "so much later" "${both##* }" 395 60000
off
measure "and no longer" 0 200 ask_ms "$port" price 2

fault delay price --time 200 --offset 100
measure "with an offset" 95 1200 ask_ms "$port" price 2
off

fault delay price --time 60000
start sleeper bash -c "exec 3<>/dev/tcp/127.0.0.1/$port; echo 'price 2' >&3; cat <&3"
sleeper=$pid
hits() { [ "$(json "$(gale query jvm "$created")" result)" = "$1" ]; }
ok "a call sleeps" wait_until 30 hits 1
off
ok "destroy wakes it" wait_until 30 grep -q '^20 ' "$TMP/sleeper.log"
stop "$sleeper"

refused "no time" 45000 time delay price
refused "a time that is none" 46000 time delay price --time -1

# --- return ------------------------------------------------------------------------------------

fault return price --value 7
is "a number" "$(ask "$port" price 2)" 7
off
fault return title --value 'sold out' --method-args java.lang.String
is "a text" "$(ask "$port" title x)" 'sold out'
off
fault return title --value null --method-args java.lang.String
is "null" "$(ask "$port" title x)" null
off
fault return total --value 'r + p0 * 2' --after
is "a formula of parameter and result" "$(ask "$port" total 10)" 31
off
is "and afterwards" "$(ask "$port" price 2) $(ask "$port" title x) $(ask "$port" total 10)" "20 shop:x 11"
refused "a number that is none" 67002 'shirt' return price --value shirt
refused "no value" 45000 value return price

# --- the declared exception ------------------------------------------------------------------------

fault throwDeclaredException title --method-args java.lang.String --exception-message gone
is "the first of its throws clause" "$(ask "$port" title x)" 'Shop$SoldOut: gone'
off
fault tde title --method-args java.lang.String
is "by its short name" "$(ask "$port" title x)" 'Shop$SoldOut: chaosblade-mock-exception'
off
refused "none declared" 67002 'declares no exception' tde price
is "which is said once" "$(grep -o 'declares no' <<<"$err" | wc -l)" 1

# --- a script ----------------------------------------------------------------------------------------

cat >"$TMP/Discount.java" <<'JAVA'
import java.util.Map;

public class Discount {
	public Object run(Map<String, Object> params) {
		int item = (Integer) params.get("0");
		if (item == 13)
			throw new IllegalArgumentException("unlucky");
		return item > 100 ? Integer.valueOf(1) : null;
	}
}
JAVA
fault script price --script-file "$TMP/Discount.java"
is "a script returns" "$(ask "$port" price 200)" 1
is "null goes on" "$(ask "$port" price 2)" 20
is "it throws" "$(ask "$port" price 13)" "java.lang.IllegalArgumentException: unlucky"
off
fault script price --script-content "$(base64 -w0 "$TMP/Discount.java")" --script-name Discount
is "from the console" "$(ask "$port" price 200)" 1
off
is "and afterwards" "$(ask "$port" price 200)" 2000
refused "what does not compile" 46000 '.' script price --script-content "$(base64 -w0 <<<'public class X { int }')"
refused "not base64" 46000 'base64' script price --script-content '***'
refused "neither content nor file" 45000 'script-content' script price
is "it goes on" "$(ask "$port" price 2)" 20
