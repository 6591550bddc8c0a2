import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** One producer, and one consumer for each topic, of the group "group-TOPIC". */
class Kafka {
	private static KafkaProducer<String, String> producer;
	private static final Map<String, KafkaConsumer<String, String>> CONSUMERS = new HashMap<>();

	private static Properties properties() {
		Properties p = new Properties();
		p.put("bootstrap.servers", System.getProperty("kafka"));
		return p;
	}

	static String send(String topic) throws Exception {
		if (producer == null)
			producer = new KafkaProducer<>(properties(), new StringSerializer(), new StringSerializer());
		producer.send(new ProducerRecord<>(topic, "key", "value")).get(60, TimeUnit.SECONDS);
		return "sent";
	}

	static String poll(String topic) {
		KafkaConsumer<String, String> consumer = CONSUMERS.computeIfAbsent(topic, t -> {
			Properties p = properties();
			p.put("group.id", "group-" + t);
			p.put("auto.offset.reset", "earliest");
			KafkaConsumer<String, String> c =
				new KafkaConsumer<>(p, new StringDeserializer(), new StringDeserializer());
			c.subscribe(List.of(t));
			return c;
		});
		ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(50));
		return records.count() + " read";
	}
}
