/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Many agents in one process, with real sockets and real signatures. Nothing of certbinder's own code is
 * in it: what both sides would get wrong alike cannot hide.
 */
#define SIM_BASE "/officescan/agent/v1"
#define SIM_COMMON "/officescan/hotfix_pccnt/Common/"
#define SIM_SKEW_S 86400
#define SIM_IPCER_MAX 4
#define SIM_SEEN_MAX 64 /* ids of commands that an agent remembers */
#define SIM_TEXT_MAX (1 << 16)

struct agent {
	char id[33], secret[64];
	gnutls_privkey_t key;
	gnutls_x509_crt_t cert;
	gnutls_certificate_credentials_t credentials;
	gnutls_datum_t der;
	uint16_t port;
	int listener;
	int64_t offset_s; /* how far its clock is off */
	atomic_bool is_offline;

	/* what it holds; under the lock */
	atomic_flag lock;
	int64_t number;
	char prev_sha256[65]; /* of the publication it holds */
	uint8_t ntcer[4096];
	size_t ntcer_len;
	gnutls_pubkey_t ntcer_key;
	char ntcer_sha256[65], ipcer[SIM_IPCER_MAX][65];
	size_t n_ipcer;
	int64_t seq;
	char seen[SIM_SEEN_MAX][33];
	size_t n_seen;
};

struct sim {
	const char *host;
	uint16_t port;
	struct agent *agents;
	size_t n;
	atomic_long accepted, handshakes, refused, backwards, failed;
	char sample[4096]; /* folder for samples; "" none */
	atomic_int n_samples;
};
extern struct sim sim;

void agent_hold(struct agent *a);
void agent_release(struct agent *a);
bool agent_make(struct agent *a, uint16_t port, int64_t offset_s);
/* A command: 200 with the answer, or 403 with the code in body. */
int agent_take(struct agent *a, const char *token, char *body, size_t size);
bool agent_step(struct agent *a, const char *token); /* one publication onwards */
char *agent_token(struct agent *a);		     /* free(): for its registration */
json_t *agent_report(struct agent *a);

/* jws.c */
char *jws_make(struct agent *a, const char *typ, json_t *payload /* stolen */);
json_t *jws_open(const char *token, gnutls_pubkey_t key, const char *kid, const char *typ);
json_t *jws_look(const char *token);
void hex_of(const uint8_t *p, size_t len, char *out);
void digest_of(const void *p, size_t len, char out[65]);

/* client.c: one kept connection to the server */
struct link;
struct link *link_new(void);
void link_free(struct link *l);
/* The status, 0: no answer. pinned: the agent accepts what the server shows, else nothing is sent. */
int link_ask(struct link *l, struct agent *a, bool pinned, const char *method, const char *path,
	     const char *body, char *answer, size_t size);

bool listener_start(void);
