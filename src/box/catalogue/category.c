/* The categories: blade's, in a tree of two levels. */
#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "box/catalogue/catalogue.h"

static const struct row {
	const char *id, *parent, *en, *zh;
} rows[] = {
	{ "system", NULL, "System resources", "系统资源" },
	{ "system_cpu", "system", "CPU", "CPU资源" },
	{ "system_mem", "system", "Memory", "内存资源" },
	{ "system_disk", "system", "Disk", "磁盘资源" },
	{ "system_network", "system", "Network", "网络资源" },
	{ "system_process", "system", "Processes", "应用进程" },
	{ "system_file", "system", "Files", "文件资源" },
	{ "system_script", "system", "Scripts", "脚本" },
	{ "system_kernel", "system", "Kernel", "内核" },
	{ "system_systemd", "system", "Services", "系统服务" },
	{ "system_container", "system", "Containers", "容器资源" },
	{ "java", NULL, "Inside of Java processes", "JAVA进程内" },
	{ "java_prepare", "java", "Preparation", "演练准备" },
	{ "java_delay", "java", "Delays", "延迟" },
	{ "java_exception", "java", "Exceptions", "抛异常" },
	{ "java_custom", "java", "Custom faults", "自定义故障" },
	{ "java_data_tamper", "java", "Changed data", "篡改数据" },
	{ "java_resource_cpu", "java", "CPU", "资源占用-CPU" },
	{ "java_resource_mem", "java", "Memory", "资源占用-内存" },
};

static bool has_functions(const struct catalogue *c, const char *id, int phase, bool hosts)
{
	const struct function *f;

	for (size_t i = 0; (f = catalogue_at(c, i)); i++)
		if (str_eq(f->category, id) && (phase == 0 || (int)f->phase == phase) &&
			function_on_hosts(f) == hosts)
			return true;
	return false;
}

static json_t *category_json(const struct row *row, int phase, bool hosts, bool english)
{
	json_t *out = json_object();

	json_put_str(out, "categoryId", row->id);
	json_put_str(out, "parentId", row->parent);
	json_put_str(out, "name", english ? row->en : row->zh);
	json_put_int(out, "phase", phase);
	json_put_int(out, "level", row->parent ? 2 : 1);
	json_put_int(out, "type", 0);
	json_object_set_new(out, "supportScopeTypes", json_pack("[i]", hosts ? 0 : 2));
	json_object_set_new(out, "children", json_array());
	return out;
}

json_t *catalogue_categories(const struct catalogue *c, int phase, bool hosts, bool english)
{
	json_t *out = json_array(), *parent = NULL;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *one;

		if (rows[i].parent && !has_functions(c, rows[i].id, phase, hosts))
			continue;
		one = category_json(&rows[i], phase ? phase : FUNCTION_ATTACK, hosts, english);
		if (rows[i].parent) {
			json_array_append_new(json_object_get(parent, "children"), one);
			continue;
		}
		json_array_append_new(out, one);
		parent = one;
	}
	for (size_t i = json_array_size(out); i-- > 0;)
		if (json_array_size(json_object_get(json_array_get(out, i), "children")) == 0)
			json_array_remove(out, i);
	return out;
}
