/*
 * Another native agent: "CLASS FILE" as its option writes the code of all methods of the class, as
 * the JVM has it now, into the file.
 */
#include <stdio.h>
#include <string.h>

#include <jvmti.h>

static void write_method(jvmtiEnv *ti, jmethodID m, FILE *to)
{
	char *name, *signature;
	unsigned char *code = NULL;
	jint n = 0;

	(*ti)->GetMethodName(ti, m, &name, &signature, NULL);
	(*ti)->GetBytecodes(ti, m, &n, &code);
	fprintf(to, "%s%s", name, signature);
	for (jint i = 0; i < n; i++)
		fprintf(to, " %02x", code[i]);
	fputc('\n', to);
}

JNIEXPORT jint JNICALL Agent_OnAttach(JavaVM *vm, char *options, void *reserved)
{
	jvmtiCapabilities wanted = { .can_get_bytecodes = 1 };
	char class_name[128], file[512], signature[160], *s;
	jclass *classes;
	jmethodID *methods;
	jvmtiEnv *ti;
	jint n, m;
	FILE *to;

	(void)reserved;
	if (sscanf(options, "%127s %511s", class_name, file) != 2 ||
		(*vm)->GetEnv(vm, (void **)&ti, JVMTI_VERSION_1_2) != JNI_OK ||
		(*ti)->AddCapabilities(ti, &wanted) || (*ti)->GetLoadedClasses(ti, &n, &classes))
		return 1;
	to = fopen(file, "w");
	snprintf(signature, sizeof(signature), "L%s;", class_name);
	for (jint i = 0; to && i < n; i++) {
		(*ti)->GetClassSignature(ti, classes[i], &s, NULL);
		if (strcmp(s, signature) || (*ti)->GetClassMethods(ti, classes[i], &m, &methods))
			continue;
		for (jint k = 0; k < m; k++)
			write_method(ti, methods[k], to);
	}
	if (to)
		fclose(to);
	(*ti)->DisposeEnvironment(ti);
	return 0;
}
