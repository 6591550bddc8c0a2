#!/usr/bin/env bash
# jvm delay, return, throwDeclaredException and script: what the callers of the methods get.
# timeout 180
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
fault script price --script-content-decode "$(cat "$TMP/Discount.java")"
is "as it is" "$(ask "$port" price 200)" 1
off
refused "what does not compile" 46000 '.' script price --script-content "$(base64 -w0 <<<'public class X { int }')"
refused "not base64" 46000 'base64' script price --script-content '***'
refused "neither content nor file" 45000 'script-content' script price
is "it goes on" "$(ask "$port" price 2)" 20

# --- with jars of its own ------------------------------------------------------------------------------

jars="$TMP/a shelf" # a class path, not a URL, has the blank as it is
mkdir -p "$jars/classes" "$TMP/empty"
cat >"$TMP/Rebate.java" <<'JAVA'
package rebate;

public class Rebate {
	public static int of(int item) {
		return item - Cents.CENTS.length;
	}

	static class Cents {
		static final int[] CENTS = new int[3];
	}
}
JAVA
cat >"$TMP/Cheap.java" <<'JAVA'
public class Cheap {
	public Object run(java.util.Map<String, Object> params) {
		return rebate.Rebate.of((Integer) params.get("0"));
	}
}
JAVA
"$JAVA_HOME/bin/javac" --release 8 -nowarn -Xlint:-options -d "$jars/classes" "$TMP/Rebate.java"
"$JAVA_HOME/bin/jar" cf "$jars/rebate.jar" -C "$jars/classes" rebate
chmod -R a+rX "$TMP"
open_jars() { find "/proc/$shop/fd" -lname '*rebate.jar' 2>/dev/null | wc -l; }
closed() { [ "$(ask "$port" price 50) $(open_jars)" = "500 0" ]; }

with_jars() { # with_jars TEXT FLAG...
	local text=$1
	shift
	fault script price --script-file "$TMP/Cheap.java" "$@"
	is "a script with $text" "$(ask "$port" price 50) $(open_jars)" "47 1"
}
with_jars "a jar" --external-jar "$jars/rebate.jar"
off
ok "destroy closes it" closed
with_jars "two, one a URL" --external-jar "file://$jars/rebate.jar; $jars/rebate.jar"
off
with_jars "a directory" --external-jar-path "$jars"
kill_holders "$created"
gale recover >/dev/null
ok "recover closes it" wait_until 30 closed
deadline_takes_back closed -- jvm script --pid "$shop" --classname Shop --methodname price \
	--script-file "$TMP/Cheap.java" --external-jar "$jars/rebate.jar"
refused "a jar that is not there" 46000 "external-jar: $jars/none.jar is no file" script price \
	--script-file "$TMP/Cheap.java" --external-jar "$jars/rebate.jar;$jars/none.jar"
refused "a jar of the network" 46000 'nothing is fetched' script price \
	--script-file "$TMP/Cheap.java" --external-jar http://127.0.0.1/rebate.jar
refused "a directory without jars" 46000 'external-jar-path: .* has no jar' script price \
	--script-file "$TMP/Cheap.java" --external-jar-path "$TMP/empty"
refused "none of its jars" 46000 'rebate' script price --script-file "$TMP/Cheap.java"
ok "nothing of them stays" closed
