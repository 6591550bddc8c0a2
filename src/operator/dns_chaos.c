/* DNSChaos: wrong answers for a pod's names, as an order to the node. */
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "operator/order.h"

static int list_put(const json_t *list, const char *field, struct buf *to, struct err *e)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		const char *text = json_string_value(one);

		if (!text || !*text || strchr(text, ','))
			return err_set(
				e, ERR_INVALID, 0, "spec.%s: `%.100s`", field, text ? text : "");
		buf_fmt(to, "%s%s", i ? "," : "", text);
	}
	return to->failed ? err_set(e, ERR_INVALID, 0, "spec.%s: too many", field) : 0;
}

int dns_chaos_orders(const json_t *spec, const char *peers, struct orders *ret, struct err *e)
{
	const char *action = json_text(spec, "action");
	bool fixed = str_eq(action, "static");
	const char *field = fixed ? "domainIpMapping" : "patterns";
	const json_t *list = json_object_get(spec, field);
	autobuf struct buf text = BUF_INIT(60000);
	json_t *flags;
	int r = list_put(list, field, &text, e);

	(void)peers;
	if (r < 0)
		return r;
	if (!fixed && !str_eq(action, "error") && !str_eq(action, "random"))
		return err_illegal(e, "spec.action", action, "error, random or static");
	if (fixed && json_array_size(list) == 0)
		return err_missing(e, "spec.domainIpMapping");
	flags = orders_add(ret, "dns", fixed ? "static" : *action == 'e' ? "error" : "random");
	json_put_str(flags, fixed ? "domain-ip" : "patterns", text.len ? buf_text(&text) : "*");
	return 0;
}
