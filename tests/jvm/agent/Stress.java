import java.util.concurrent.atomic.*;
/** Four threads that call methods and count every answer that neither the method nor a rule gives. */
public class Stress {
	static final AtomicLong calls = new AtomicLong(), wrong = new AtomicLong(), thrown = new AtomicLong(), forced = new AtomicLong();
	static int number(int a) { return a + 1; }
	static String text(String s) { return s; }
	static long plain(long a) { return a * 3; }
	static class Expected extends RuntimeException { public Expected(String s) { super(s); } }
	static volatile boolean end;

	static void round(int i) {
		try {
			int n = number(i);
			if (n == 4242) forced.incrementAndGet();
			else if (n != i + 1) bad("number " + n);
		} catch (Expected e) { thrown.incrementAndGet(); if (!"stress".equals(e.getMessage())) bad("message " + e.getMessage()); }
		String t = text("own");
		if (t == "own") ; else if ("forced-1".equals(t) || "forced-2".equals(t)) forced.incrementAndGet(); else bad("text " + t);
		long p = plain(i);
		if (p == i * 3L + 1000000) forced.incrementAndGet(); else if (p != i * 3L) bad("plain " + p);
	}
	static void bad(String what) { if (wrong.incrementAndGet() < 10) System.err.println("WRONG " + what); }

	public static void main(String[] a) throws Exception {
		for (int t = 0; t < 4; t++) {
			Thread th = new Thread(() -> { int i = 0; while (!end) { for (int k = 0; k < 100; k++) round(i++ & 0xfffff); calls.addAndGet(100); } });
			th.setDaemon(true); th.start();
		}
		java.io.BufferedReader in = new java.io.BufferedReader(new java.io.InputStreamReader(System.in));
		String line;
		while ((line = in.readLine()) != null) {
			System.out.println(calls.get() + " " + wrong.get() + " " + thrown.get() + " " + forced.get());
			System.out.flush();
		}
	}
}
