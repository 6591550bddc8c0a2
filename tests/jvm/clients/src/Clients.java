import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Map;

/**
 * Calls real client libraries, one call for each line of its input, "NAME ARGUMENT", and says how it
 * went: "MS ok TEXT" or "MS CLASS TEXT" of what was thrown. Where the servers are comes as system
 * properties.
 */
public class Clients {
	interface Call {
		String run(String argument) throws Throwable;
	}

	private static final Map<String, Call> CALLS = Map.ofEntries(
		Map.entry("mysql", a -> Sql.query("mysql", a)),
		Map.entry("mysql-prepared", a -> Sql.prepared("mysql", a)),
		Map.entry("mysql-server", a -> Sql.prepared("mysql-server", a)),
		Map.entry("psql", a -> Sql.query("psql", a)),
		Map.entry("psql-prepared", a -> Sql.prepared("psql", a)),
		Map.entry("psql-batch", a -> Sql.batch("psql", a)),
		Map.entry("druid", a -> Pool.query(a)),
		Map.entry("druid-hold", a -> Pool.hold(Integer.parseInt(a))),
		Map.entry("druid-release", a -> Pool.release()),
		Map.entry("druid-later", a -> Pool.later(a)),
		Map.entry("druid-result", a -> Pool.result()),
		Map.entry("druid-count", a -> Pool.count()),
		Map.entry("jedis", a -> Redis.jedis(a)),
		Map.entry("lettuce", a -> Redis.lettuce(a)),
		Map.entry("lettuce-bytes", a -> Redis.lettuceBytes(a)),
		Map.entry("redisson", a -> Redis.redisson(a)),
		Map.entry("redisson-batch", a -> Redis.redissonBatch(a)),
		Map.entry("httpclient3", a -> Http.client3(a)),
		Map.entry("httpclient4", a -> Http.client4(a)),
		Map.entry("httpclient4-old", a -> Http.client4Old(a)),
		Map.entry("httpclient4-minimal", a -> Http.client4Minimal(a)),
		Map.entry("okhttp3", a -> Http.okhttp(a)),
		Map.entry("okhttp3-async", a -> Http.okhttpAsync(a)),
		Map.entry("async1", a -> Http.async1(a)),
		Map.entry("async2", a -> Http.async2(a)),
		Map.entry("rest", a -> Http.rest(a)),
		Map.entry("web", a -> Web.start(a)),
		Map.entry("logback", a -> Log.logback(a)),
		Map.entry("logback-console", a -> Log.logbackConsole(a)),
		Map.entry("logback-error", a -> Log.logbackError(a)),
		Map.entry("log4j2", a -> Log.log4j2(a)),
		Map.entry("log4j2-plain", a -> Log.log4j2Plain(a)),
		Map.entry("log4j2-console", a -> Log.log4j2Console(a)),
		Map.entry("kafka-send", a -> Kafka.send(a)),
		Map.entry("kafka-poll", a -> Kafka.poll(a)),
		Map.entry("dubbo", a -> Dubbo.call(a)),
		Map.entry("dubbo-linger", a -> Dubbo.linger()),
		Map.entry("dubbo-leave", a -> Dubbo.leave()),
		Map.entry("dubbo-count", a -> Dubbo.count()),
		Map.entry("echo", a -> a));

	public static void main(String[] args) throws Exception {
		BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
		for (String line; (line = in.readLine()) != null;) {
			String[] words = line.split(" ", 2);
			long start = System.nanoTime();
			String text;
			try {
				text = "ok " + CALLS.get(words[0]).run(words.length > 1 ? words[1] : "");
			} catch (Throwable e) {
				Throwable cause = e;
				while (!cause.getClass().getName().equals(System.getProperty("expect")) && cause.getCause() != null)
					cause = cause.getCause();
				text = cause.getClass().getName() + " " + cause.getMessage();
			}
			long ms = (System.nanoTime() - start) / 1000000;
			System.out.println("= " + ms + " " + text.replace('\n', ' '));
		}
		Runtime.getRuntime().halt(0);
	}
}
