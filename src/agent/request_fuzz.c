/* Fuzzes the way of a console's call: form, JSON, proof, words, and the helper's check of them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/order.h"
#include "agent/request.h"
#include "base/cleanup.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct replay replay;
	struct request_rules rules = { .ak = "a", .sk = "s", .cid = "c", .replay = &replay };
	autowords struct words allow = { 0 }, given = { 0 }, runs = { 0 };
	autojson json_t *params = NULL;
	autofree char *form = malloc(size + 1);
	struct order_report report;
	struct err e;

	if (!form)
		return 0;
	memcpy(form, data, size);
	form[size] = '\0';
	rules.unsigned_allowed = size % 2;
	if (request_read(form, size, &rules, &params, &e) != AGENT_OK)
		return 0;
	if (words_parse(json_text(params, "cmd"), &given, &e) < 0 ||
		order_reports(&given, &report, &e) < 0)
		return 0;
	if (order_check(&allow, size % 3 ? ORDER_HOST : ORDER_CLUSTER, &given, &runs, &e) == 0 &&
		runs.n < given.n)
		abort();
	return 0;
}
