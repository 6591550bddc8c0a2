/* The ids of devices and pods, as the protocol makes them. */
#include <stdio.h>
#include <string.h>

#include "base/md5.h"
#include "box/fleet/fleet.h"

#define VPC "1111"

void fleet_host_cid(const char *user_id, const char *namespace, const char *ip, int device_type,
	const char *device_id, char ret[static 33])
{
	char text[512];

	snprintf(text, sizeof(text), "%s|%s|" VPC "|%s|%d|%s", user_id, namespace, ip, device_type,
		device_id);
	md5_hex(text, strlen(text), ret);
}

void fleet_pod_cid(
	const char *user_id, const char *namespace, const char *pod_uid, char ret[static 33])
{
	char text[512];

	snprintf(text, sizeof(text), "%s|%s|" VPC "2%s", user_id, namespace, pod_uid);
	md5_hex(text, strlen(text), ret);
}
