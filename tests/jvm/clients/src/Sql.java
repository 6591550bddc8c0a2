import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;

/** JDBC, over one connection for each kind. */
class Sql {
	private static final Map<String, Connection> OPEN = new HashMap<>();

	static Connection connection(String kind) throws Exception {
		Connection c = OPEN.get(kind);
		if (c == null) {
			c = DriverManager.getConnection(System.getProperty(kind));
			OPEN.put(kind, c);
		}
		return c;
	}

	/** The first column of the first row, or how many rows were changed. */
	static String result(Statement s, boolean rows) throws Exception {
		if (!rows)
			return s.getUpdateCount() + " changed";
		try (ResultSet r = s.getResultSet()) {
			return r.next() ? r.getString(1) : "nothing";
		}
	}

	static String query(String kind, String sql) throws Exception {
		try (Statement s = connection(kind).createStatement()) {
			return result(s, s.execute(sql));
		}
	}

	/** With 1 for the one "?" that there may be. */
	static String prepared(String kind, String sql) throws Exception {
		try (PreparedStatement s = connection(kind).prepareStatement(sql)) {
			if (sql.contains("?"))
				s.setInt(1, 1);
			return result(s, s.execute());
		}
	}

	static String batch(String kind, String sql) throws Exception {
		try (PreparedStatement s = connection(kind).prepareStatement(sql)) {
			for (int i = 1; i <= 3; i++) {
				s.setInt(1, 100 + i);
				s.addBatch();
			}
			return s.executeBatch().length + " changed";
		}
	}
}
