/* The console's pages: files embedded at build time, an unknown path gives the index. */
#include <event2/buffer.h>
#include <event2/http.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/embed.h"
#include "base/str.h"
#include "box/http/loop.h"

/* web/dist with the compressed copies x.br and x.gz beside each x. */
extern const struct embedded web_files[];

static const struct {
	const char *ending, *type;
} types[] = {
	{ ".html", "text/html;charset=UTF-8" },
	{ ".js", "text/javascript;charset=UTF-8" },
	{ ".css", "text/css;charset=UTF-8" },
	{ ".json", "application/json" },
	{ ".svg", "image/svg+xml" },
	{ ".png", "image/png" },
	{ ".ico", "image/x-icon" },
	{ ".woff2", "font/woff2" },
	{ ".webmanifest", "application/manifest+json" },
};

static const struct {
	const char *name, *value;
} guards[] = {
	{ "Content-Security-Policy",
		"default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
		"font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; "
		"base-uri 'self'; form-action 'self'; frame-ancestors 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	{ "Referrer-Policy", "same-origin" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
};

static const char *type_of(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		size_t end = strlen(types[i].ending);

		if (len > end && str_eq(name + len - end, types[i].ending))
			return types[i].type;
	}
	return "application/octet-stream";
}

static const struct embedded *file_find(const char *name, const char *ending)
{
	char whole[256];

	if ((size_t)snprintf(whole, sizeof(whole), "%s%s", name, ending) >= sizeof(whole))
		return NULL;
	for (const struct embedded *f = web_files; f->name; f++)
		if (str_eq(f->name, whole))
			return f;
	return NULL;
}

/* The smallest copy that the browser takes. */
static const struct embedded *copy_for(
	struct evhttp_request *request, const struct embedded *plain, const char **ret_encoding)
{
	static const char *const encodings[][2] = { { "br", ".br" }, { "gzip", ".gz" } };
	const char *accepted = evhttp_find_header(
		evhttp_request_get_input_headers(request), "Accept-Encoding");

	for (size_t i = 0; accepted && i < ARRAY_LEN(encodings); i++) {
		const struct embedded *copy = NULL;

		if (strstr(accepted, encodings[i][0]))
			copy = file_find(plain->name, encodings[i][1]);
		if (copy) {
			*ret_encoding = encodings[i][0];
			return copy;
		}
	}
	return plain;
}

static void etag_of(const struct embedded *f, char ret[static 36])
{
	unsigned char hash[16];
	char hex[33];

	crypto_generichash(hash, sizeof(hash), (const unsigned char *)f->data,
		(size_t)(f->end - f->data), NULL, 0);
	sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	snprintf(ret, 36, "\"%s\"", hex);
}

static void file_answer(struct evhttp_request *request, const struct embedded *plain)
{
	struct evkeyvalq *in = evhttp_request_get_input_headers(request);
	struct evkeyvalq *out = evhttp_request_get_output_headers(request);
	const char *encoding = NULL, *known = evhttp_find_header(in, "If-None-Match");
	const struct embedded *f = copy_for(request, plain, &encoding);
	char etag[36];

	etag_of(f, etag);
	evhttp_add_header(out, "Content-Type", type_of(plain->name));
	evhttp_add_header(out, "ETag", etag);
	evhttp_add_header(out, "Vary", "Accept-Encoding");
	/* The names of the files in assets/ carry a hash of their content. */
	evhttp_add_header(out, "Cache-Control",
		str_starts(plain->name, "assets/") ? "public, max-age=31536000, immutable"
						   : "no-cache");
	for (size_t i = 0; i < ARRAY_LEN(guards); i++)
		evhttp_add_header(out, guards[i].name, guards[i].value);
	if (encoding)
		evhttp_add_header(out, "Content-Encoding", encoding);
	if (known && strstr(known, etag)) {
		evhttp_send_reply(request, 304, NULL, NULL);
		return;
	}
	evbuffer_add_reference(evhttp_request_get_output_buffer(request), f->data,
		(size_t)(f->end - f->data), NULL, NULL);
	evhttp_send_reply(request, 200, NULL, NULL);
}

bool pages_answer(struct evhttp_request *request, const char *path)
{
	const struct embedded *f;

	while (*path == '/')
		path++;
	f = *path && !str_starts(path, "gale/v1/") ? file_find(path, "") : NULL;
	/* Paths of pages, not of files, are the single page's own business. */
	if (!f && !str_starts(path, "assets/") && !str_starts(path, "gale/v1/"))
		f = file_find("index.html", "");
	if (!f)
		return false;
	file_answer(request, f);
	return true;
}
