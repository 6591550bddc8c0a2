/* gale spec: the faults as data. */
#include <errno.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/catalogue.h"
#include "cli/cli.h"
#include "cli/reply.h"

#define MOST_SPEC (16u << 20)

struct spec_args {
	bool json, markdown;
};

static const struct param spec_params[] = {
	{ "json", PARAM_BOOL, offsetof(struct spec_args, json),
		.help = "everything that the tables say, English and Chinese, as JSON" },
	{ "markdown", PARAM_BOOL, offsetof(struct spec_args, markdown),
		.help = "the reference page" },
	{ 0 },
};

static void spec_json(struct buf *ret)
{
	autojson json_t *all = catalogue_json(verb_find("prepare")->params);
	autofree char *line = json_line(all);

	if (line)
		buf_fmt(ret, "%s\n", line);
}

static void spec_yaml(struct buf *ret)
{
	autojson json_t *all = catalogue_blade();

	yaml_write(all, ret);
}

static int spec_run(struct cli *c, struct err *e)
{
	autobuf struct buf out = BUF_INIT(MOST_SPEC);
	struct spec_args a;
	int r = cli_take(c, spec_params, &a, e);

	if (r < 0)
		return r;
	if (a.json)
		spec_json(&out);
	else if (a.markdown)
		catalogue_markdown(&out);
	else
		spec_yaml(&out);
	if (out.failed)
		return err_set(e, ERR_NOMEM, ENOMEM, "print the specification");
	return reply_text(buf_text(&out), e);
}

const struct verb verb_spec = {
	.name = "spec",
	.words = "",
	.summary = "Print the specification of all faults, as YAML in blade's shape",
	.params = spec_params,
	.run = spec_run,
};
