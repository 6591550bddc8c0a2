import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import org.apache.dubbo.common.store.DataStore;
import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.ProtocolConfig;
import org.apache.dubbo.config.ReferenceConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.ServiceConfig;
import org.apache.dubbo.rpc.RpcContext;
import org.apache.dubbo.rpc.model.ApplicationModel;

/** A provider of a service and a consumer of it, by its address, over TCP. */
class Dubbo {
	public interface Greeter {
		String hello(String name);

		String bye(String name);

		void linger();
	}

	public static class Greeting implements Greeter {
		@Override
		public String hello(String name) {
			return "hello " + name;
		}

		@Override
		public String bye(String name) {
			return "bye " + name;
		}

		@Override
		public void linger() {
			GATE.acquireUninterruptibly();
		}
	}

	private static final Semaphore GATE = new Semaphore(0);
	private static Greeter greeter;

	private static void start() {
		int port = Integer.getInteger("dubbo");
		ApplicationConfig application = new ApplicationConfig("shop");
		application.setQosEnable(false);
		ProtocolConfig protocol = new ProtocolConfig("dubbo", port);
		protocol.setThreads(8);
		ServiceConfig<Greeter> service = new ServiceConfig<>();
		service.setApplication(application);
		service.setRegistry(new RegistryConfig("N/A"));
		service.setProtocol(protocol);
		service.setInterface(Greeter.class);
		service.setRef(new Greeting());
		service.setVersion("1.0");
		service.setGroup("g");
		service.export();
		ReferenceConfig<Greeter> reference = new ReferenceConfig<>();
		reference.setApplication(application);
		reference.setInterface(Greeter.class);
		reference.setUrl("dubbo://127.0.0.1:" + port);
		reference.setVersion("1.0");
		reference.setGroup("g");
		reference.setInjvm(false);
		reference.setTimeout(5000);
		reference.setRetries(0);
		greeter = reference.get();
	}

	static String call(String text) {
		String[] w = text.split(" ");
		if (greeter == null)
			start();
		RpcContext.getClientAttachment().setAttachment("user", "7");
		return w[0].equals("hello") ? greeter.hello(w[1]) : greeter.bye(w[1]);
	}

	/** A call that keeps a worker of the provider busy until `leave`, and nobody waits for. */
	static String linger() {
		new Thread(() -> greeter.linger()).start();
		return "begun";
	}

	static String leave() {
		GATE.release();
		return "released";
	}

	/** What the provider's pool itself counts. */
	static String count() {
		ThreadPoolExecutor pool = (ThreadPoolExecutor) ApplicationModel.defaultModel()
			.getExtensionLoader(DataStore.class).getDefaultExtension()
			.get("java.util.concurrent.ExecutorService", System.getProperty("dubbo"));
		return pool.getActiveCount() + " of " + pool.getMaximumPoolSize() + ", " + pool.getQueue().size() + " wait";
	}
}
