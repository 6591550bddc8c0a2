import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;

/** For each line of its input: heap, metaspace, direct buffers and compiled code in MB, collections. */
public class Gauge {
	static long pool(String part) {
		long used = 0;
		for (MemoryPoolMXBean p : ManagementFactory.getMemoryPoolMXBeans())
			if (p.getName().contains(part))
				used += p.getUsage().getUsed();
		return used >> 20;
	}

	static String read() {
		long direct = 0, gcs = 0;
		for (BufferPoolMXBean b : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class))
			if (b.getName().equals("direct"))
				direct = b.getMemoryUsed() >> 20;
		for (GarbageCollectorMXBean g : ManagementFactory.getGarbageCollectorMXBeans())
			gcs += g.getCollectionCount();
		return (ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() >> 20) + " " + pool("Metaspace") + " "
				+ direct + " " + (pool("CodeHeap") + pool("CodeCache")) + " " + gcs;
	}

	public static void main(String[] args) throws java.io.IOException {
		byte[] reserve = new byte[1 << 20]; // to answer with, when the heap is full
		while (System.in.read() >= 0) {
			for (boolean done = false; !done;) {
				try {
					System.out.println(read());
					done = true;
				} catch (OutOfMemoryError e) {
					reserve = null;
				}
			}
		}
	}
}
