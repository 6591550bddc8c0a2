import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.ThreadMXBean;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.net.URI;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The JVM under bench/jvm: does what the lines on its stdin say, answers a line for each. */
public class Target {
	/** What faults are put into. */
	static class Shop {
		static int price(int n) {
			return n * 7 + 1;
		}
	}

	static volatile int sink;

	/** Processor time of a call in ns, the best of some rounds. */
	static double call() {
		ThreadMXBean threads = ManagementFactory.getThreadMXBean();
		double best = Double.MAX_VALUE;
		for (int round = 0, n = 200000; round < 12; round++) {
			int sum = 0;
			long begin = threads.getCurrentThreadCpuTime();
			for (int i = 0; i < n; i++)
				sum += Shop.price(i);
			long took = threads.getCurrentThreadCpuTime() - begin;
			best = Math.min(best, (double) took / n);
			sink = sum;
			n = took < 5000000 ? 4 * n : n; // at least a few ms
		}
		return best;
	}

	/** The time, in ns of the monotonic clock, at which price first throws, or first does not. */
	static long watch(boolean thrown) throws InterruptedException {
		for (long end = System.nanoTime() + 60000000000L; System.nanoTime() < end; Thread.sleep(0, 100000)) {
			boolean threw = false;
			try {
				sink = Shop.price(3);
			} catch (Throwable e) {
				threw = true;
			}
			if (threw == thrown)
				return System.nanoTime();
		}
		return 0;
	}

	/** Calls in each tenth of a second. */
	static String load(int tenths) {
		StringBuilder text = new StringBuilder();
		long begin = System.nanoTime();
		for (int i = 1; i <= tenths; i++) {
			long n = 0, end = begin + i * 100000000L;
			int sum = 0;
			while (System.nanoTime() < end) {
				for (int j = 0; j < 200; j++)
					sum += work(j);
				n++;
			}
			sink = sum;
			text.append(n).append(' ');
		}
		return text.toString();
	}

	static int work(int n) {
		String s = Integer.toString(n * 31);
		return s.hashCode() + String.valueOf(n).indexOf('7');
	}

	static long metaspace() {
		long used = 0;
		System.gc();
		for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans())
			if (pool.getName().equals("Metaspace"))
				used = pool.getUsage().getUsed();
		return used;
	}

	/** Loads so many classes of the JDK. */
	static int classes(int limit) throws Exception {
		Path root = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules/java.base");
		List<String> names;
		try (Stream<Path> files = Files.walk(root)) {
			names = files.map(p -> root.relativize(p).toString()).filter(s -> s.endsWith(".class") && !s.contains("-info"))
				.limit(limit).collect(Collectors.toList());
		}
		int loaded = 0;
		for (String name : names) {
			try {
				Class.forName(name.substring(0, name.length() - 6).replace('/', '.'), false, null);
				loaded++;
			} catch (Throwable e) {
				continue;
			}
		}
		return loaded;
	}

	public static void main(String[] args) throws Exception {
		BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
		call();
		System.out.println("ready");
		for (String line; (line = in.readLine()) != null; ) {
			String[] words = line.split(" ");
			switch (words[0]) {
			case "call": System.out.println(call()); break;
			case "watch": System.out.println(watch(words[1].equals("thrown"))); break;
			case "load": System.out.println(load(Integer.parseInt(words[1]))); break;
			case "metaspace": System.out.println(metaspace()); break;
			case "classes": System.out.println(classes(Integer.parseInt(words[1]))); break;
			default: System.out.println("?");
			}
		}
	}
}
