#include "jvm/agent/search.h"

#include "jvm/agent/agent.h"
#include "jvm/agent/descriptor.h"
#include "jvm/agent/rt.h"
#include "jvm/agent/site.h"

/* "La/b/C;" in place becomes "a/b/C"; arrays and primitives are none. */
static bool class_name(char *signature)
{
	size_t n = strlen(signature);

	if (signature[0] != 'L' || n < 3)
		return false;
	memmove(signature, signature + 1, n - 2);
	signature[n - 2] = '\0';
	return true;
}

static char *signature_of(jclass class)
{
	char *signature = NULL;

	if ((*agent.ti)->GetClassSignature(agent.ti, class, &signature, NULL) != TI_OK)
		return NULL;
	if (class_name(signature))
		return signature;
	(*agent.ti)->Deallocate(agent.ti, (unsigned char *)signature);
	return NULL;
}

static void release(void *p)
{
	(*agent.ti)->Deallocate(agent.ti, p);
}

static bool super_matches(jni_env *env, jclass class, const struct site *s)
{
	jclass super = (*env)->GetSuperclass(env, class);
	char *name = super ? signature_of(super) : NULL;
	bool match = name && descriptor_same_class(name, s->class);

	release(name);
	return match;
}

static bool interface_matches(jclass class, const struct site *s)
{
	jclass *interfaces = NULL;
	jint n = 0;
	bool match = false;

	if ((*agent.ti)->GetImplementedInterfaces(agent.ti, class, &n, &interfaces) != TI_OK)
		return false;
	for (jint i = 0; i < n && !match; i++) {
		char *name = signature_of(interfaces[i]);

		match = name && descriptor_same_class(name, s->class);
		release(name);
	}
	release(interfaces);
	return match;
}

static bool class_matches(jni_env *env, jclass class, const char *name, const struct command *c)
{
	for (size_t i = 0; i < c->n_sites; i++) {
		const struct site *s = &c->sites[i];

		if (!strcmp(s->by, "super")	      ? super_matches(env, class, s)
			: !strcmp(s->by, "interface") ? interface_matches(class, s)
						      : descriptor_same_class(name, s->class))
			return true;
	}
	return false;
}

static bool add_found(struct search *s, jclass class, jobject loader, const char *name)
{
	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 8;
		struct found *grown = rt_alloc(room * sizeof(*grown));

		if (!grown)
			return false;
		if (s->n)
			memcpy(grown, s->at, s->n * sizeof(*grown));
		rt_free(s->at);
		s->at = grown;
		s->room = room;
	}
	s->at[s->n] = (struct found){ class, loader, rt_strdup(name) };
	return s->at[s->n++].name != NULL;
}

static bool look_at(jni_env *env, jclass class, const struct command *c, struct search *ret)
{
	char *name = signature_of(class);
	jobject loader = NULL;
	jboolean modifiable = false;
	bool ok = true;

	if (name && !site_is_hidden(name) && strncmp(name, "java/gale/", 10) &&
		class_matches(env, class, name, c)) {
		(*agent.ti)->GetClassLoader(agent.ti, class, &loader);
		(*agent.ti)->IsModifiableClass(agent.ti, class, &modifiable);
		if (!c->system && (!loader || site_is_system(name))) {
			ret->refused++;
			rt_copy(ret->refused_name, sizeof(ret->refused_name), name);
		} else if (modifiable) {
			ok = add_found(ret, class, loader, name);
			loader = NULL;
		}
	}
	if (loader)
		(*env)->DeleteLocalRef(env, loader);
	release(name);
	return ok;
}

/*
 * A search for the same classes finds the same ones while no class was loaded: it asks for the
 * names of these few, not of all there are. Commands come one at a time.
 */
enum { KEY_SIZE = 1024, FOUND_MOST = 16 };

static uint64_t loads; /* classes, since the library is in here */

static struct {
	char key[KEY_SIZE]; /* "": nothing is known */
	uint64_t loads;
	jweak at[FOUND_MOST];
	size_t n, refused;
	char refused_name[256];
} last;

void search_class_load(jvmti_env *ti, jni_env *env, jobject thread, jclass class)
{
	(void)ti;
	(void)env;
	(void)thread;
	(void)class;
	__atomic_fetch_add(&loads, 1, __ATOMIC_RELEASE);
}

/* What is searched for; "" when that is too long. */
static void make_key(const struct command *c, char ret[static KEY_SIZE])
{
	struct jvm_text text;

	jvm_text_init(&text, ret, KEY_SIZE - 1);
	jvm_text_put_number(&text, "system", (int64_t)c->system);
	for (size_t i = 0; i < c->n_sites; i++)
		jvm_text_put(&text, c->sites[i].by, c->sites[i].class);
	ret[text.full ? 0 : text.len] = '\0';
}

static bool recall(jni_env *env, const struct command *c, struct search *ret)
{
	bool ok = true;

	for (size_t i = 0; i < last.n && ok; i++) {
		jclass class = (*env)->NewLocalRef(env, last.at[i]);

		ok = !class || look_at(env, class, c, ret); /* none: it was unloaded */
	}
	ret->refused = last.refused;
	rt_copy(ret->refused_name, sizeof(ret->refused_name), last.refused_name);
	return ok;
}

static void remember(jni_env *env, const char *key, uint64_t before, const struct search *s)
{
	while (last.n)
		(*env)->DeleteWeakGlobalRef(env, last.at[--last.n]);
	last.key[0] = '\0';
	if (s->n > FOUND_MOST)
		return;
	for (; last.n < s->n; last.n++) {
		last.at[last.n] = (*env)->NewWeakGlobalRef(env, s->at[last.n].class);
		if (!last.at[last.n])
			return;
	}
	last.loads = before;
	last.refused = s->refused;
	rt_copy(last.refused_name, sizeof(last.refused_name), s->refused_name);
	rt_copy(last.key, sizeof(last.key), key);
}

static bool walk(jni_env *env, const struct command *c, struct search *ret)
{
	jclass *classes = NULL;
	jint n = 0;
	bool ok = true;

	if ((*agent.ti)->GetLoadedClasses(agent.ti, &n, &classes) != TI_OK)
		return false;
	(*env)->EnsureLocalCapacity(env, n + 64);
	for (jint i = 0; i < n; i++) {
		size_t before = ret->n;

		ok = ok && look_at(env, classes[i], c, ret);
		if (ret->n == before)
			(*env)->DeleteLocalRef(env, classes[i]);
	}
	release(classes);
	return ok;
}

bool search_classes(jni_env *env, const struct command *c, struct search *ret)
{
	uint64_t before = __atomic_load_n(&loads, __ATOMIC_ACQUIRE);
	char key[KEY_SIZE];

	memset(ret, 0, sizeof(*ret));
	make_key(c, key);
	if (*key && before == last.loads && !strcmp(key, last.key))
		return recall(env, c, ret);
	if (!walk(env, c, ret))
		return false;
	remember(env, key, before, ret);
	return true;
}

void search_done(struct search *s)
{
	for (size_t i = 0; i < s->n; i++)
		rt_free(s->at[i].name);
	rt_free(s->at);
}

static bool method_matches(
	const struct found *f, jmethodID method, const struct command *c, struct jvm_text *answer)
{
	enum { BRIDGE = 0x40, NATIVE = 0x100, ABSTRACT = 0x400 };
	char *name = NULL, *descriptor = NULL, text[1024];
	jint access = 0;
	bool match = false;

	(*agent.ti)->GetMethodModifiers(agent.ti, method, &access);
	if (access & (BRIDGE | NATIVE | ABSTRACT) ||
		(*agent.ti)->GetMethodName(agent.ti, method, &name, &descriptor, NULL) != TI_OK)
		return false;
	for (size_t i = 0; i < c->n_sites && !match; i++)
		match = site_has_method(&c->sites[i], name, descriptor);
	if (match && answer) {
		rt_format(text, sizeof(text), "%s %s %s", f->name, name, descriptor);
		jvm_text_put(answer, "match", text);
	}
	release(name);
	release(descriptor);
	return match;
}

static size_t count_methods(const struct found *f, const struct command *c, struct jvm_text *answer)
{
	jmethodID *methods = NULL;
	size_t count = 0;
	jint n = 0;

	if ((*agent.ti)->GetClassMethods(agent.ti, f->class, &n, &methods) != TI_OK)
		return 0;
	for (jint i = 0; i < n; i++)
		count += method_matches(f, methods[i], c, answer);
	release(methods);
	return count;
}

void search_count(const struct search *s, const struct command *c, size_t *ret_classes,
	size_t *ret_methods, struct jvm_text *answer)
{
	*ret_classes = *ret_methods = 0;
	for (size_t i = 0; i < s->n; i++) {
		size_t n = count_methods(&s->at[i], c, answer);

		*ret_methods += n;
		*ret_classes += n > 0;
	}
}
