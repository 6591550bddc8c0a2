import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.StringWriter;
import java.net.URI;
import java.security.MessageDigest;
import java.util.*;
import java.util.concurrent.*;
import java.util.function.Function;
import java.util.regex.*;
import java.util.stream.*;
import java.util.zip.*;
import javax.tools.*;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.*;

/**
 * usage: Mass LIBRARY TIMES CLASSES KINDS...
 *
 * Loads so many classes of the JDK. Then, for each set of kinds of hook, a checked piece of work, so
 * many times over: before, while every method of every loaded class is hooked, and after all hooks
 * are off. One row a set; exit 1 when a class did not verify or the work came to another result.
 * Before all that, the hooks of one package are spoilt, which the JVM must refuse.
 */
public class Mass {
	static native int instrument(int kinds);
	static native int restore();
	static native long[] counts();

	static final int BROKEN = 1 << 16; // as in mass_agent.c

	static final String SOURCE = String.join("\n",
		"import java.util.*; import java.util.function.*;",
		"public class Made<T extends Comparable<T>> implements Iterable<T> {",
		"  enum Colour { RED, GREEN { int code() { return 7; } }; int code() { return ordinal(); } }",
		"  private final List<T> all = new ArrayList<>();",
		"  synchronized void add(T t) { all.add(t); Collections.sort(all); }",
		"  public Iterator<T> iterator() { return all.iterator(); }",
		"  static int pick(String s) { switch (s) { case \"a\": return 1; case \"bb\": return 2; default: return s.length(); } }",
		"  static long guarded(int n) { long x = 0; try { for (int i = 0; i < n; i++) x += 10 / (i - 3); }",
		"    catch (ArithmeticException e) { x = -x; } finally { x++; } return x; }",
		"  static <A, B> Function<A, B> twice(Function<A, A> f, Function<A, B> g) { return f.andThen(g); }",
		"  public static void main(String[] a) { System.out.println(guarded(9) + pick(\"bb\") + Colour.GREEN.code()); }",
		"}");

	static byte[] compile() throws Exception {
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		Map<String, ByteArrayOutputStream> made = new TreeMap<>();
		JavaFileObject source = new SimpleJavaFileObject(URI.create("string:///Made.java"), JavaFileObject.Kind.SOURCE) {
			@Override
			public CharSequence getCharContent(boolean ignore) {
				return SOURCE;
			}
		};
		if (compiler == null)
			return new byte[0]; // a JRE
		JavaFileManager files = new ForwardingJavaFileManager<JavaFileManager>(compiler.getStandardFileManager(null, null, null)) {
			@Override
			public JavaFileObject getJavaFileForOutput(Location l, String name, JavaFileObject.Kind kind, FileObject sibling) {
				ByteArrayOutputStream out = new ByteArrayOutputStream();
				made.put(name, out);
				return new SimpleJavaFileObject(URI.create("mem:///" + name + ".class"), kind) {
					@Override
					public java.io.OutputStream openOutputStream() {
						return out;
					}
				};
			}
		};
		if (!compiler.getTask(null, files, null, Arrays.asList("-g", "-proc:none"), null, Collections.singleton(source)).call())
			throw new IllegalStateException("javac failed");
		ByteArrayOutputStream all = new ByteArrayOutputStream();
		for (ByteArrayOutputStream one : made.values())
			all.write(one.toByteArray());
		return all.toByteArray();
	}

	static String collections() {
		Map<String, Integer> map = new HashMap<>();
		SortedMap<Integer, String> tree = new TreeMap<>(Comparator.reverseOrder());
		Random random = new Random(42);
		for (int i = 0; i < 3000; i++) {
			map.merge("k" + random.nextInt(500), i, Integer::sum);
			tree.put(random.nextInt(1000), "v" + i);
		}
		PriorityQueue<Long> queue = new PriorityQueue<>();
		random.longs(500).forEach(queue::add);
		StringBuilder text = new StringBuilder();
		while (!queue.isEmpty())
			text.append(queue.poll() % 97).append(',');
		return new TreeMap<>(map) + "" + tree.headMap(500) + text
			+ map.values().stream().sorted().map(v -> v * 31.5).collect(Collectors.summingDouble(d -> d));
	}

	static String regex() {
		Matcher m = Pattern.compile("(?<name>[a-z]+)(\\d{1,3}|x)(?=;)|(\\p{Lu}+?)\\b").matcher("abc12;DEF ghi345;jx;K lmn9999;" + collections().substring(0, 900));
		StringBuffer out = new StringBuffer();
		while (m.find())
			m.appendReplacement(out, "<" + m.start() + ">");
		return m.appendTail(out).toString();
	}

	static String gzip() throws Exception {
		byte[] plain = collections().getBytes("UTF-8");
		ByteArrayOutputStream packed = new ByteArrayOutputStream();
		try (GZIPOutputStream z = new GZIPOutputStream(packed)) {
			z.write(plain);
		}
		CRC32 crc = new CRC32();
		byte[] buffer = new byte[1000];
		try (GZIPInputStream z = new GZIPInputStream(new ByteArrayInputStream(packed.toByteArray()))) {
			for (int n; (n = z.read(buffer)) > 0; )
				crc.update(buffer, 0, n);
		}
		return packed.size() + ":" + crc.getValue();
	}

	static String xml() throws Exception {
		String text = "<a x='1'><b>t&amp;u</b><c/><!-- no --><d y='2'>" + String.join("", Collections.nCopies(200, "<e>f</e>")) + "</d></a>";
		Document d = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new ByteArrayInputStream(text.getBytes("UTF-8")));
		d.getDocumentElement().appendChild(d.createElement("z"));
		StringWriter out = new StringWriter();
		TransformerFactory.newInstance().newTransformer().transform(new DOMSource(d), new StreamResult(out));
		return out.toString() + d.getElementsByTagName("e").getLength();
	}

	static String executor() throws Exception {
		ExecutorService pool = Executors.newFixedThreadPool(4);
		try {
			List<Future<Long>> all = new ArrayList<>();
			for (int i = 0; i < 64; i++) {
				final int seed = i;
				all.add(pool.submit(() -> new Random(seed).ints(1000, 0, 1 << 20).asLongStream().sum()));
			}
			long sum = 0;
			for (Future<Long> one : all)
				sum = sum * 31 + one.get();
			return sum + ":" + CompletableFuture.supplyAsync(() -> 20).thenCombine(CompletableFuture.supplyAsync(() -> 22), Integer::sum).get()
				+ ":" + IntStream.range(0, 5000).parallel().mapToObj(Integer::toString).filter(s -> s.endsWith("7")).count();
		} finally {
			pool.shutdown();
		}
	}

	static String failures() {
		int caught = 0;
		for (int i = 0; i < 50; i++) {
			try {
				Object o = i % 2 == 0 ? "text" : null;
				caught += ((Integer) o).intValue();
			} catch (ClassCastException | NullPointerException e) {
				caught += e.getStackTrace().length > 0 ? 1 : 100;
			} finally {
				caught++;
			}
		}
		return "caught " + caught;
	}

	static String work(int times) throws Exception {
		MessageDigest digest = MessageDigest.getInstance("SHA-256");
		for (int i = 0; i < times; i++) {
			for (String part : new String[] { collections(), regex(), gzip(), xml(), executor(), failures(),
				new java.math.BigDecimal(7).pow(300).toString(), String.format(Locale.ROOT, "%08.3f|%-5s|%x", 3.14159, "q", 255) })
				digest.update(part.getBytes("UTF-8"));
			digest.update(compile());
		}
		return new java.math.BigInteger(1, digest.digest()).toString(16).substring(0, 12);
	}

	/** Loads classes of all sorts, so that there are many to hook. */
	static int load(int limit) {
		int loaded = 0;
		try {
			Object jrt = java.nio.file.FileSystems.getFileSystem(URI.create("jrt:/"));
			java.nio.file.Path root = ((java.nio.file.FileSystem) jrt).getPath("/modules");
			List<String> names;
			try (Stream<java.nio.file.Path> files = java.nio.file.Files.walk(root)) {
				names = files.map(Object::toString).filter(s -> s.endsWith(".class") && !s.contains("-info")).sorted().collect(Collectors.toList());
			}
			loaded = loadAll(names.stream().map(s -> s.split("/", 4)[3]), limit);
		} catch (java.nio.file.ProviderNotFoundException e) { // JDK 8: jars
			for (String jar : new String[] { "/lib/rt.jar", "/lib/jsse.jar", "/lib/jce.jar", "/../lib/tools.jar" }) {
				try (ZipFile z = new ZipFile(System.getProperty("java.home") + jar)) {
					loaded += loadAll(z.stream().map(ZipEntry::getName).filter(s -> s.endsWith(".class")).sorted().collect(Collectors.toList()).stream(), limit - loaded);
				} catch (java.io.IOException missing) {
					continue;
				}
			}
		} catch (java.io.IOException e) {
			throw new IllegalStateException(e);
		}
		return loaded;
	}

	static int loadAll(Stream<String> files, int limit) {
		return (int) files.map(s -> s.substring(0, s.length() - 6).replace('/', '.')).filter(Mass::loads).limit(limit).count();
	}

	static boolean loads(String name) {
		try {
			Class.forName(name, false, ClassLoader.getSystemClassLoader());
			return true;
		} catch (Throwable e) {
			return false;
		}
	}

	/** The control: hooks that are wrong are refused, or the JVM does not verify at all. */
	static boolean refuses(String before) throws Exception {
		instrument(BROKEN | 2);
		String during = work(1);
		long[] n = counts();
		restore();
		System.out.printf("mass jdk=%s kinds=spoilt verify_errors=%d same=%b%n", System.getProperty("java.version"), n[4], before.equals(during));
		return n[4] > 0 && before.equals(during);
	}

	public static void main(String[] args) throws Exception {
		int times = Integer.parseInt(args[1]);
		System.load(args[0]);
		boolean good = refuses(work(1));
		load(Integer.parseInt(args[2]));
		String before = work(times);
		counts();
		for (int i = 3; i < args.length; i++) {
			int kinds = Integer.parseInt(args[i]);
			long begin = System.nanoTime();
			instrument(kinds);
			long hooked = System.nanoTime();
			String during = work(times);
			instrument(kinds); // what was loaded by the work
			long[] n = counts();
			long worked = System.nanoTime();
			restore();
			long restored = System.nanoTime();
			String after = work(times);
			boolean same = before.equals(during) && before.equals(after);
			System.out.printf("mass jdk=%s kinds=%d classes=%d methods=%d refused=%d unreadable=%d verify_errors=%d other_errors=%d calls=%d same=%b seconds=%.0f+%.0f+%.0f%n",
				System.getProperty("java.version"), kinds, n[0], n[1], n[2], n[3], n[4], n[5], n[6], same,
				(hooked - begin) / 1e9, (worked - hooked) / 1e9, (restored - worked) / 1e9);
			good &= same && n[3] == 0 && n[4] == 0 && n[0] > 0 && n[6] > 0;
		}
		System.exit(good ? 0 : 1);
	}
}
