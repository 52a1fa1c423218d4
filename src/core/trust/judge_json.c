/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/judge_json.h"

#include "base/mem.h"
#include "base/text.h"
#include "x509/oid.h"
#include "x509/pem.h"

#include <string.h>

/* One question as the engine wants it. */
struct question {
	struct trust_policy policy;
	int64_t now_s;
	struct cert_list chain;
	struct cert_list store_certs[JUDGE_STORES_MAX];
	struct trust_store stores[JUDGE_STORES_MAX]; /* names borrowed from the JSON */
	size_t n_stores, n_certs;
	struct crl *crls[JUDGE_CRLS_MAX];
	size_t n_crls;
	struct buf policies; /* octets of the initial policies */
	bool leaf_unreadable, some_unreadable;
	char why[ERR_TEXT_MAX]; /* why the first unreadable one is */
};

static void question_free(struct question **pq)
{
	struct question *q = *pq;
	if (q == NULL)
		return;
	cert_list_clear(&q->chain);
	for (size_t i = 0; i < q->n_stores; i++)
		cert_list_clear(&q->store_certs[i]);
	for (size_t i = 0; i < q->n_crls; i++)
		crl_unref(q->crls[i]);
	mem_free(q->policy.initial_policies.items);
	buf_clear(&q->policies);
	mem_free(q);
}

static void remember_why(struct question *q, const struct err *why)
{
	if (!q->some_unreadable)
		text_copy(q->why, sizeof q->why, why->text);
	q->some_unreadable = true;
}

/* Every certificate of one PEM text into list. What does not parse is left out and remembered. */
static bool add_certs(struct question *q, const char *text, struct cert_list *list, struct err *e)
{
	struct pem pem AUTO_PEM = {.members = NULL};
	struct err why = ERR_INIT;
	if (!pem_read(span_str(text), &pem, &why)) {
		remember_why(q, &why);
		return why.code != ERR_NOMEM || err_nomem(e);
	}
	for (size_t i = 0; i < pem.n; i++) {
		struct cert *c AUTO_CERT = NULL;
		const struct pem_member *m = &pem.members[i];
		if (strcmp(m->label, "CERTIFICATE") != 0 &&
		    strcmp(m->label, "X509 CERTIFICATE") != 0) {
			(void)err_set(&why, ERR_FORMAT, "a PEM member is %s", m->label);
			remember_why(q, &why);
			continue;
		}
		if (++q->n_certs > JUDGE_CERTS_MAX)
			return err_set(e, ERR_LIMIT, "more than %d certificates", JUDGE_CERTS_MAX);
		if (!cert_parse(m->der.data, m->der.len, &c, &why)) {
			if (why.code == ERR_NOMEM)
				return err_nomem(e);
			remember_why(q, &why);
			continue;
		}
		if (!cert_list_add(list, c, e))
			return false;
	}
	return true;
}

static bool add_array(struct question *q, const json_t *array, const char *name,
		      struct cert_list *list, struct err *e)
{
	size_t i;
	const json_t *item;
	json_array_foreach(array, i, item)
	{
		if (!json_is_string(item))
			return err_set(e, ERR_INVALID, "member '%s' must hold PEM texts", name);
		if (!add_certs(q, json_string_value(item), list, e))
			return false;
	}
	return true;
}

static bool read_chain(struct question *q, const json_t *in, struct err *e)
{
	json_t *chain = NULL;
	if (!json_get_array_opt(in, "chain", &chain, e))
		return false;
	const json_t *leaf = json_array_get(chain, 0);
	if (leaf == NULL)
		return true;
	if (!json_is_string(leaf))
		return err_set(e, ERR_INVALID, "member 'chain' must hold PEM texts");
	if (!add_certs(q, json_string_value(leaf), &q->chain, e))
		return false;
	q->leaf_unreadable = q->chain.n == 0;
	for (size_t i = 1; i < json_array_size(chain); i++) {
		const json_t *item = json_array_get(chain, i);
		if (!json_is_string(item))
			return err_set(e, ERR_INVALID, "member 'chain' must hold PEM texts");
		if (!add_certs(q, json_string_value(item), &q->chain, e))
			return false;
	}
	return true;
}

static bool read_stores(struct question *q, const json_t *in, struct err *e)
{
	json_t *stores = json_object_get(in, "stores"), *certs;
	const char *name;
	if (stores == NULL || json_is_null(stores))
		return true;
	if (!json_is_object(stores))
		return err_set(e, ERR_INVALID, "member 'stores' must be an object");
	json_object_foreach(stores, name, certs)
	{
		if (q->n_stores == JUDGE_STORES_MAX)
			return err_set(e, ERR_LIMIT, "more than %d stores", JUDGE_STORES_MAX);
		if (!json_is_array(certs))
			return err_set(e, ERR_INVALID, "member 'stores.%s' must be an array", name);
		struct trust_store *s = &q->stores[q->n_stores];
		s->name = name;
		s->certs = &q->store_certs[q->n_stores];
		q->n_stores++;
		if (!add_array(q, certs, name, &q->store_certs[q->n_stores - 1], e))
			return false;
	}
	return true;
}

static bool read_crls(struct question *q, const json_t *in, struct err *e)
{
	json_t *crls = NULL, *item;
	size_t i;
	if (!json_get_array_opt(in, "crls", &crls, e))
		return false;
	json_array_foreach(crls, i, item)
	{
		struct pem pem AUTO_PEM = {.members = NULL};
		struct err why = ERR_INIT;
		if (!json_is_string(item))
			return err_set(e, ERR_INVALID, "member 'crls' must hold PEM texts");
		if (!pem_read(span_str(json_string_value(item)), &pem, &why))
			continue; /* nothing to check with, which is what the verdict will say */
		for (size_t k = 0; k < pem.n; k++) {
			if (q->n_crls == JUDGE_CRLS_MAX)
				return err_set(e, ERR_LIMIT, "more than %d revocation lists",
					       JUDGE_CRLS_MAX);
			if (crl_parse(pem.members[k].der.data, pem.members[k].der.len,
				      &q->crls[q->n_crls], &why))
				q->n_crls++;
		}
	}
	return true;
}

/* A word out of a list, by its place; left alone when the member is absent. */
static bool read_word(const json_t *in, const char *key, const char *const *words, int *out,
		      struct err *e)
{
	const char *word = NULL;
	if (!json_get_str_opt(in, key, &word, e))
		return false;
	for (int i = 0; word != NULL && words[i] != NULL; i++)
		if (strcmp(word, words[i]) == 0) {
			*out = i;
			return true;
		}
	return word == NULL || err_set(e, ERR_INVALID, "member '%s' is '%s'", key, word);
}

static bool read_name(struct question *q, const json_t *in, struct err *e)
{
	static const char *const kinds[] = {"", "DNS", "IP", "RFC822", "URI", NULL};
	uint8_t ip[16];
	size_t ip_len;
	int kind = NAME_NONE;
	if (!json_get_str_opt(in, "name", &q->policy.name, e) ||
	    !read_word(in, "name_kind", kinds, &kind, e))
		return false;
	if (q->policy.name != NULL && kind == NAME_NONE)
		kind = ip_parse(q->policy.name, ip, &ip_len) ? NAME_IP : NAME_DNS;
	q->policy.name_kind = (enum name_kind)kind;
	return true;
}

static bool read_initial(struct question *q, const json_t *policy, struct err *e)
{
	json_t *initial = NULL;
	if (!json_get_array_opt(policy, "initial", &initial, e))
		return false;
	size_t n = json_array_size(initial), ends[CERT_OIDS_MAX];
	if (n > CERT_OIDS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d initial policies", CERT_OIDS_MAX);
	for (size_t i = 0; i < n; i++) {
		const char *text = json_string_value(json_array_get(initial, i));
		if (text == NULL || !oid_from_text(text, &q->policies))
			return err_set(e, ERR_INVALID,
				       "member 'policy.initial' must hold dotted identifiers");
		ends[i] = q->policies.len;
	}
	if (n == 0)
		return true;
	struct oid_list *list = &q->policy.initial_policies;
	list->items = mem_array(n, sizeof *list->items);
	if (list->items == NULL)
		return err_nomem(e);
	for (; list->n < n; list->n++) {
		size_t start = list->n == 0 ? 0 : ends[list->n - 1];
		list->items[list->n] = span_of(q->policies.data + start, ends[list->n] - start);
	}
	return true;
}

static bool read_policy(struct question *q, const json_t *in, struct err *e)
{
	static const char *const purposes[] = {"server", "client", NULL};
	static const char *const profiles[] = {"default", "strict", NULL};
	static const char *const algorithms[] = {"default", "legacy", NULL};
	int purpose = PURPOSE_CLIENT, profile = PROFILE_DEFAULT, legacy = 0;
	int64_t mode = TRUST_MACHINE, depth = -1;
	bool revocation = false;
	struct trust_policy *p = &q->policy;
	if (!json_get_int(in, "time", INT64_MIN, INT64_MAX, &q->now_s, e) ||
	    !json_get_int_opt(in, "mode", 0, 2, &mode, e) ||
	    !json_get_int_opt(in, "max_depth", 0, TRUST_MAX_DEPTH, &depth, e) ||
	    !json_get_str_opt(in, "issuer_store", &p->issuer_store, e) ||
	    !json_get_bool_opt(in, "check_revocation", &revocation, e) ||
	    !read_word(in, "purpose", purposes, &purpose, e) ||
	    !read_word(in, "profile", profiles, &profile, e) ||
	    !read_word(in, "algorithms", algorithms, &legacy, e) || !read_name(q, in, e))
		return false;
	p->mode = (enum trust_mode)mode;
	p->max_depth = (int)depth;
	p->purpose = (enum cert_purpose)purpose;
	p->profile = (enum trust_profile)profile;
	p->legacy_algorithms = legacy != 0;
	p->check_usage = true;
	p->revocation = revocation ? REVOCATION_CHECK : REVOCATION_OFF;
	const json_t *policy = json_object_get(in, "policy");
	if (policy == NULL || json_is_null(policy))
		return true;
	if (!json_is_object(policy))
		return err_set(e, ERR_INVALID, "member 'policy' must be an object");
	return json_get_bool_opt(policy, "explicit", &p->explicit_policy, e) &&
	       json_get_bool_opt(policy, "inhibit_mapping", &p->inhibit_mapping, e) &&
	       json_get_bool_opt(policy, "inhibit_any", &p->inhibit_any, e) &&
	       read_initial(q, policy, e);
}

static json_t *path_of(const struct verdict *v)
{
	json_t *list = json_array();
	for (size_t i = 0; v->n_paths > 0 && i < v->paths[0].n_steps; i++) {
		const struct trust_step *s = &v->paths[0].steps[i];
		struct buf subject AUTO_BUF = BUF_INIT;
		name_text(&s->cert->subject, &subject);
		json_t *step = json_object();
		json_object_set_new(step, "sha256", json_string(s->cert->id));
		json_object_set_new(step, "subject", json_text(buf_span(&subject)));
		json_object_set_new(step, "store", json_string(s->store));
		json_array_append_new(list, step);
	}
	return list;
}

static bool answer(const json_t *in, const struct verdict *v, json_t **out, struct err *e)
{
	json_t *o AUTO_JSON = json_object();
	json_t *id = json_object_get(in, "id");
	json_object_set_new(o, "id", id == NULL ? json_null() : json_incref(id));
	json_object_set_new(o, "verdict", json_string(v->accept ? "accept" : "refuse"));
	json_object_set_new(o, "reason", json_string(v->reason));
	json_object_set_new(o, "status", json_integer(v->accept ? 200 : 403));
	json_object_set_new(o, "substatus", json_integer(v->substatus));
	json_object_set_new(o, "win32", json_integer((json_int_t)v->win32));
	json_object_set_new(o, "explanation", json_text(span_str(v->explanation)));
	if (o == NULL || json_object_set_new(o, "path", path_of(v)) != 0)
		return err_nomem(e);
	*out = o;
	o = NULL;
	return true;
}

DEFINE_AUTO(struct trust_view *, judge_view, trust_view_unref)

static bool judge(struct question *q, struct signature_cache *cache, struct verdict **out,
		  struct err *e)
{
	struct trust_view *view AUTO(judge_view_autop) = NULL;
	struct verdict *v AUTO(verdict_autop) = NULL;
	if (q->leaf_unreadable)
		return verdict_unreadable(q->why, out, e);
	if (!trust_view_new(q->stores, q->n_stores, q->crls, q->n_crls, &view, e) ||
	    !trust_judge(view, &q->policy, q->chain.items, q->chain.n, q->now_s, cache, &v, e))
		return false;
	/* The link that is missing may be one that could not be read. */
	if (q->some_unreadable && strcmp(v->reason, "trust.chain_breaks") == 0)
		return verdict_unreadable(q->why, out, e);
	*out = v;
	v = NULL;
	return true;
}

bool judge_json(const json_t *in, struct signature_cache *cache, json_t **out, struct err *e)
{
	struct question *q AUTO(question_free) = mem_new(struct question);
	struct verdict *v AUTO(verdict_autop) = NULL;
	if (q == NULL)
		return err_nomem(e);
	if (!json_is_object(in))
		return err_set(e, ERR_INVALID, "the question must be an object");
	return read_policy(q, in, e) && read_chain(q, in, e) && read_stores(q, in, e) &&
	       read_crls(q, in, e) && judge(q, cache, &v, e) && answer(in, v, out, e);
}
