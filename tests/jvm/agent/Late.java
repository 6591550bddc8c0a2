public class Late {
	public static class Failure extends RuntimeException {
		public Failure(String text) {
			super(text);
		}
	}

	public static String get() {
		return "late";
	}
}
