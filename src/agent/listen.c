/* HTTP servers. */
#include "agent/listen.h"

#include <errno.h>
#include <sys/socket.h>

#include <event2/http.h>
#include <event2/listener.h>
#include <event2/util.h>

#define BACKLOG 128

int listen_http(struct event_base *base, const char *address, const struct listen_limits *limits,
	struct evhttp **ret, struct evconnlistener **ret_listener, struct err *e)
{
	struct sockaddr_storage to;
	int len = sizeof(to);
	struct evconnlistener *listener;
	struct evhttp *http;

	if (evutil_parse_sockaddr_port(address, (struct sockaddr *)&to, &len) < 0)
		return err_set(e, ERR_INVALID, 0, "`%.100s` is not ADDR:PORT", address);
	listener = evconnlistener_new_bind(base, NULL, NULL,
		LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_CLOSE_ON_FREE, BACKLOG,
		(struct sockaddr *)&to, len);
	if (!listener)
		return err_set(e, ERR_SYSTEM, errno, "listen on %s", address);
	http = evhttp_new(base);
	if (!http || !evhttp_bind_listener(http, listener)) {
		evconnlistener_free(listener);
		if (http)
			evhttp_free(http);
		return err_set(e, ERR_NOMEM, 0, "listen on %s", address);
	}
	evhttp_set_max_headers_size(http, limits->header);
	evhttp_set_max_body_size(http, limits->body);
	evhttp_set_timeout(http, limits->seconds);
	*ret = http;
	*ret_listener = listener;
	return 0;
}
