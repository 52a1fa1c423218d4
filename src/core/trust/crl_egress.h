/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"
#include "core/network.h"

/*
 * Where the console may connect to by itself: the setting crl_egress. Entries stand between
 * spaces or commas: a host name, "*.example.org" for the names below it, an address, a network
 * "10.0.0.0/8" or "[fd00::]/8"; each with ":port" at its end, or for every port. Nothing listed:
 * nothing is asked. A name does not open inner addresses: what it leads to must be public, or in a
 * listed network, so that nobody's certificate points the console at its own neighbours.
 */
#define CRL_EGRESS_TEXT_MAX 4096   /* bytes of the setting */
#define CRL_EGRESS_ENTRIES_MAX 128 /* entries of the list */
#define CRL_EGRESS_NAME_SIZE 256   /* of a host name, with terminator */

struct crl_egress_entry {
	char host[CRL_EGRESS_NAME_SIZE]; /* lower case; "" for a network */
	bool below;			 /* the names below host */
	struct network net;		 /* len 0 for a name */
	uint16_t port;			 /* 0: any */
};

struct crl_egress {
	struct crl_egress_entry items[CRL_EGRESS_ENTRIES_MAX];
	size_t n;
};

/* Errors request.member, which names the entry. */
bool crl_egress_parse(const char *text, struct crl_egress *out, struct err *e) MUST_USE;
/* As the setting has it. */
bool crl_egress_read(struct core *c, struct crl_egress *out, struct err *e) MUST_USE;
/* host: a name, or an address without brackets. */
bool crl_egress_allows_host(const struct crl_egress *g, const char *host, uint16_t port);
/* What a name led to: len 4 or 16. */
bool crl_egress_allows_address(const struct crl_egress *g, const uint8_t *ip, size_t len,
			       uint16_t port);
