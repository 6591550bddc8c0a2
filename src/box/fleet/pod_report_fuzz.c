/* Any report of pods. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "box/fleet/pod_report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pod_report report;
	json_t *answer;

	if (pod_report_read((const char *)data, size, "1234567890", "default", &report, NULL) < 0)
		return 0;
	answer = pod_report_answer(&report);
	assert(json_object_size(answer) <= report.n);
	json_decref(answer);
	pod_report_done(&report);
	return 0;
}
