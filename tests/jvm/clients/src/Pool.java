import com.alibaba.druid.pool.DruidDataSource;
import com.alibaba.druid.pool.DruidPooledConnection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;

/** A druid pool of five connections. */
class Pool {
	private static final int WAIT_MS = 1000;
	private static final int LONG_WAIT_MS = 120000;
	private static final List<DruidPooledConnection> HELD = new ArrayList<>();
	private static DruidDataSource source;
	private static FutureTask<String> later;

	static String query(String sql) throws Exception {
		if (source == null) {
			source = new DruidDataSource();
			source.setUrl(System.getProperty("mysql"));
			source.setMaxActive(5);
		}
		return query(sql, WAIT_MS);
	}

	private static String query(String sql, long wait) throws Exception {
		try (DruidPooledConnection c = source.getConnection(wait); Statement s = c.createStatement()) {
			return Sql.result(s, s.execute(sql));
		}
	}

	static String hold(int n) throws Exception {
		for (int i = 0; i < n; i++)
			HELD.add(source.getConnection(WAIT_MS));
		return n + " held";
	}

	static String release() throws Exception {
		for (DruidPooledConnection c : HELD)
			c.close();
		HELD.clear();
		return "released";
	}

	/** In a thread of its own, which waits for its connection as long as it takes. */
	static String later(String sql) {
		later = new FutureTask<>(() -> query(sql, LONG_WAIT_MS));
		new Thread(later).start();
		return "begun";
	}

	static String result() throws Exception {
		return later.get();
	}

	/** What the pool itself counts. */
	static String count() {
		return source.getActiveCount() + " of " + source.getMaxActive() + ", " + source.getWaitThreadCount() + " wait";
	}
}
