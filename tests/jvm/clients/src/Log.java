import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.OutputStreamAppender;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.builder.api.ComponentBuilder;
import org.apache.logging.log4j.core.config.builder.api.ConfigurationBuilder;
import org.apache.logging.log4j.core.config.builder.api.ConfigurationBuilderFactory;
import org.apache.logging.log4j.core.config.builder.impl.BuiltConfiguration;
import org.slf4j.LoggerFactory;

/** A line into a file, without a queue between: the caller waits for its logger. */
class Log {
	private static final String DIRECTORY = System.getProperty("log");
	private static final LoggerContext CONTEXT = (LoggerContext) LoggerFactory.getILoggerFactory();
	private static Logger file, console, error;

	private static Logger logback(OutputStreamAppender<ILoggingEvent> appender, String name) {
		PatternLayoutEncoder encoder = new PatternLayoutEncoder();
		encoder.setContext(CONTEXT);
		encoder.setPattern("%msg%n");
		encoder.start();
		appender.setContext(CONTEXT);
		appender.setEncoder(encoder);
		appender.start();
		Logger logger = CONTEXT.getLogger(name);
		logger.setLevel(ch.qos.logback.classic.Level.INFO);
		logger.addAppender(appender);
		return logger;
	}

	static String logback(String text) {
		if (file == null) {
			FileAppender<ILoggingEvent> appender = new FileAppender<>();
			appender.setFile(DIRECTORY + "/logback.log");
			file = logback(appender, "file");
		}
		file.info(text);
		return "logged";
	}

	static String logbackConsole(String text) {
		if (console == null)
			console = logback(new ConsoleAppender<>(), "console");
		console.info(text);
		return "logged";
	}

	static String logbackError(String text) {
		if (error == null) {
			ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
			appender.setTarget("System.err");
			error = logback(appender, "error");
		}
		error.info(text);
		return "logged";
	}

	private static org.apache.logging.log4j.core.LoggerContext log4j2() {
		ConfigurationBuilder<BuiltConfiguration> b = ConfigurationBuilderFactory.newConfigurationBuilder();
		ComponentBuilder<?> policies = b.newComponent("Policies")
			.addComponent(b.newComponent("SizeBasedTriggeringPolicy").addAttribute("size", "100M"));
		b.add(b.newAppender("rolling", "RollingRandomAccessFile")
			.addAttribute("fileName", DIRECTORY + "/log4j2.log")
			.addAttribute("filePattern", DIRECTORY + "/log4j2-%i.log")
			.addAttribute("ignoreExceptions", false)
			.add(b.newLayout("PatternLayout").addAttribute("pattern", "%m%n"))
			.addComponent(policies));
		b.add(b.newAppender("plain", "File")
			.addAttribute("fileName", DIRECTORY + "/log4j2-plain.log")
			.addAttribute("ignoreExceptions", false)
			.add(b.newLayout("PatternLayout").addAttribute("pattern", "%m%n")));
		b.add(b.newAppender("console", "Console").addAttribute("target", "SYSTEM_ERR")
			.addAttribute("ignoreExceptions", false)
			.add(b.newLayout("PatternLayout").addAttribute("pattern", "%m%n")));
		b.add(b.newLogger("console", Level.INFO).add(b.newAppenderRef("console")).addAttribute("additivity", false));
		b.add(b.newLogger("rolling", Level.INFO).add(b.newAppenderRef("rolling")).addAttribute("additivity", false));
		b.add(b.newLogger("plain", Level.INFO).add(b.newAppenderRef("plain")).addAttribute("additivity", false));
		b.add(b.newRootLogger(Level.ERROR));
		return Configurator.initialize(b.build());
	}

	private static final class Log4j2 {
		static final org.apache.logging.log4j.core.LoggerContext CONTEXT = log4j2();
	}

	static String log4j2(String text) {
		Log4j2.CONTEXT.getLogger("rolling").info(text);
		return "logged";
	}

	static String log4j2Console(String text) {
		Log4j2.CONTEXT.getLogger("console").info(text);
		return "logged";
	}

	static String log4j2Plain(String text) {
		Log4j2.CONTEXT.getLogger("plain").info(text);
		return "logged";
	}
}
