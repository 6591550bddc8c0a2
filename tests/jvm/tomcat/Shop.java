import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** A shop behind HTTP: /price/N and /stock/N, each one row of its own table. */
public class Shop extends HttpServlet {
	private static final ThreadLocal<Connection> CONNECTION = new ThreadLocal<>();

	private static int number(String sql, int item) throws SQLException {
		Connection c = CONNECTION.get();
		if (c == null) {
			c = DriverManager.getConnection(System.getProperty("shop.database"));
			CONNECTION.set(c);
		}
		try (PreparedStatement s = c.prepareStatement(sql)) {
			s.setInt(1, item);
			try (ResultSet r = s.executeQuery()) {
				r.next();
				return r.getInt(1);
			}
		}
	}

	int price(int item) throws SQLException {
		return number("select price from prices where item = ?", item);
	}

	int stock(int item) throws SQLException {
		return number("select stock from stocks where item = ?", item);
	}

	@Override
	protected void doGet(HttpServletRequest request, HttpServletResponse answer) throws IOException {
		int item = Integer.parseInt(request.getPathInfo().substring(1));
		try {
			answer.getWriter().print(request.getServletPath().equals("/price") ? price(item) : stock(item));
		} catch (SQLException e) {
			answer.setStatus(502);
			answer.getWriter().print(e.getMessage());
		}
	}
}
