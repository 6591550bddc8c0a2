/* Lists of what the API server has at hand. */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "kube/api.h"

enum { KNOWN_MAX = 4 << 20 };

int kube_list_known(const struct kube_api *a, const char *collection, kube_item_f *item, void *ctx,
	struct err *e)
{
	autobuf struct buf path = BUF_INIT(65536);
	struct kube_ask ask = { .method = "GET", .most = KNOWN_MAX };
	autojson json_t *list = NULL;
	const json_t *one;
	size_t i;
	int r;

	buf_fmt(&path, "%s%cresourceVersion=0", collection, strchr(collection, '?') ? '&' : '?');
	ask.path = buf_text(&path);
	r = path.failed ? err_set(e, ERR_NOMEM, ENOMEM, "list") : kube_call(a, &ask, &list, e);
	json_array_foreach(json_object_get(list, "items"), i, one)
	{
		item(one, ctx);
	}
	return r;
}
