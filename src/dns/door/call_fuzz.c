/*
 * The messages of the doors as anybody may send them: the first byte chooses the method, the rest
 * is its message; one that control takes is a line of JSON. All act on one book, so that they meet
 * what others have set. Built with the sources themselves, for what is static in them.
 */
#include "dns/door/control.c"
#include "dns/door/mesh.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct book *book;
static struct mesh mesh;
static struct sync sync_door;

static void start(void)
{
	const struct dns_address at = { { 1 } };
	const struct book_pod pods[] = {
		{ .pod = "ns/p1", .addresses = &at, .n_addresses = 1 },
		{ .pod = "a/b" },
	};

	if (book_open(NULL, &book, NULL) < 0 || book_pods(book, pods, 2, false, NULL) < 0)
		abort();
	mesh = (struct mesh){ book, 1000 };
	sync_init(&sync_door, book);
}

static void end(void)
{
	sync_done(&sync_door);
	book_close(book);
	book = NULL;
}

static void call(const struct grpc_method *m, void *ctx, const uint8_t *data, size_t size)
{
	static const struct grpc_peer peer = { .tls = true, .name = "fuzz" };
	autobuf struct buf reply = BUF_INIT(1 << 20);
	autoarena struct arena arena;
	struct grpc_call c = { .ctx = ctx, .peer = &peer, .arena = &arena, .reply = &reply };
	ProtobufCMessage *in;
	struct err e;

	arena_init(&arena, 1 << 20);
	in = protobuf_c_message_unpack(m->in, &arena.allocator, size, data);
	if (in && m->run(&c, in, &e) == 0 && reply.len < 5)
		abort();
}

static void line(const uint8_t *data, size_t size)
{
	const struct control control = { .o = { .sync = &sync_door } };
	autojson json_t *reply = json_object();
	autojson json_t *in = NULL;
	struct question q = { .control = &control, .reply = reply };
	struct err e;

	if (json_parse((const char *)data, size, &in, &e) < 0)
		return;
	q.in = in;
	if (!str_eq(json_text(in, "verb"), "metrics"))
		verb_run(&q, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned n;

	if (size == 0)
		return 0;
	if (!book)
		start();
	if (data[0] % 5 < 2)
		call(&mesh_methods[data[0] % 5], &mesh, data + 1, size - 1);
	else if (data[0] % 5 < 4)
		call(&sync_methods[data[0] % 5 - 2], &sync_door, data + 1, size - 1);
	else
		line(data + 1, size - 1);
	if (++n % 100 == 0) /* what they piled up */
		end();
	return 0;
}
