import java.io.IOException;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;

/** Tomcat 9 (javax.servlet) with a servlet at /plain/* and Spring's dispatcher at /spring/*. */
class Web {
	static class Plain extends HttpServlet {
		@Override
		protected void doGet(HttpServletRequest q, HttpServletResponse a) throws IOException {
			a.getWriter().print("plain " + q.getPathInfo());
		}

		@Override
		protected void doPost(HttpServletRequest q, HttpServletResponse a) throws IOException {
			a.getWriter().print("posted");
		}
	}

	@RestController
	@EnableWebMvc
	static class Hello {
		@GetMapping("/hello")
		String hello() {
			return "spring hello";
		}
	}

	static String start(String directory) throws Exception {
		Tomcat tomcat = new Tomcat();
		tomcat.setBaseDir(directory);
		tomcat.setPort(0);
		tomcat.getConnector().setProperty("address", "127.0.0.1");
		Context context = tomcat.addContext("/app", directory);
		Tomcat.addServlet(context, "plain", new Plain());
		context.addServletMappingDecoded("/plain/*", "plain");
		AnnotationConfigWebApplicationContext spring = new AnnotationConfigWebApplicationContext();
		spring.register(Hello.class);
		Tomcat.addServlet(context, "spring", new DispatcherServlet(spring)).setLoadOnStartup(1);
		context.addServletMappingDecoded("/spring/*", "spring");
		tomcat.start();
		return "" + tomcat.getConnector().getLocalPort();
	}
}
