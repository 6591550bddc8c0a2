import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;

/** Another agent, in Java, on the same classes: makes "original" of Victim.text() "modified". */
public class Changer implements ClassFileTransformer {
	private static Instrumentation instrumentation;
	private static final Changer changer = new Changer();

	public static void premain(String args, Instrumentation i) {
		instrumentation = i;
	}

	@Override
	public byte[] transform(ClassLoader loader, String name, Class<?> c, ProtectionDomain d, byte[] bytes) {
		if (!"Victim".equals(name))
			return null;
		byte[] from = "original".getBytes(), to = "modified".getBytes(), out = bytes.clone();
		for (int i = 0; i + from.length <= out.length; i++) {
			int n = 0;
			while (n < from.length && out[i + n] == from[n])
				n++;
			// The constant alone: the length before it is its own.
			if (n == from.length && out[i - 1] == n && out[i - 2] == 0)
				System.arraycopy(to, 0, out, i, n);
		}
		return out;
	}

	static Object command(String what) throws Exception {
		if (what.equals("change"))
			instrumentation.addTransformer(changer, true);
		else if (what.equals("unchange"))
			instrumentation.removeTransformer(changer);
		else
			throw new IllegalArgumentException(what);
		instrumentation.retransformClasses(Victim.class);
		return what;
	}
}
