/* bpf(2): load, attach, look. */
#include "sys/bpf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

/* The members of union bpf_attr that newer kernels have and older headers do not. */
struct tcx_link_attr {
	uint32_t prog_fd, target_ifindex, attach_type, flags;
	uint32_t relative_fd, padding;
	uint64_t expected_revision;
};

struct tcx_query_attr {
	uint32_t target_ifindex, attach_type, query_flags, attach_flags;
	uint64_t prog_ids;
	uint32_t count, padding;
	uint64_t prog_attach_flags, link_ids, link_attach_flags, revision;
};

static int bpf(int command, void *attr, size_t size)
{
	return (int)syscall(SYS_bpf, command, attr, size);
}

static uint64_t address(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

static int failed(struct err *e, const char *what)
{
	enum err_kind kind = errno == EPERM    ? ERR_DENIED
			     : errno == ENOSYS ? ERR_UNSUPPORTED
					       : ERR_SYSTEM;

	return err_set(e, kind, errno, "bpf: %s", what);
}

static int load(struct bpf_code *c, enum bpf_prog_type type, enum bpf_attach_type at,
	const char *name, int *ret_fd, struct err *e)
{
	enum { LOG = 256 * 1024 };
	union bpf_attr attr = { 0 };
	autofree char *log = NULL;
	int fd, saved;

	if (!bpf_finish(c))
		return err_set(
			e, ERR_INVALID, 0, "too many ports and addresses for one BPF program");
	attr.prog_type = type;
	attr.expected_attach_type = at;
	attr.insns = address(c->v);
	attr.insn_cnt = (uint32_t)c->n;
	attr.license = address("GPL");
	snprintf(attr.prog_name, sizeof(attr.prog_name), "%s", name);
	fd = bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd >= 0) {
		*ret_fd = fd;
		return 0;
	}
	saved = errno;
	if (saved != EPERM && (log = calloc(1, LOG)) != NULL) {
		/* Once more for the verifier's reason: its log costs time, so it is off at first.
		 */
		size_t len;

		attr.log_level = 1;
		attr.log_size = LOG;
		attr.log_buf = address(log);
		fd = bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
		len = strlen(log);
		if (fd < 0 && len > 0)
			return err_set(e, ERR_SYSTEM, saved, "bpf: load: ...%s",
				log + (len > 250 ? len - 250 : 0));
		cleanup_close(&fd);
	}
	errno = saved;
	return failed(e, "load");
}

int bpf_load(struct bpf_code *c, const char *name, int *ret_fd, struct err *e)
{
	return load(c, BPF_PROG_TYPE_SCHED_CLS, 0, name, ret_fd, e);
}

int bpf_load_for_group(struct bpf_code *c, enum bpf_attach_type at, const char *name, int group,
	int *ret_link, struct err *e)
{
	bool packets = at == BPF_CGROUP_INET_EGRESS || at == BPF_CGROUP_INET_INGRESS;
	union bpf_attr attr = { 0 };
	autoclose int prog = -1;
	int fd, r;

	r = load(c, packets ? BPF_PROG_TYPE_CGROUP_SKB : BPF_PROG_TYPE_CGROUP_SOCK, at, name, &prog,
		e);
	if (r < 0)
		return r;
	attr.link_create.prog_fd = (uint32_t)prog;
	attr.link_create.target_fd = (uint32_t)group;
	attr.link_create.attach_type = at;
	fd = bpf(BPF_LINK_CREATE, &attr, sizeof(attr));
	if (fd < 0)
		return failed(e, "attach to a control group");
	*ret_link = fd;
	return 0;
}

int bpf_array(const char *name, size_t entries, int *ret_fd, struct err *e)
{
	union bpf_attr attr = { 0 };
	int fd;

	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = sizeof(uint32_t);
	attr.value_size = sizeof(uint64_t);
	attr.max_entries = (uint32_t)entries;
	snprintf(attr.map_name, sizeof(attr.map_name), "%s", name);
	fd = bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
	if (fd < 0)
		return failed(e, "make a map");
	*ret_fd = fd;
	return 0;
}

int bpf_array_get(int map, uint32_t index, uint64_t *ret, struct err *e)
{
	union bpf_attr attr = { 0 };

	attr.map_fd = (uint32_t)map;
	attr.key = address(&index);
	attr.value = address(ret);
	if (bpf(BPF_MAP_LOOKUP_ELEM, &attr, sizeof(attr)) < 0)
		return failed(e, "read a map");
	return 0;
}

int bpf_array_put(int map, uint32_t index, uint64_t value, struct err *e)
{
	union bpf_attr attr = { 0 };

	attr.map_fd = (uint32_t)map;
	attr.key = address(&index);
	attr.value = address(&value);
	if (bpf(BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)) < 0)
		return failed(e, "write a map");
	return 0;
}

int bpf_set(const char *name, size_t key, size_t entries, int *ret_fd, struct err *e)
{
	union bpf_attr attr = { 0 };
	int fd;

	attr.map_type = BPF_MAP_TYPE_HASH;
	attr.key_size = (uint32_t)key;
	attr.value_size = sizeof(uint32_t);
	attr.max_entries = (uint32_t)entries;
	attr.map_flags = BPF_F_NO_PREALLOC;
	snprintf(attr.map_name, sizeof(attr.map_name), "%s", name);
	fd = bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
	if (fd < 0)
		return failed(e, "make a set");
	*ret_fd = fd;
	return 0;
}

int bpf_set_add(int map, const void *key, struct err *e)
{
	uint32_t value = 1;
	union bpf_attr attr = { 0 };

	attr.map_fd = (uint32_t)map;
	attr.key = address(key);
	attr.value = address(&value);
	return bpf(BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)) < 0 ? failed(e, "add to a set") : 0;
}

int bpf_set_remove(int map, const void *key, struct err *e)
{
	union bpf_attr attr = { 0 };

	attr.map_fd = (uint32_t)map;
	attr.key = address(key);
	if (bpf(BPF_MAP_DELETE_ELEM, &attr, sizeof(attr)) < 0 && errno != ENOENT)
		return failed(e, "remove from a set");
	return 0;
}

bool bpf_set_next(int map, const void *key, void *ret, uint32_t *ret_value)
{
	union bpf_attr attr = { 0 };

	attr.map_fd = (uint32_t)map;
	attr.key = address(key);
	attr.next_key = address(ret);
	if (bpf(BPF_MAP_GET_NEXT_KEY, &attr, sizeof(attr)) < 0)
		return false;
	attr.key = address(ret);
	attr.value = address(ret_value);
	if (bpf(BPF_MAP_LOOKUP_ELEM, &attr, sizeof(attr)) < 0)
		*ret_value = 0; /* removed meanwhile */
	return true;
}

int bpf_map_number(int map, uint32_t *ret, struct err *e)
{
	struct bpf_map_info info = { 0 };
	union bpf_attr attr = { 0 };

	attr.info.bpf_fd = (uint32_t)map;
	attr.info.info_len = sizeof(info);
	attr.info.info = address(&info);
	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)) < 0)
		return failed(e, "ask a map");
	*ret = info.id;
	return 0;
}

int bpf_map_open(uint32_t number, int *ret_fd, struct err *e)
{
	union bpf_attr attr = { 0 };
	int fd;

	attr.map_id = number;
	fd = bpf(BPF_MAP_GET_FD_BY_ID, &attr, sizeof(attr));
	if (fd < 0 && errno == ENOENT)
		return err_set(e, ERR_NOTFOUND, errno, "bpf: map %u", number);
	if (fd < 0)
		return failed(e, "open a map");
	*ret_fd = fd;
	return 0;
}

int bpf_tcx_list(int ifindex, enum bpf_way way, struct bpf_list *ret, struct err *e)
{
	struct bpf_list found = { 0 };
	struct tcx_query_attr attr = {
		.target_ifindex = (uint32_t)ifindex,
		.attach_type = way,
		.prog_ids = address(found.ids),
		.count = sizeof(found.ids) / sizeof(found.ids[0]),
	};

	if (bpf(BPF_PROG_QUERY, &attr, sizeof(attr)) < 0) {
		if (errno == EINVAL || errno == E2BIG)
			return err_set(e, ERR_UNSUPPORTED, errno, "bpf: this kernel has no TCX");
		return failed(e, "list the programs of a link");
	}
	found.n = attr.count;
	found.revision = attr.revision;
	*ret = found;
	return 0;
}

int bpf_name(uint32_t prog_id, char ret[static BPF_OBJ_NAME_LEN], struct err *e)
{
	struct bpf_prog_info info = { 0 };
	union bpf_attr attr = { 0 };
	autoclose int fd = -1;

	attr.prog_id = prog_id;
	fd = bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof(attr));
	if (fd < 0)
		return failed(e, "open a program");
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = address(&info);
	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)) < 0)
		return failed(e, "ask a program");
	memcpy(ret, info.name, BPF_OBJ_NAME_LEN);
	ret[BPF_OBJ_NAME_LEN - 1] = '\0';
	return 0;
}

int bpf_tcx_attach(
	int prog, int ifindex, enum bpf_way way, uint64_t revision, int *ret_link, struct err *e)
{
	struct tcx_link_attr attr = {
		.prog_fd = (uint32_t)prog,
		.target_ifindex = (uint32_t)ifindex,
		.attach_type = way,
		.expected_revision = revision,
	};
	int fd = bpf(BPF_LINK_CREATE, &attr, sizeof(attr));

	if (fd < 0 && errno == ESTALE)
		return err_set(e, ERR_BUSY, 0, "bpf: the programs of the link have changed");
	if (fd < 0)
		return failed(e, "attach to the link");
	*ret_link = fd;
	return 0;
}

int bpf_try(int prog, const void *frame, size_t len, uint32_t mark, uint32_t *ret, struct err *e)
{
	struct __sk_buff context = { .mark = mark };
	union bpf_attr attr = { 0 };

	attr.test.prog_fd = (uint32_t)prog;
	attr.test.data_in = address(frame);
	attr.test.data_size_in = (uint32_t)len;
	attr.test.ctx_in = address(&context);
	attr.test.ctx_size_in = sizeof(context);
	if (bpf(BPF_PROG_TEST_RUN, &attr, sizeof(attr)) < 0)
		return failed(e, "try a program");
	*ret = attr.test.retval;
	return 0;
}
