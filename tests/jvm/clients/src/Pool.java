import com.alibaba.druid.pool.DruidDataSource;
import com.alibaba.druid.pool.DruidPooledConnection;
import java.sql.Statement;

/** A druid pool of five connections. */
class Pool {
	private static DruidDataSource source;

	static String query(String sql) throws Exception {
		if (source == null) {
			source = new DruidDataSource();
			source.setUrl(System.getProperty("mysql"));
			source.setMaxActive(5);
			source.setMaxWait(1000);
		}
		try (DruidPooledConnection c = source.getConnection(); Statement s = c.createStatement()) {
			return Sql.result(s, s.execute(sql));
		}
	}
}
