/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/agent_trust.h"

#include "base/mem.h"
#include "base/text.h"
#include "wire/agent_trust_folder.h"
#include "x509/pem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the order of the digest's lines. */
enum { STORE_CA, STORE_DISALLOWED, STORE_ROOT, N_STORES };
static const char *const store_names[N_STORES] = {[STORE_CA] = AGENT_TRUST_CA,
						  [STORE_DISALLOWED] = AGENT_TRUST_DISALLOWED,
						  [STORE_ROOT] = AGENT_TRUST_ROOT};

struct agent_trust {
	atomic_int refs;
	struct cert_list lists[N_STORES];
	char digest[2 * SHA256_BYTES + 1];
	uint8_t stamp[SHA256_BYTES];
	struct agent_trust_ignored ignored[AGENT_TRUST_IGNORED_MAX];
	size_t n_ignored;
};

struct agent_trust *agent_trust_ref(struct agent_trust *t)
{
	atomic_fetch_add(&t->refs, 1);
	return t;
}

void agent_trust_unref(struct agent_trust *t)
{
	if (!t || atomic_fetch_sub(&t->refs, 1) != 1)
		return;
	for (int i = 0; i < N_STORES; i++)
		cert_list_clear(&t->lists[i]);
	mem_free(t);
}

static void ignore(struct agent_trust *t, const char *store, const char *name, const struct err *e)
{
	size_t i = t->n_ignored++;

	if (i >= AGENT_TRUST_IGNORED_MAX)
		return;
	(void)snprintf(t->ignored[i].file, sizeof(t->ignored[i].file), "%s/%s", store, name);
	text_copy(t->ignored[i].why, sizeof(t->ignored[i].why), e->text);
}

size_t agent_trust_count(const struct agent_trust *t)
{
	size_t n = 0;

	for (int i = 0; i < N_STORES; i++)
		n += t->lists[i].n;
	return n;
}

static bool too_many(struct err *e)
{
	return err_set(e, ERR_LIMIT, "more than %d certificates", AGENT_TRUST_MAX);
}

static bool take(struct agent_trust *t, int store, struct cert *c, struct err *e)
{
	if (cert_list_has(&t->lists[store], c))
		return true;
	if (agent_trust_count(t) >= AGENT_TRUST_MAX)
		return too_many(e);
	return cert_list_add(&t->lists[store], c, e);
}

/* Its certificates, each once. */
static bool pem_certs(struct span text, struct cert_list *out, struct err *e)
{
	struct pem pem AUTO_PEM = {.n = 0};

	if (!pem_read(text, &pem, e))
		return false;
	for (size_t i = 0; i < pem.n; i++) {
		struct cert *c AUTO_CERT = NULL;

		if (strcmp(pem.members[i].label, "CERTIFICATE") != 0)
			continue;
		if (!cert_parse(pem.members[i].der.data, pem.members[i].der.len, &c, e))
			return false;
		if (!cert_list_has(out, c) && !cert_list_add(out, c, e))
			return false;
	}
	return true;
}

static size_t count_new(const struct agent_trust *t, int store, const struct cert_list *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += !cert_list_has(&t->lists[store], list->items[i]);
	return n;
}

/* All of the file or nothing: what is said to be ignored must not be trusted in part. */
static bool take_pem(struct agent_trust *t, int store, struct span text, struct err *e)
{
	struct cert_list list AUTO_CERT_LIST = CERT_LIST_INIT;

	if (!pem_certs(text, &list, e))
		return false;
	if (list.n == 0)
		return err_reason(e, "pem.corrupt", "there is no certificate in it");
	if (agent_trust_count(t) + count_new(t, store, &list) > AGENT_TRUST_MAX)
		return too_many(e);
	for (size_t i = 0; i < list.n; i++)
		if (!take(t, store, list.items[i], e))
			return false;
	return true;
}

/* A name like ours must tell the truth: a file that was damaged or swapped is none. */
static bool name_fits(int store, const char *name, const struct cert *c, struct err *e)
{
	size_t len = strlen(c->id);

	if (store == STORE_DISALLOWED || strlen(name) != len + strlen(".cer") ||
	    strspn(name, "0123456789abcdef") != len)
		return true;
	return strncmp(name, c->id, len) == 0 ||
	       err_set(e, ERR_FORMAT, "holds the certificate %s, which is not its name", c->id);
}

static bool take_file(struct agent_trust *t, int store, const struct trust_folder *f,
		      const char *name, struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;
	struct cert *c AUTO_CERT = NULL;

	if (!trust_folder_read(f, name, &text, e))
		return false;
	if (pem_looks_like(buf_span(&text)))
		return take_pem(t, store, buf_span(&text), e);
	return cert_parse(text.data, text.len, &c, e) && name_fits(store, name, c, e) &&
	       take(t, store, c, e);
}

static int by_id(const void *a, const void *b)
{
	return strcmp((*(struct cert *const *)a)->id, (*(struct cert *const *)b)->id);
}

/* Says nothing of the file, and may be over at the next look. */
static bool is_passing(const struct err *e)
{
	return e->code == ERR_NOMEM || e->sys == EMFILE || e->sys == ENFILE || e->sys == ENOMEM ||
	       e->sys == EIO;
}

/* Less of Root or CA is less trust; less of Disallowed would be more, so that must not be. */
static bool take_store(struct agent_trust *t, int store, const struct trust_folder *f,
		       struct err *e)
{
	bool strict = store == STORE_DISALLOWED;

	for (size_t i = 0; i < f->n; i++) {
		struct err why = ERR_INIT;

		if (take_file(t, store, f, f->names[i], &why))
			continue;
		if (strict || is_passing(&why)) {
			*e = why;
			return err_wrap(e, "%s/%.80s", store_names[store], f->names[i]);
		}
		ignore(t, store_names[store], f->names[i], &why);
	}
	if (f->is_cut) {
		struct err why = ERR_INIT;

		(void)err_set(&why, ERR_LIMIT, "more than %d files in %s", AGENT_TRUST_NAMES_MAX,
			      store_names[store]);
		if (strict) {
			*e = why;
			return false;
		}
		ignore(t, store_names[store], "", &why);
	}
	if (t->lists[store].n > 0)
		qsort(t->lists[store].items, t->lists[store].n, sizeof(struct cert *), by_id);
	return true;
}

static bool digest_take(struct agent_trust *t, struct err *e)
{
	struct buf lines AUTO_BUF = BUF_INIT;
	uint8_t hash[SHA256_BYTES];

	for (int s = 0; s < N_STORES; s++)
		for (size_t i = 0; i < t->lists[s].n; i++)
			buf_printf(&lines, "%s:%s\n", store_names[s], t->lists[s].items[i]->id);
	if (!buf_ok(&lines))
		return err_nomem(e);
	sha256(buf_span(&lines), hash);
	hex_lower(span_of(hash, sizeof(hash)), t->digest);
	return true;
}

struct folders {
	struct trust_folder of[N_STORES];
};

static void folders_clear(struct folders *f)
{
	for (int i = 0; i < N_STORES; i++)
		trust_folder_clear(&f->of[i]);
}

static bool folders_open(const char *dir, struct folders *out, uint8_t stamp[static SHA256_BYTES],
			 struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;

	for (int i = 0; i < N_STORES; i++)
		out->of[i] = (struct trust_folder)TRUST_FOLDER_INIT;
	for (int i = 0; i < N_STORES; i++) {
		if (!trust_folder_open(dir, store_names[i], &out->of[i], e))
			return false;
		trust_folder_stamp(&out->of[i], &text);
	}
	if (!buf_ok(&text))
		return err_nomem(e);
	sha256(buf_span(&text), stamp);
	return true;
}

static bool read_folders(const struct folders *f, const uint8_t stamp[static SHA256_BYTES],
			 struct agent_trust **out, struct err *e)
{
	static const int order[] = {STORE_DISALLOWED, STORE_ROOT, STORE_CA};
	struct agent_trust *t AUTO_AGENT_TRUST = mem_new(struct agent_trust);

	if (!t)
		return err_nomem(e);
	atomic_init(&t->refs, 1);
	memcpy(t->stamp, stamp, SHA256_BYTES);
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		if (!take_store(t, order[i], &f->of[order[i]], e))
			return err_wrap(e, "trust directory");
	if (!digest_take(t, e))
		return false;
	*out = t;
	t = NULL;
	return true;
}

bool agent_trust_read(const char *state_dir, struct agent_trust **out, struct err *e)
{
	struct folders f AUTO(folders_clear);
	uint8_t stamp[SHA256_BYTES];

	return folders_open(state_dir, &f, stamp, e) && read_folders(&f, stamp, out, e);
}

bool agent_trust_refresh(const char *state_dir, struct agent_trust **io, bool *changed_out,
			 struct err *e)
{
	struct folders f AUTO(folders_clear);
	uint8_t stamp[SHA256_BYTES];
	struct agent_trust *t = NULL;

	if (!folders_open(state_dir, &f, stamp, e))
		return false;
	*changed_out = false;
	if (*io && memcmp((*io)->stamp, stamp, sizeof(stamp)) == 0)
		return true;
	if (!read_folders(&f, stamp, &t, e))
		return false;
	*changed_out = !*io || strcmp((*io)->digest, t->digest) != 0;
	agent_trust_unref(*io);
	*io = t;
	return true;
}

const struct cert_list *agent_trust_roots(const struct agent_trust *t)
{
	return &t->lists[STORE_ROOT];
}

const struct cert_list *agent_trust_intermediates(const struct agent_trust *t)
{
	return &t->lists[STORE_CA];
}

const struct cert_list *agent_trust_disallowed(const struct agent_trust *t)
{
	return &t->lists[STORE_DISALLOWED];
}

const struct agent_trust_ignored *agent_trust_ignored(const struct agent_trust *t, size_t *n_out,
						      size_t *total_out)
{
	*total_out = t->n_ignored;
	*n_out = t->n_ignored < AGENT_TRUST_IGNORED_MAX ? t->n_ignored : AGENT_TRUST_IGNORED_MAX;
	return t->ignored;
}

bool agent_trust_holds(const struct agent_trust *t, const char *store, const char *sha256)
{
	for (int s = 0; s < N_STORES; s++)
		for (size_t i = 0; strcmp(store, store_names[s]) == 0 && i < t->lists[s].n; i++)
			if (strcmp(t->lists[s].items[i]->id, sha256) == 0)
				return true;
	return false;
}

const char *agent_trust_digest(const struct agent_trust *t)
{
	return t->digest;
}

static json_t *item_json(const char *store, const struct cert *c)
{
	struct buf text AUTO_BUF = BUF_INIT;
	char subject[AGENT_TRUST_SUBJECT_MAX];

	name_text(&c->subject, &text);
	text_copy(subject, sizeof(subject), buf_str(&text));
	return json_pack("{s:s, s:s, s:o, s:o}", "sha256", c->id, "store", store, "subject",
			 json_text(span_str(subject)), "not_after", json_time(c->not_after_s));
}

json_t *agent_trust_inventory(const struct agent_trust *t)
{
	json_t *items = json_array();

	for (int s = 0; items && s < N_STORES; s++)
		for (size_t i = 0; i < t->lists[s].n; i++)
			if (json_array_append_new(
				    items, item_json(store_names[s], t->lists[s].items[i])) != 0) {
				json_decref(items);
				return NULL;
			}
	return items ? json_pack("{s:s, s:o}", "digest", t->digest, "items", items) : NULL;
}

bool agent_trust_is_store(const char *store)
{
	for (int i = 0; i < N_STORES; i++)
		if (strcmp(store, store_names[i]) == 0)
			return true;
	return false;
}
