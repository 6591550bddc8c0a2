/*
 * Writes the code of a class's methods as the JVM has it now: loaded into it with the options
 * "SIGNATURE FILE", it puts a line "name descriptor hex" for each method into FILE.
 */
#include <jvmti.h>
#include <stdio.h>
#include <string.h>

static void write_method(jvmtiEnv *ti, jmethodID method, FILE *out)
{
	char *name, *descriptor;
	unsigned char *code;
	jint n;

	if ((*ti)->GetMethodName(ti, method, &name, &descriptor, NULL) != 0 ||
		(*ti)->GetBytecodes(ti, method, &n, &code) != 0)
		return;
	fprintf(out, "%s %s ", name, descriptor);
	for (jint i = 0; i < n; i++)
		fprintf(out, "%02x", code[i]);
	fputc('\n', out);
}

static void write_class(jvmtiEnv *ti, jclass class, FILE *out)
{
	jmethodID *methods;
	jint n;

	if ((*ti)->GetClassMethods(ti, class, &n, &methods) != 0)
		return;
	for (jint i = 0; i < n; i++)
		write_method(ti, methods[i], out);
}

JNIEXPORT jint JNICALL Agent_OnAttach(JavaVM *vm, char *options, void *reserved)
{
	jvmtiCapabilities wanted = { .can_get_bytecodes = 1 };
	char signature[200], path[200], *found;
	jvmtiEnv *ti;
	jclass *classes;
	jint n;
	FILE *out;

	(void)reserved;
	if (!options || sscanf(options, "%199s %199s", signature, path) != 2 ||
		(*vm)->GetEnv(vm, (void **)&ti, JVMTI_VERSION_1_2) != 0 ||
		(*ti)->AddCapabilities(ti, &wanted) != 0 ||
		(*ti)->GetLoadedClasses(ti, &n, &classes) != 0)
		return 0;
	out = fopen(path, "w");
	for (jint i = 0; out && i < n; i++)
		if ((*ti)->GetClassSignature(ti, classes[i], &found, NULL) == 0 &&
			strcmp(found, signature) == 0)
			write_class(ti, classes[i], out);
	if (out)
		fclose(out);
	(*ti)->DisposeEnvironment(ti);
	return 0;
}
