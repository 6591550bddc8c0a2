import java.gale.Hook;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * usage: Matrix MAP
 *
 * Calls the methods of Cases, which have every kind of hook, under rules of all sorts. MAP is what
 * class_tool printed. The helper is a stand-in whose natives are the methods of Hook.Rules.
 */
public class Matrix implements Hook.Rules {
	static class Rule {
		String method;
		boolean exit;
		long delay = -1;
		Throwable thrown;
		Object value;
		volatile boolean alive = true;

		Rule(String method, boolean exit) {
			this.method = method;
			this.exit = exit;
		}
	}

	static final Map<Integer, String> names = new HashMap<>();
	static final List<Rule> rules = new ArrayList<>(); // a handle is the place in it, from 1
	static final List<String> seen = new ArrayList<>();
	static int failed;

	@SuppressWarnings("unchecked")
	static <E extends Throwable> void raise(Throwable e) throws E {
		throw (E) e;
	}

	@Override
	public int next(int id, boolean exit, int after, Object self, Object[] arguments, Object result) {
		String method = names.get(id);
		for (int i = after; i < rules.size(); i++) {
			Rule r = rules.get(i);
			if (!r.method.equals(method) || r.exit != exit)
				continue;
			seen.add((self instanceof Cases ? "this" : String.valueOf(self)) + Arrays.deepToString(arguments) + result
				+ (result == null ? "" : result.getClass().getSimpleName()));
			if (r.thrown != null)
				Matrix.<RuntimeException>raise(r.thrown);
			return i + 1;
		}
		return 0;
	}

	@Override
	public long delay(int handle) {
		return rules.get(handle - 1).delay;
	}

	@Override
	public boolean alive(int handle) {
		return rules.get(handle - 1).alive;
	}

	@Override
	public long bits(int handle) {
		Object v = rules.get(handle - 1).value;
		if (v instanceof Float)
			return Float.floatToIntBits((Float) v);
		if (v instanceof Double)
			return Double.doubleToLongBits((Double) v);
		if (v instanceof Character)
			return (Character) v;
		if (v instanceof Boolean)
			return (Boolean) v ? 1 : 0;
		return ((Number) v).longValue();
	}

	@Override
	public Object value(int handle) {
		return rules.get(handle - 1).value;
	}

	static void is(String text, Object got, Object wanted) {
		if (Arrays.deepEquals(new Object[] { got }, new Object[] { wanted }))
			return;
		failed++;
		System.out.println("not ok - " + text + ": got " + got + ", wanted " + wanted);
	}

	static Object call(Callable<?> what) {
		seen.clear();
		Cases.trace.setLength(0);
		try {
			return what.call();
		} catch (Throwable e) {
			return e;
		}
	}

	static Rule rule(String method, boolean exit) {
		Rule r = new Rule(method, exit);
		rules.add(r);
		return r;
	}

	/** One method: as it is, forced to return at its entry, at its exit, and to throw at both. */
	static void method(String name, Callable<?> what, Object natural, Object forced, String arguments, String ran) {
		boolean primitive = forced != null && forced.getClass().getName().startsWith("java.lang.") && !(forced instanceof String);
		String boxed = natural + (natural == null ? "" : natural instanceof Boolean || natural instanceof Byte || natural instanceof Character || natural instanceof Short ? "" : natural.getClass().getSimpleName());
		rules.clear();
		is(name, call(what), natural);
		is(name + " ran", Cases.trace.toString(), ran);

		rule(name, false).value = forced;
		is(name + " forced", call(what), forced);
		is(name + " forced did not run", Cases.trace.toString(), "");
		is(name + " arguments", seen.toString(), "[" + arguments + "null]");
		if (primitive || forced instanceof String || forced == null) {
			rules.clear();
			rule(name, true).value = forced;
			is(name + " replaced", call(what), forced);
			is(name + " replaced ran", Cases.trace.toString(), ran);
			if (natural instanceof Integer || natural instanceof Long || natural instanceof Float || natural instanceof Double || natural instanceof String)
				is(name + " result", seen.toString(), "[" + arguments + boxed + "]");
		}
		throwing(name, what, ran);
	}

	static void throwing(String name, Callable<?> what, String ran) {
		for (boolean exit : new boolean[] { false, true }) {
			Exception e = new java.io.IOException("from a hook");
			rules.clear();
			rule(name, exit).thrown = e;
			is(name + " throws, exit " + exit, call(what), e);
			is(name + " throws and ran, exit " + exit, Cases.trace.toString(), exit ? ran : "");
		}
		rules.clear();
	}

	static void delays() throws Exception {
		Cases c = new Cases(1);
		rules.clear();
		Rule one = rule("none", false), two = rule("none", false), after = rule("none", true);
		one.delay = 120;
		two.delay = 80;
		after.delay = 50;
		long begin = System.nanoTime();
		c.none("x");
		long took = (System.nanoTime() - begin) / 1000000;
		is("delays add up (" + took + " ms)", took >= 250 && took < 20000, true);

		one.delay = 60000;
		two.delay = 60000;
		after.delay = 0;
		Thread sleeper = new Thread(() -> c.none("y"));
		sleeper.start();
		Thread.sleep(50);
		one.alive = two.alive = false;
		sleeper.join(60000);
		is("a rule that is gone lets go of its sleeper", sleeper.isAlive(), false);

		one.alive = true;
		boolean[] flag = new boolean[1];
		sleeper = new Thread(() -> {
			c.none("z");
			flag[0] = Thread.currentThread().isInterrupted();
		});
		sleeper.start();
		Thread.sleep(50);
		sleeper.interrupt();
		sleeper.join(60000);
		is("an interrupt ends the delay", sleeper.isAlive(), false);
		is("and is not lost", flag[0], true);

		rules.clear();
		rule("whole", false).delay = 10;
		rule("whole", false).value = 77;
		is("a delay, then a forced return", c.whole(1, 2, 3), 77);
	}

	static void constructors() {
		rules.clear();
		rule("<init>", false).delay = 0;
		rule("<init>", true).delay = 0;
		call(() -> new Cases(3, "ab"));
		is("a constructor's hooks", seen.toString(), "[null[3, ab]null, null[5]null, this[5]null, this[3, ab]null]");
		throwing("<init>", () -> new Cases(3), "");
	}

	public static void main(String[] args) throws Exception {
		for (String line : Files.readAllLines(Paths.get(args[0])))
			names.put(Integer.valueOf(line.split(" ")[0]), line.split(" ")[1].replace("Cases.", ""));
		Hook.rules = new Matrix();
		Cases c = new Cases(1);
		Object o = new StringBuilder("o");
		method("flag", () -> Cases.flag(true), false, true, "null[true]", "flag;");
		method("small", () -> c.small((byte) 4), (byte) 5, (byte) -3, "this[4]", "small;");
		method("letter", () -> c.letter('a'), 'b', 'z', "this[a]", "letter;");
		method("brief", () -> c.brief((short) 300), (short) 301, (short) -300, "this[300]", "brief;");
		method("whole", () -> c.whole(1, 1L << 33 | 5, 2), 8, -9, "this[1, 8589934597, 2]", "whole;");
		method("wide", () -> Cases.wide(2.5, 1L << 40), (1L << 40) + 2, -1L, "null[2.5, 1099511627776]", "wide;");
		method("real", () -> c.real(1.25f), 2.5f, -0.5f, "this[1.25]", "real;");
		method("twice", () -> c.twice(1.5, 1, 2), 3.0, Double.NaN, "this[1.5, [1, 2]]", "twice;");
		method("text", () -> c.text("s", new int[3]), "s3", "forced", "this[s, [0, 0, 0]]", "text;");
		method("text", () -> c.text("s", new int[3]), "s3", null, "this[s, [0, 0, 0]]", "text;");
		method("array", () -> c.array(2), new int[2], new int[] { 7 }, "this[2]", "array;");
		method("any", () -> c.any(o), o, "else", "this[o]", "any;");
		method("any", () -> c.any(null), null, null, "this[null]", "any;");
		method("none", () -> { c.none("n"); return null; }, null, null, "this[n]", "none;");
		method("caught", () -> c.caught(7), 7, 42, "this[7]", "caught;finally;");
		method("caught", () -> c.caught(0), -1, 42, "this[0]", "caught;catch;finally;");
		method("locked", () -> c.locked("lock"), 1, 5, "this[lock]", "locked;");
		is("the locks are free", Thread.holdsLock(c) || Thread.holdsLock("lock"), false);
		method("chosen", () -> Cases.chosen(2), "two", "none", "null[2]", "");
		method("chosen", () -> Cases.chosen(3), null, "none", "null[3]", "");
		method("chosen", () -> Cases.chosen(9), "many", null, "null[9]", "");
		method("late", () -> Cases.late(3), 3, 30, "null[3]", "");
		constructors();
		delays();
		System.out.println(failed == 0 ? "all as wanted" : failed + " failed");
		System.exit(failed == 0 ? 0 : 1);
	}
}
