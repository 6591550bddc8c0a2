#include "jvm/agent/library.h"

#include "jvm/agent/rt.h"

struct lines {
	int fd;
	size_t at, len;
	char data[4096];
};

/* One line without its end, cut to size. */
static bool next_line(struct lines *in, char *ret, size_t size)
{
	size_t len = 0;

	for (;;) {
		if (in->at == in->len) {
			long n = rt_read(in->fd, in->data, sizeof(in->data));

			if (n <= 0)
				return false;
			in->at = 0;
			in->len = (size_t)n;
		}
		if (in->data[in->at++] == '\n')
			break;
		if (len + 1 < size)
			ret[len++] = in->data[in->at - 1];
	}
	ret[len] = '\0';
	return true;
}

static uintptr_t hex(const char **text)
{
	uintptr_t n = 0;

	for (;; ++*text) {
		char c = **text;

		if (c >= '0' && c <= '9')
			n = n << 4 | (uintptr_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			n = n << 4 | (uintptr_t)(c - 'a' + 10);
		else
			return n;
	}
}

/* "7f0a-7f0b r-xp 00000000 08:01 42 /tmp/x.so" */
static bool line_holds(const char *line, uintptr_t address)
{
	uintptr_t from = hex(&line);

	return *line++ == '-' && from <= address && address < hex(&line);
}

static void library_path(char *ret, size_t size)
{
	struct lines in = { .fd = rt_open("/proc/self/maps", RT_O_RDONLY) };
	char line[1024];

	ret[0] = '\0';
	if (in.fd < 0)
		return;
	while (next_line(&in, line, sizeof(line))) {
		const char *path = strchr(line, '/');

		if (path && line_holds(line, (uintptr_t)library_name)) {
			rt_copy(ret, size, path);
			break;
		}
	}
	rt_close(in.fd);
}

void library_name(char *ret, size_t size)
{
	int fd;

	library_path(ret, size);
	fd = ret[0] ? rt_open(ret, RT_O_RDONLY) : -1;
	if (fd >= 0)
		rt_format(ret, size, "/proc/self/fd/%d", fd);
}
