/* Filters of pods. */
#include "box/api/pod.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"

/* "app=web,tier=front" as an object; NULL when it is empty. */
static int read_labels(const char *text, char **ret, struct err *e)
{
	autojson json_t *labels = json_object();
	autofree char *copy = strdup(text);
	char *rest = copy, *pair;

	while (rest && (pair = strsep(&rest, ","))) {
		char *value = strchr(pair, '=');

		if (*pair == '\0')
			continue;
		if (!value || value == pair)
			return err_illegal(e, "labels", text, "key=value,key=value");
		*value++ = '\0';
		json_put_str(labels, pair, value);
	}
	if (json_object_size(labels) == 0)
		return 0;
	*ret = json_line(labels);
	return *ret ? 0 : err_set(e, ERR_NOMEM, 0, "out of memory");
}

int pod_filter_read(
	struct call *c, struct pod_filter *ret, struct device_filter *filter, struct err *e)
{
	int r = read_labels(call_text(c, "labels"), &ret->labels, e);

	if (r < 0)
		return r;
	ret->clusters = json_line(json_object_get(c->body, "clusterIds"));
	ret->spaces = json_line(json_object_get(c->body, "kubNamespaces"));
	filter->clusters = ret->clusters;
	filter->spaces = ret->spaces;
	filter->labels = ret->labels;
	filter->scope = (int)call_int(c, "scopeType", -1);
	if (filter->scope == SCOPE_K8S)
		filter->kind = DEVICE_POD;
	return 0;
}

void pod_filter_done(struct pod_filter *f)
{
	free(f->clusters);
	free(f->spaces);
	free(f->labels);
}
