import java.util.Objects;

/** A method of each sort; each leaves in `trace` that it ran. */
class Cases {
	static StringBuilder trace = new StringBuilder();
	int made;

	Cases(int made, String text) {
		this(made + text.length());
		trace.append("init;");
	}

	Cases(int made) {
		this.made = made;
	}

	static boolean flag(boolean z) { trace.append("flag;"); return !z; }
	byte small(byte b) { trace.append("small;"); return (byte) (b + 1); }
	char letter(char c) { trace.append("letter;"); return (char) (c + 1); }
	short brief(short s) { trace.append("brief;"); return (short) (s + 1); }
	int whole(int i, long j, int k) { trace.append("whole;"); return i + (int) j + k; }
	static long wide(double d, long j) { trace.append("wide;"); return j + (long) d; }
	float real(float f) { trace.append("real;"); return f * 2; }
	double twice(double d, Object... more) { trace.append("twice;"); return d * more.length; }
	String text(String s, int[] n) { trace.append("text;"); return s + n.length; }
	int[] array(int n) { trace.append("array;"); return new int[n]; }
	Object any(Object o) { trace.append("any;"); return o; }
	void none(String s) { trace.append("none;"); }

	int caught(int n) { // nothing that its hooks throw is its own to catch
		try {
			trace.append("caught;");
			if (n > 5)
				return n;
			return 10 / n;
		} catch (Throwable e) {
			trace.append("catch;");
			return -1;
		} finally {
			trace.append("finally;");
		}
	}

	synchronized int locked(Object lock) {
		synchronized (lock) {
			trace.append("locked;");
			return Objects.hashCode(lock) == 0 ? 0 : 1;
		}
	}

	static String chosen(int n) {
		switch (n) {
		case 1: return "one";
		case 2: return "two";
		case 3: return null;
		default: return "many";
		}
	}

	static int late(int n) {
		int left = 0;
		for (;;) { // many ways out
			if (n == left) return left;
			if (n < 0) return -1;
			left++;
		}
	}
}
