import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/*
 * A small service: each connection is a line "METHOD [ARGUMENT]", answered by what the method gives or
 * throws and by how many milliseconds it took. It compiles as Java 8.
 */
public class Shop {
	public static class SoldOut extends Exception {
		public SoldOut(String message) {
			super(message);
		}
	}

	private final String name;

	public Shop(String name) {
		this.name = name;
	}

	public int price(int item) {
		return item * 10;
	}

	public String title(String item) throws SoldOut, IOException {
		if (item.isEmpty())
			throw new SoldOut("nothing");
		return name + ":" + item;
	}

	public String title(int item) {
		return name + "#" + item;
	}

	public static long total(long many) {
		return many + 1;
	}

	/* Not loaded before it is asked for. */
	static class Late {
		static String greet(String who) {
			return "hello " + who;
		}
	}

	private String answer(String method, String argument) throws Exception {
		switch (method) {
		case "price":
			return "" + price(Integer.parseInt(argument));
		case "title":
			return title(argument);
		case "number":
			return title(Integer.parseInt(argument));
		case "total":
			return "" + total(Long.parseLong(argument));
		case "late":
			return Late.greet(argument);
		case "threads":
			return "" + Thread.activeCount();
		case "collections":
			long n = 0;
			for (java.lang.management.GarbageCollectorMXBean gc :
				java.lang.management.ManagementFactory.getGarbageCollectorMXBeans())
				n += gc.getCollectionCount();
			return "" + n;
		case "used":
			Runtime r = Runtime.getRuntime();
			return "" + (r.totalMemory() - r.freeMemory()) / (1024 * 1024);
		case "many": // price so many times: how often it threw
			int thrown = 0;
			for (int i = 0; i < Integer.parseInt(argument); i++)
				try {
					price(i);
				} catch (Throwable t) {
					thrown++;
				}
			return "" + thrown;
		default:
			return "no such method";
		}
	}

	private void serve(Socket s) {
		try (Socket socket = s;
			BufferedReader in = new BufferedReader(
				new InputStreamReader(socket.getInputStream(), "UTF-8"));
			PrintStream out = new PrintStream(socket.getOutputStream(), false, "UTF-8")) {
			String[] line = in.readLine().split(" ", 2);
			long start = System.nanoTime();
			String result;
			try {
				result = answer(line[0], line.length > 1 ? line[1] : "");
			} catch (Throwable t) {
				result = t.toString();
			}
			out.println(result + " " + (System.nanoTime() - start) / 1000000);
			out.flush();
		} catch (IOException e) {
			System.err.println(e);
		}
	}

	public static void main(String[] args) throws Exception {
		Shop shop = new Shop("shop");
		try (ServerSocket server = new ServerSocket(
			     args.length > 0 ? Integer.parseInt(args[0]) : 0, 50,
			     InetAddress.getLoopbackAddress())) {
			System.out.println("port " + server.getLocalPort());
			for (;;) {
				Socket s = server.accept();
				new Thread(() -> shop.serve(s)).start();
			}
		}
	}
}
