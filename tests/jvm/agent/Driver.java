import java.util.Scanner;

/** Calls the method that a line of its input names and prints the milliseconds and what came of it. */
public class Driver {
	public static void main(String[] args) {
		Scanner in = new Scanner(System.in);
		while (in.hasNextLine()) {
			String line = in.nextLine(), result;
			long start = System.nanoTime();
			try {
				result = "" + Victim.call(line);
			} catch (Throwable e) {
				Throwable cause = e instanceof java.lang.reflect.InvocationTargetException ? e.getCause() : e;
				ClassLoader loader = cause.getClass().getClassLoader();
				result = "!" + cause + " " + (loader == null ? "" : loader.getClass().getSimpleName());
			}
			System.out.println((System.nanoTime() - start) / 1000000 + " " + result);
		}
	}
}
