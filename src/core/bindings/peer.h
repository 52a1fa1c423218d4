/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/bindings/served.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What is known of one connection: filled by tls/ at the end of the handshake, read by http/ and
 * api/. It has one owner: tls/ until the connection is handed over, then http/. Immutable but for the
 * verdict, which belongs to the thread that holds the request.
 */
struct peer {
	char client_ip[48], local_ip[48];
	uint16_t client_port, local_port;
	char listener_ip[48]; /* as bound: "*" or an address */
	char sni[256];	      /* "" none */
	char tls_version[12], cipher[64];
	bool resumed;
	bool plain;	  /* came over --http: no binding */
	bool misdirected; /* resumed for one binding, named another: 421 and close */
	int64_t binding_id;
	char host_cert_sha256[65];     /* the leaf that this handshake showed */
	int64_t tls_generation;	       /* of the snapshot it was accepted under */
	struct served *served;	       /* that snapshot */
	struct cert_list client_chain; /* leaf first; empty: none was sent */
	bool client_chain_unreadable;
	char client_chain_error[160];
	bool asked_client_cert;
	/* the verdict on client_chain and the trust generation it was made under; 0: not judged yet
	 */
	struct verdict *verdict;
	int64_t verdict_generation;
	int64_t verdict_s; /* when it was made */
};

/* Validity and revocation go on with the clock, also on a connection that stays open. */
#define PEER_VERDICT_KEEP_S 60
/* Whether the verdict may be taken again. */
bool peer_verdict_holds(const struct peer *p, const struct served *s, int64_t now_s);

/* Whom the limits of callers count as one: an address of IPv4, a /64 of IPv6, which each of its users
 * has whole. What is no address is all zero. */
#define PEER_CALLER_BYTES 16
void peer_caller(const char *address, uint8_t out[static PEER_CALLER_BYTES]);

struct peer *peer_new(void);	/* NULL when memory is short */
void peer_free(struct peer *p); /* NULL is fine */
