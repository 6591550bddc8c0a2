import java.io.IOException;
import java.util.function.Supplier;

/** What the tests of the rewriter work on: a method of each sort. */
abstract class Sample<T> implements Comparable<Sample<T>> {
	private int kept;

	Sample(int kept) {
		this.kept = kept;
	}

	abstract void nothing();

	native void outside();

	public int compareTo(Sample<T> other) { // has a bridge
		return kept - other.kept;
	}

	static int table(int k) {
		switch (k) {
		case 1:
			return 10;
		case 2:
			return 20;
		case 4:
			return 40;
		default:
			return -1;
		}
	}

	static String lookup(String k) throws IOException, InterruptedException {
		switch (k) {
		case "a":
			return "A";
		case "bb":
			return "BB";
		default:
			throw new IOException(k);
		}
	}

	long guarded(long a, double b, String[] c) {
		try {
			if (c == null)
				return a;
			synchronized (c) {
				return (long) b / c.length;
			}
		} catch (ArithmeticException e) {
			return -1;
		} finally {
			kept++;
		}
	}

	static int first(int n) { // a jump to the first instruction, and a parameter assigned
		do {
			n -= 3;
		} while (n > 0);
		return n;
	}

	static int wide(int n) {
		int sum = 0;
		for (int i = 0; i < n; i++)
			sum += 1000;
		return sum;
	}

	Supplier<Object> made(boolean yes) { // frames with an object that is not initialised
		StringBuilder text = new StringBuilder(yes ? "y" : kept > 2 ? "n" : "?");
		return () -> text.append(kept);
	}

	static float pick(float f, boolean z, byte b, char c, short s) {
		return z ? f : b + c + s;
	}

	static double pick(double d) {
		return d * 2;
	}

	static void pick() {
	}
}
