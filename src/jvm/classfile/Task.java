package java.gale;

/** What a worker of a thread pool is kept busy with. */
final class Task implements Runnable {
	private final long id;

	private Task(long id) {
		this.id = id;
	}

	private static native void hold(long id);

	@Override
	public void run() {
		hold(id);
	}
}
