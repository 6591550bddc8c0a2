/* lookup NAME: what getaddrinfo(3) of this C library says: its addresses, sorted, or its error. */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

int main(int argc, char **argv)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
	static char text[512][INET6_ADDRSTRLEN];
	size_t n = 0;
	int r;

	if (argc != 2)
		return 2;
	r = getaddrinfo(argv[1], NULL, &hints, &list);
	if (r != 0) {
		puts(r == EAI_NONAME ? "no such name" : r == EAI_AGAIN ? "try again" : "error");
		return 1;
	}
	for (struct addrinfo *a = list; a && n < 512; a = a->ai_next, n++) {
		const void *from = a->ai_family == AF_INET6
					   ? (void *)&((struct sockaddr_in6 *)a->ai_addr)->sin6_addr
					   : (void *)&((struct sockaddr_in *)a->ai_addr)->sin_addr;

		inet_ntop(a->ai_family, from, text[n], sizeof(text[n]));
	}
	qsort(text, n, sizeof(text[0]), compare);
	if (n > 4) {
		printf("%zu addresses\n", n);
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		printf("%s%s", i ? " " : "", text[i]);
	puts("");
	return 0;
}
