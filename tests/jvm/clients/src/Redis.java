import io.lettuce.core.RedisClient;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import org.redisson.Redisson;
import org.redisson.api.RBatch;
import org.redisson.api.RBucket;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;
import redis.clients.jedis.Jedis;

/** "get KEY" and "set KEY" by three libraries, and more by Lettuce. */
class Redis {
	private static final int PORT = Integer.getInteger("redis", 0);
	private static Jedis jedis;
	private static RedisCommands<String, String> lettuce;
	private static RedissonClient redisson;

	static String jedis(String command) {
		String[] w = command.split(" ");
		if (jedis == null)
			jedis = new Jedis("127.0.0.1", PORT);
		return w[0].equals("set") ? jedis.set(w[1], "v") : jedis.get(w[1]);
	}

	static String lettuce(String command) {
		String[] w = command.split(" ");
		if (lettuce == null)
			lettuce = RedisClient.create("redis://127.0.0.1:" + PORT).connect().sync();
		return switch (w[0]) {
			case "set" -> lettuce.set(w[1], "v");
			case "set-ex" -> lettuce.set(w[1], "v", SetArgs.Builder.ex(1000));
			case "setnx" -> "" + lettuce.setnx(w[1], "v");
			case "hset" -> "" + lettuce.hset(w[1], "field", "v");
			case "lpush" -> "" + lettuce.lpush(w[1], "v");
			default -> lettuce.get(w[1]);
		};
	}

	static String lettuceBytes(String command) {
		try (RedisClient client = RedisClient.create("redis://127.0.0.1:" + PORT)) {
			return client.connect(ByteArrayCodec.INSTANCE).sync().set(command.split(" ")[1].getBytes(), new byte[] {'v'});
		}
	}

	private static RedissonClient redisson() {
		if (redisson == null) {
			Config config = new Config();
			config.useSingleServer().setAddress("redis://127.0.0.1:" + PORT).setConnectionMinimumIdleSize(1);
			config.setCodec(new StringCodec());
			redisson = Redisson.create(config);
		}
		return redisson;
	}

	static String redisson(String command) {
		String[] w = command.split(" ");
		RBucket<String> bucket = redisson().getBucket(w[1]);
		if (w[0].equals("get"))
			return bucket.get();
		bucket.set("v");
		return "OK";
	}

	static String redissonBatch(String command) {
		RBatch batch = redisson().createBatch();
		batch.getBucket(command.split(" ")[1]).setAsync("v");
		return batch.execute().getResponses().size() + " done";
	}
}
