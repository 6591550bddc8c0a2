import com.ning.http.client.AsyncHttpClient;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.apache.commons.httpclient.HttpClient;
import org.apache.commons.httpclient.methods.GetMethod;
import org.apache.http.client.methods.HttpGet;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.impl.client.DefaultHttpClient;
import org.apache.http.impl.client.HttpClients;
import org.apache.http.util.EntityUtils;
import org.asynchttpclient.Dsl;
import org.springframework.web.client.RestTemplate;

/** GET of a path of a small server of its own; the path comes back. */
class Http {
	private static final String BASE = serve();
	private static final OkHttpClient OKHTTP = new OkHttpClient();

	private static String serve() {
		try {
			HttpServer s = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(),
				Integer.getInteger("http", 0)), 0);
			s.createContext("/", x -> {
				byte[] body = x.getRequestURI().getPath().getBytes();
				x.sendResponseHeaders(200, body.length);
				x.getResponseBody().write(body);
				x.close();
			});
			s.start();
			return "http://127.0.0.1:" + s.getAddress().getPort();
		} catch (IOException e) {
			throw new IllegalStateException(e);
		}
	}

	static String client3(String path) throws IOException {
		GetMethod get = new GetMethod(BASE + path);
		get.addRequestHeader("user", "7");
		new HttpClient().executeMethod(get);
		return get.getResponseBodyAsString();
	}

	private static HttpGet client4Get(String path) {
		HttpGet get = new HttpGet(BASE + path);
		get.addHeader("user", "7");
		return get;
	}

	static String client4(String path) throws IOException {
		try (CloseableHttpClient c = HttpClients.createDefault()) {
			return EntityUtils.toString(c.execute(client4Get(path)).getEntity());
		}
	}

	static String client4Minimal(String path) throws IOException {
		try (CloseableHttpClient c = HttpClients.createMinimal()) {
			return EntityUtils.toString(c.execute(client4Get(path)).getEntity());
		}
	}

	@SuppressWarnings("deprecation")
	static String client4Old(String path) throws IOException {
		return EntityUtils.toString(new DefaultHttpClient().execute(client4Get(path)).getEntity());
	}

	private static Call okhttpCall(String path) {
		return OKHTTP.newCall(new Request.Builder().url(BASE + path).header("user", "7").build());
	}

	static String okhttp(String path) throws IOException {
		return okhttpCall(path).execute().body().string();
	}

	static String okhttpAsync(String path) throws Exception {
		CompletableFuture<String> answer = new CompletableFuture<>();
		okhttpCall(path).enqueue(new Callback() {
			@Override
			public void onFailure(Call call, IOException e) {
				answer.completeExceptionally(e);
			}

			@Override
			public void onResponse(Call call, Response response) throws IOException {
				answer.complete(response.body().string());
			}
		});
		return answer.get();
	}

	static String async1(String path) throws Exception {
		try (AsyncHttpClient c = new AsyncHttpClient()) {
			return c.prepareGet(BASE + path).addHeader("user", "7").execute().get().getResponseBody();
		}
	}

	static String async2(String path) throws Exception {
		try (org.asynchttpclient.AsyncHttpClient c = Dsl.asyncHttpClient()) {
			return c.prepareGet(BASE + path).addHeader("user", "7").execute().get().getResponseBody();
		}
	}

	static String rest(String path) {
		return new RestTemplate().getForObject(BASE + path, String.class);
	}
}
