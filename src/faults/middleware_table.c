/*
 * Faults on the middleware that a Java service talks to: one row for each target (the meaning of
 * its members: faults/shared/middleware.h). Each is proven with the real library in tests/jvm/.
 */
#include "faults/shared/middleware.h"

#define SQL_MATCHERS                                                                               \
	{ "sqltype", 0, "kind of the statement, such as select, insert, update or delete",         \
		"语句类型：select、insert、update、delete 等" },                                   \
		{ "table", 0, "a table that the statement names", "语句涉及的表名" },              \
		{ "database", 0, "database of the connection", "连接所用的数据库" },               \
		{ "host", 0, "host of the server, as in the address of the connection",            \
			"数据库服务器地址" },                                                      \
	{                                                                                          \
		"port", 0, "port of the server", "数据库服务器端口"                        \
	}

#define REDIS_MATCHERS                                                                             \
	{ "cmd", 0, "name of the command, as get", "命令名，如 get" },                             \
	{                                                                                          \
		"key", 0, "its first key", "命令的第一个键"                                 \
	}

/* The request of a servlet; javax and jakarta differ in nothing else. */
#define SERVLET_SITE(package)                                                                      \
	{                                                                                          \
		NULL, package ".servlet.http.HttpServlet", "service",                              \
			"args=" package ".servlet.ServletRequest," package                         \
			".servlet.ServletResponse",                                                \
		{                                                                                  \
			"method 0.getMethod()", "requestpath 0.getServletPath()+0.getPathInfo()",  \
				"requestpath-regex-pattern "                                       \
				"0.getServletPath()+0.getPathInfo()",                              \
				"querystring 0.getQueryString()",                                  \
				"querystring-regex-pattern 0.getQueryString()",                    \
				"b-params 0.getHeader(\"?\")"                                      \
		}                                                                                  \
	}

#define HTTPCLIENT4_SITE(name)                                                                     \
	{                                                                                          \
		"httpclient4", "org.apache.http.impl.client." name, "doExecute", "argc=3",         \
		{                                                                                  \
			"uri url:1.getURI() | url:0.toURI()+1.getRequestLine().getUri()",          \
				"call-point stack", "b-params 1.getFirstHeader(\"?\").getValue()"  \
		}                                                                                  \
	}

#define OKHTTP_SITE(class, method)                                                                 \
	{                                                                                          \
		"okhttp3", class, method, NULL,                                                    \
		{                                                                                  \
			"uri url:this.originalRequest.url", "call-point stack",                    \
				"b-params this.originalRequest.header(\"?\")"                      \
		}                                                                                  \
	}

/* The line of com.ning, and the one that came after it. */
#define ASYNC_SITE(class, package, header)                                                         \
	{                                                                                          \
		"asyncHttpClient", package "." class, "executeRequest",                            \
			"args=" package ".Request," package ".AsyncHandler",                       \
		{                                                                                  \
			"uri url:0.getUrl()", "call-point stack",                                  \
				"b-params 0.getHeaders()." header "(\"?\")"                        \
		}                                                                                  \
	}

#define CALL_POINT                                                                                 \
	{                                                                                          \
		"call-point", 0,                                                                   \
			"class and method that the call comes from, as com.example.Shop|price",    \
			"发起调用的类与方法，如 com.example.Shop|price"                 \
	}

#define B_PARAMS(what, zh)                                                                         \
	{                                                                                          \
		"b-params", MATCH_PARAMS,                                                          \
			what ", as {\"params\":[{\"key\":\"user\",\"value\":\"7\"}]}", zh          \
	}

#define BOTH "delay throwCustomException"

static const struct middleware middleware[] = {
	{ "mysql", "SQL statements of MySQL and MariaDB", "MySQL 与 MariaDB 的 SQL 语句",
		"--table orders --sqltype select", BOTH, false, { SQL_MATCHERS },
		{
			{ NULL, "com.mysql.cj.NativeSession", "execSQL", NULL,
				{ "sqltype mysql-verb:0.getPreparedSql() | mysql-verb:1",
					"table mysql-tables:0.getPreparedSql() | mysql-tables:1",
					"database 0.getCurrentDatabase() | "
					"this.hostInfo.getDatabase()",
					"host this.hostInfo.getHost()",
					"port this.hostInfo.getPort()" } },
			{ NULL, "com.mysql.cj.jdbc.ServerPreparedStatement", "serverExecute", NULL,
				{ "sqltype mysql-verb:this.getPreparedSql()",
					"table mysql-tables:this.getPreparedSql()",
					"database this.getCurrentDatabase()",
					"host this.session.hostInfo.getHost()",
					"port this.session.hostInfo.getPort()" } },
			{ NULL, "com.mysql.jdbc.MysqlIO", "sqlQueryDirect", NULL,
				{ "sqltype mysql-verb:0.getPreparedSql() | mysql-verb:1",
					"table mysql-tables:0.getPreparedSql() | mysql-tables:1",
					"database 8", "host this.host", "port this.port" } },
			{ NULL, "com.mysql.jdbc.ServerPreparedStatement", "serverExecute", NULL,
				{ "sqltype mysql-verb:this.originalSql",
					"table mysql-tables:this.originalSql",
					"database this.currentCatalog", "host this.connection.host",
					"port this.connection.port" } },
		} },
	{ "psql", "SQL statements of PostgreSQL", "PostgreSQL 的 SQL 语句",
		"--table orders --sqltype select", BOTH, false, { SQL_MATCHERS },
		{
			{ NULL, "org.postgresql.core.v3.QueryExecutorImpl", "execute", "argc=7",
				{ "sqltype sql-verb:0[*].getNativeSql()",
					"table sql-tables:0[*].getNativeSql()",
					"database this.getDatabase()",
					"host this.getHostSpec().getHost()",
					"port this.getHostSpec().getPort()" } },
			{ NULL, "org.postgresql.core.v3.QueryExecutorImpl", "execute",
				"else argc=6",
				{ "sqltype sql-verb:0[*].getNativeSql()",
					"table sql-tables:0[*].getNativeSql()",
					"database this.getDatabase()",
					"host this.getHostSpec().getHost()",
					"port this.getHostSpec().getPort()" } },
		} },
	{ "jedis", "Redis commands of Jedis", "Jedis 的 Redis 命令", "--cmd get --key user:1", BOTH,
		false, { REDIS_MATCHERS },
		{
			{ NULL, "redis.clients.jedis.Protocol", "sendCommand",
				"args=redis.clients.jedis.util.RedisOutputStream,"
				"redis.clients.jedis.CommandArguments",
				{ "cmd 1.args[0].getRaw()", "key 1.args[1].getRaw()" } },
			{ NULL, "redis.clients.jedis.Protocol", "sendCommand",
				"args=redis.clients.jedis.util.RedisOutputStream,byte[],byte[][]",
				{ "cmd 1", "key 2[0]" } },
		} },
	{ "lettuce", "Redis commands of Lettuce", "Lettuce 的 Redis 命令", "--cmd set --key user:1",
		BOTH " update", false, { REDIS_MATCHERS },
		{
			{ NULL, "io.lettuce.core.RedisChannelHandler", "dispatch", "argc=1",
				{ "cmd 0[*].getType()",
					"key 0[*].getArgs().singularArguments[0].key",
					"value 0.getArgs().singularArguments[1].val | "
					"0.getArgs().singularArguments[2].val" } },
		} },
	{ "redisson", "Redis commands of Redisson", "Redisson 的 Redis 命令",
		"--cmd get --key user:1", BOTH, false, { REDIS_MATCHERS },
		{
			{ NULL, "org.redisson.command.CommandAsyncService", "async", "argc=7",
				{ "cmd 3.name", "key 4[0]" } },
			{ NULL, "org.redisson.command.CommandBatchService", "async", "argc=7",
				{ "cmd 3.name", "key 4[0]" } },
		} },
	{ "http", "requests of HTTP clients", "HTTP 客户端的请求", "--uri /pay --httpclient4", BOTH,
		false,
		{ { "uri", MATCH_REQUIRED,
			  "address of the request without its query, or the path alone",
			  "请求地址（不含查询串），或仅路径" },
			{ "rest", MATCH_SWITCH, "requests of Spring's RestTemplate",
				"Spring RestTemplate 的请求" },
			{ "httpclient4", MATCH_SWITCH, "requests of Apache HttpClient 4",
				"Apache HttpClient 4 的请求" },
			{ "httpclient3", MATCH_SWITCH, "requests of Commons HttpClient 3",
				"Commons HttpClient 3 的请求" },
			{ "okhttp3", MATCH_SWITCH, "requests of OkHttp 3 and 4",
				"OkHttp 3 与 4 的请求" },
			{ "asyncHttpClient", MATCH_SWITCH, "requests of AsyncHttpClient 1 and 2",
				"AsyncHttpClient 1 与 2 的请求" },
			CALL_POINT, B_PARAMS("headers of the request", "请求头，JSON 格式") },
		{
			{ "rest", "org.springframework.web.client.RestTemplate", "doExecute",
				"argc=5", { "uri url:0", "call-point stack" } },
			{ "rest", "org.springframework.web.client.RestTemplate", "doExecute",
				"else argc=4", { "uri url:0", "call-point stack" } },
			HTTPCLIENT4_SITE("InternalHttpClient"),
			HTTPCLIENT4_SITE("AbstractHttpClient"),
			HTTPCLIENT4_SITE("MinimalHttpClient"),
			{ "httpclient3", "org.apache.commons.httpclient.HttpClient",
				"executeMethod", "argc=3",
				{ "uri url:1.getURI()", "call-point stack",
					"b-params 1.getRequestHeader(\"?\").getValue()" } },
			OKHTTP_SITE("okhttp3.RealCall", "execute,enqueue"),
			OKHTTP_SITE("okhttp3.internal.connection.RealCall", "execute,enqueue"),
			ASYNC_SITE("AsyncHttpClient", "com.ning.http.client", "getFirstValue"),
			ASYNC_SITE("DefaultAsyncHttpClient", "org.asynchttpclient", "get"),
		} },
	{ "servlet", "requests that servlets serve", "Servlet 处理的请求",
		"--requestpath /pay --method post", BOTH " modifyCode", true,
		{ { "method", 0, "method of the request, as get", "请求方法，如 get" },
			{ "requestpath", 0, "path of the request, without that of the application",
				"请求路径，不含应用上下文路径" },
			{ "requestpath-regex-pattern", MATCH_REGEX,
				"regular expression for the whole path",
				"匹配整个路径的正则表达式" },
			{ "querystring", 0, "query of the request", "请求的查询串" },
			{ "querystring-regex-pattern", MATCH_REGEX,
				"regular expression for the whole query",
				"匹配整个查询串的正则表达式" },
			B_PARAMS("headers of the request", "请求头，JSON 格式") },
		{ SERVLET_SITE("javax"), SERVLET_SITE("jakarta") } },
	{ "log", "lines that loggers write", "日志框架写出的日志", "--logback", "delay", false,
		{ { "logback", MATCH_SWITCH | MATCH_ONE, "files and console of Logback",
			  "Logback 的文件与控制台输出" },
			{ "log4j2", MATCH_SWITCH | MATCH_ONE, "files and console of Log4j 2",
				"Log4j 2 的文件与控制台输出" } },
		{
			{ "logback", "ch.qos.logback.core.recovery.ResilientOutputStreamBase",
				"flush", NULL, { NULL } },
			{ "logback", "ch.qos.logback.core.joran.spi.ConsoleTarget$1", "flush", NULL,
				{ NULL } },
			{ "logback", "ch.qos.logback.core.joran.spi.ConsoleTarget$2", "flush", NULL,
				{ NULL } },
			{ "log4j2", "org.apache.logging.log4j.core.appender.OutputStreamManager",
				"writeToDestination", NULL, { NULL } },
			{ "log4j2",
				"org.apache.logging.log4j.core.appender.rolling."
				"RollingRandomAccessFileManager",
				"writeToDestination", NULL, { NULL } },
		} },
	{ "druid", "connections taken from Druid pools", "从 Druid 连接池获取的连接", "", BOTH,
		false, { { NULL } },
		{
			{ NULL, "com.alibaba.druid.pool.DruidDataSource", "getConnection", "argc=1",
				{ NULL } },
		} },
	{ "kafka", "records that Kafka clients send or ask for", "Kafka 客户端发送或拉取的消息",
		"--producer --topic orders", BOTH, false,
		{ { "producer", MATCH_SWITCH, "records that are sent", "发送的消息" },
			{ "consumer", MATCH_SWITCH, "polls for records", "拉取消息" },
			{ "topic", 0, "name of the topic", "主题名" },
			{ "groupId", 0, "group of the consumer", "消费组" } },
		{
			{ "producer", "org.apache.kafka.clients.producer.KafkaProducer", "send",
				"argc=2", { "topic 0.topic" } },
			{ "consumer", "org.apache.kafka.clients.consumer.KafkaConsumer", "poll",
				"args=java.time.Duration",
				{ "topic this.subscription()[*] | this.assignment()[*].topic()",
					"groupId this.groupMetadata().groupId()" } },
		} },
	{ "dubbo", "calls of Dubbo services", "Dubbo 服务调用",
		"--consumer --service com.example.Shop --methodname price", BOTH, false,
		{ { "consumer", MATCH_SWITCH | MATCH_ONE, "calls that are made", "消费端调用" },
			{ "provider", MATCH_SWITCH | MATCH_ONE, "calls that are served",
				"提供端调用" },
			{ "service", 0, "full name of the service's interface",
				"服务接口全限定名" },
			{ "methodname", 0, "name of the method", "方法名" },
			{ "version", 0, "version of the service", "服务版本" },
			{ "group", 0, "group of the service", "服务分组" },
			{ "appname", 0, "application of this side", "本端应用名" }, CALL_POINT,
			B_PARAMS("attachments of the call", "调用的附加参数，JSON 格式") },
		{
			{ "consumer", "org.apache.dubbo.rpc.protocol.dubbo.DubboInvoker",
				"doInvoke", NULL,
				{ "service this.getInterface().getName()",
					"methodname 0.getMethodName()",
					"version this.getUrl().getParameter(\"version\")",
					"group this.getUrl().getParameter(\"group\")",
					"appname this.getUrl().getParameter(\"application\")",
					"call-point stack", "b-params 0.getAttachment(\"?\")" } },
			{ "provider", "org.apache.dubbo.rpc.proxy.AbstractProxyInvoker", "invoke",
				NULL,
				{ "service this.getInterface().getName()",
					"methodname 0.getMethodName()",
					"version this.getUrl().getParameter(\"version\")",
					"group this.getUrl().getParameter(\"group\")",
					"appname this.getUrl().getParameter(\"application\")",
					"b-params 0.getAttachment(\"?\")" } },
		} },
	{ NULL },
};

const struct fault *fault_table_middleware(void);

const struct fault *fault_table_middleware(void)
{
	return middleware_faults(middleware);
}
