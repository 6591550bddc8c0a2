/*
 * Packets made here, to be selected by a fault and taken in by nobody: they live for one hop and
 * their transport checksum is wrong.
 */
#ifndef NET_PACKET_H
#define NET_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/nets.h"
#include "base/ranges.h"

enum {
	PACKET_TEXT = 1200, /* bytes of text, at most */
	PACKET_ROOM = 80 + PACKET_TEXT,
	PACKET_TAIL = 12, /* bytes for the caller, zero, at its end */
};

struct packet {
	int family;
	uint8_t from[16], to[16];
	int protocol; /* IPPROTO_TCP, _UDP, _ICMP (echo request, of IPv6 too) */
	uint16_t from_port, to_port;
	uint8_t tcp_flags; /* 0: ACK */
	const char *text;  /* in it, before the tail; NULL: none */
};

size_t packet_make(const struct packet *p, uint8_t ret[static PACKET_ROOM]); /* its length */

/*
 * Some address of a network in from (of any family when it is 0) that is in none of exclude. With
 * from empty, one that is nobody's (RFC 5737, RFC 3849).
 */
bool packet_pick_address(const struct nets *from, const struct nets *exclude, int family,
	int *ret_family, uint8_t ret[static 16]);

/* A port of the ranges, or any when there are none, that is not excluded; 0: there is none. */
uint16_t packet_pick_port(const struct ranges *from, const struct ranges *exclude);

#endif
