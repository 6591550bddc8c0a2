package java.gale;

/**
 * What hooks call. Decides nothing: the natives do. Sleeping is done here and not in them, so that
 * a virtual thread does not keep its carrier, an interrupt ends the delay, and a rule that is taken
 * back lets go of its sleepers.
 */
public final class Hook {
	private static final long SLICE = 100; // ms that a sleeper outlives its rule at most

	private static volatile long armed;

	private Hook() {
	}

	private static native int next(int id, boolean exit, int after, Object self, Object[] arguments, Object result);

	private static native long delay(int handle);

	private static native boolean alive(int handle);

	private static native long bits(int handle);

	private static native Object value(int handle);

	private static boolean idle(int id) {
		return (armed >>> id & 1) == 0;
	}

	/** Lets the rules of the hook take effect; the handle of the one that forces a return, or 0. */
	private static int fire(int id, boolean exit, Object self, Object[] arguments, Object result) {
		int handle = 0;
		while ((handle = next(id, exit, handle, self, arguments, result)) != 0) {
			long time = delay(handle);
			if (time < 0)
				return handle;
			pause(handle, time);
		}
		return 0;
	}

	private static void pause(int handle, long time) {
		long end = System.nanoTime() + time * 1000000;
		for (long left = time; left > 0 && alive(handle); left = (end - System.nanoTime() + 999999) / 1000000) {
			try {
				Thread.sleep(left < SLICE ? left : SLICE);
			} catch (InterruptedException e) {
				Thread.currentThread().interrupt();
				return;
			}
		}
	}

	// At the entry of a method.

	public static void enter(int id, Object self, Object[] arguments) {
		if (!idle(id))
			fire(id, false, self, arguments, null);
	}

	public static int decide(int id, Object self, Object[] arguments) {
		return idle(id) ? 0 : fire(id, false, self, arguments, null);
	}

	// The value of a forced return.

	public static int intValue(int handle) {
		return (int) bits(handle);
	}

	public static long longValue(int handle) {
		return bits(handle);
	}

	public static float floatValue(int handle) {
		return Float.intBitsToFloat((int) bits(handle));
	}

	public static double doubleValue(int handle) {
		return Double.longBitsToDouble(bits(handle));
	}

	public static Object objectValue(int handle) {
		return value(handle);
	}

	// Before a method returns.

	public static void exit(int id, Object self, Object[] arguments) {
		if (!idle(id))
			fire(id, true, self, arguments, null);
	}

	public static int exit(int result, int id, Object self, Object[] arguments) {
		if (idle(id))
			return result;
		int handle = fire(id, true, self, arguments, result);
		return handle == 0 ? result : intValue(handle);
	}

	public static long exit(long result, int id, Object self, Object[] arguments) {
		if (idle(id))
			return result;
		int handle = fire(id, true, self, arguments, result);
		return handle == 0 ? result : longValue(handle);
	}

	public static float exit(float result, int id, Object self, Object[] arguments) {
		if (idle(id))
			return result;
		int handle = fire(id, true, self, arguments, result);
		return handle == 0 ? result : floatValue(handle);
	}

	public static double exit(double result, int id, Object self, Object[] arguments) {
		if (idle(id))
			return result;
		int handle = fire(id, true, self, arguments, result);
		return handle == 0 ? result : doubleValue(handle);
	}

	public static Object exit(Object result, int id, Object self, Object[] arguments) {
		if (idle(id))
			return result;
		int handle = fire(id, true, self, arguments, result);
		return handle == 0 ? result : value(handle);
	}

	// Arguments as objects.

	public static Object box(boolean value) {
		return value;
	}

	public static Object box(byte value) {
		return value;
	}

	public static Object box(char value) {
		return value;
	}

	public static Object box(short value) {
		return value;
	}

	public static Object box(int value) {
		return value;
	}

	public static Object box(long value) {
		return value;
	}

	public static Object box(float value) {
		return value;
	}

	public static Object box(double value) {
		return value;
	}
}
