import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;

/** Methods to be hooked. */
public class Victim {
	static class Mine extends IOException {
		public Mine(String text) {
			super(text);
		}
	}

	static class Noisy {
		@Override
		public String toString() {
			return "noisy" + add(1, 1); // meets a hook while a hook reads it
		}
	}

	static int add(int a, int b) {
		return a + b;
	}

	static long add(long a, long b) {
		return a + b;
	}

	String name(String s) throws IOException {
		return "n" + s;
	}

	static Integer boxed(Object o) {
		return 7;
	}

	static void nothing() {
	}

	static int caught(int a) {
		try {
			return Integer.parseInt("" + a);
		} catch (RuntimeException e) {
			return -1;
		} finally {
			nothing();
		}
	}

	static String text() {
		return "original";
	}

	static Object call(String what) throws Exception {
		switch (what) {
		case "add":
			return add(1, 2);
		case "addLong":
			return add(1L, 2L);
		case "name":
			return new Victim().name("x");
		case "boxed":
			return boxed(new Noisy());
		case "nothing":
			nothing();
			return "done";
		case "caught":
			return caught(5);
		case "text":
			return text();
		case "late":
			return Class.forName("Late").getMethod("get").invoke(null);
		case "twice": { // its class once more, in a loader of its own
			URL here = Victim.class.getProtectionDomain().getCodeSource().getLocation();
			ClassLoader own = new URLClassLoader(new URL[] { here }, null);
			return own.loadClass("Late").getMethod("get").invoke(null);
		}
		case "interrupted": {
			Thread.currentThread().interrupt();
			nothing();
			return "interrupted " + Thread.interrupted();
		}
		case "virtual": {
			Thread[] all = new Thread[50];
			for (int i = 0; i < all.length; i++)
				all[i] = (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class)
						.invoke(null, (Runnable) Victim::nothing);
			for (Thread t : all)
				t.join();
			return "joined";
		}
		default:
			return Changer.command(what);
		}
	}
}
