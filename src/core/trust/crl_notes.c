/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/crl_impl.h"

#include "base/clock.h"
#include "base/mem.h"
#include "core/tx.h"
#include "store/crl_points.h"

#include <pthread.h>
#include <string.h>

/*
 * From the door to the database: certificates whose distribution points are to be known. The same
 * certificate is taken once in a while only, however often its holder comes.
 */
#define RECENT_MAX 256 /* certificates remembered as taken */
#define RECENT_S 3600  /* for so long */

struct recent {
	uint8_t sha256[SHA256_BYTES];
	int64_t at_s;
};

struct crl_notes {
	pthread_mutex_t lock;
	struct cert *certs[CRL_NOTES_MAX];
	size_t n;
	struct recent recent[RECENT_MAX];
	size_t n_recent; /* in all: the place of the next one is this modulo RECENT_MAX */
};

bool crl_notes_new(struct crl_notes **out, struct err *e)
{
	struct crl_notes *n = mem_array(1, sizeof *n);

	if (!n)
		return err_nomem(e);
	pthread_mutex_init(&n->lock, NULL);
	*out = n;
	return true;
}

void crl_notes_free(struct crl_notes *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < n->n; i++)
		cert_unref(n->certs[i]);
	pthread_mutex_destroy(&n->lock);
	mem_free(n);
}

/* Under the lock. */
static bool was_taken(const struct crl_notes *n, const struct cert *c, int64_t now_s)
{
	for (size_t i = 0; i < RECENT_MAX && i < n->n_recent; i++)
		if (now_s - n->recent[i].at_s < RECENT_S &&
		    memcmp(n->recent[i].sha256, c->sha256, SHA256_BYTES) == 0)
			return true;
	return false;
}

static void put(struct crl_notes *n, struct cert *c, int64_t now_s)
{
	struct recent *r;

	pthread_mutex_lock(&n->lock);
	if (n->n < CRL_NOTES_MAX && !was_taken(n, c, now_s)) {
		r = &n->recent[n->n_recent++ % RECENT_MAX];
		memcpy(r->sha256, c->sha256, SHA256_BYTES);
		r->at_s = now_s;
		n->certs[n->n++] = cert_ref(c);
	}
	pthread_mutex_unlock(&n->lock);
}

void crl_notes_put(struct crl_notes *n, const struct verdict *v)
{
	const struct trust_path *p = v->n_paths > 0 ? &v->paths[0] : NULL;

	/* Anything else may be a forgery that wants us to ask somebody something. */
	if (!p || !p->complete || (!v->accept && v->substatus != 13))
		return;
	for (size_t i = 0; i < p->n_steps; i++)
		if (p->steps[i].cert->crl_urls.n > 0 || p->steps[i].cert->freshest_urls.n > 0)
			put(n, p->steps[i].cert, clock_now_s());
}

static bool note_urls(struct core *c, const struct cert *cert, const struct general_names *urls,
		      bool is_delta, struct err *e)
{
	for (size_t i = 0; i < urls->n; i++)
		if (!crl_point_note(c, urls->items[i].value, &cert->issuer, NULL, is_delta,
				    "client", e))
			return false;
	return true;
}

static bool write_all(struct core *c, struct cert *const *certs, size_t n, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (!tx_begin(c, &tx, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!note_urls(c, certs[i], &certs[i]->crl_urls, false, e) ||
		    !note_urls(c, certs[i], &certs[i]->freshest_urls, true, e))
			return false;
	return tx_commit(&tx, e);
}

bool crl_notes_flush(struct core *c, struct crl_notes *n, struct err *e)
{
	struct cert *taken[CRL_NOTES_MAX];
	size_t n_taken;
	bool good;

	pthread_mutex_lock(&n->lock);
	n_taken = n->n;
	memcpy(taken, n->certs, n_taken * sizeof *taken);
	n->n = 0;
	pthread_mutex_unlock(&n->lock);
	good = n_taken == 0 || write_all(c, taken, n_taken, e);
	for (size_t i = 0; i < n_taken; i++)
		cert_unref(taken[i]);
	return good;
}
