/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/evidence.h"

#include "base/mem.h"
#include "base/text.h"
#include "core/reading/reader.h"
#include "core/trust/evidence_box.h"
#include "core/trust/trust.h"
#include "core/view/view_parts.h"
#include "core/view/view_verdict.h"
#include "x509/signature.h"

#include <string.h>

static void box_free(struct box **pb)
{
	struct box *b = *pb;

	if (!b)
		return;
	for (size_t i = 0; i < b->n_stores; i++)
		cert_list_clear(&b->stores[i].certs);
	for (size_t i = 0; i < b->n_clients; i++) {
		cert_list_clear(&b->clients[i].chain);
		for (size_t mode = 0; mode < 3; mode++)
			verdict_free(b->clients[i].verdicts[mode]);
	}
	mem_free(b);
}

struct box_store *box_find(struct box *b, const char *store)
{
	for (size_t i = 0; i < b->n_stores; i++)
		if (text_equal_nocase(b->stores[i].name, store))
			return &b->stores[i];
	return NULL;
}

/* ---- what was brought ---- */

static bool store_get(struct box *b, const char *name, struct box_store **out, struct err *e)
{
	/* The logical store Root shows the physical AuthRoot too. */
	const char *as = text_equal_nocase(name, "AuthRoot") ? "Root" : name;

	*out = box_find(b, as);
	if (*out)
		return true;
	if (*as == '\0' || strlen(as) >= sizeof(b->stores[0].name) || !text_is_utf8(span_str(as)))
		return err_reason(e, "request.member", "'%.40s' is no name of a store", as);
	if (b->n_stores == EVIDENCE_STORES_MAX)
		return err_set(e, ERR_LIMIT, "files of more than %d stores", EVIDENCE_STORES_MAX);
	*out = &b->stores[b->n_stores++];
	text_copy((*out)->name, sizeof((*out)->name), as);
	return true;
}

static bool client_add(struct box *b, const struct bag *bag, struct err *e)
{
	struct box_client *client = &b->clients[b->n_clients];

	if (b->n_clients == EVIDENCE_CLIENTS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d client chains", EVIDENCE_CLIENTS_MAX);
	b->n_clients++;
	for (size_t i = 0; i < bag->certs.n; i++)
		if (!cert_list_add(&client->chain, bag->certs.items[i], e))
			return false;
	return true;
}

static bool file_add(struct box *b, const struct evidence_file *f, struct err *e)
{
	struct bag bag AUTO_BAG = BAG_INIT;
	struct box_store *store;

	if (!reader_bag(f->file, b->in->password, true, &bag, e))
		return err_wrap(e, "a file from %.40s", f->store);
	if (bag.certs.n == 0)
		return err_reason(e, "file.no_certificate", "no certificate in a file from %.40s",
				  f->store);
	if (text_equal_nocase(f->store, EVIDENCE_CLIENT))
		return client_add(b, &bag, e);
	if (!store_get(b, f->store, &store, e))
		return false;
	for (size_t i = 0; i < bag.certs.n; i++) {
		struct cert *c = bag.certs.items[i];

		if (cert_list_has(&store->certs, c))
			continue;
		if (!cert_list_add(&store->certs, c, e))
			return false;
		store->not_self_signed += !cert_is_self_signed(c);
	}
	return true;
}

static bool has_members(struct box *b, const char *store)
{
	return store && *store && box_find(b, store);
}

/* As the engine finds it: DESIGN "Trust, exactly". */
static void list_measure(struct box *b)
{
	const struct box_store *s;
	bool only_intermediates;

	b->list_source = has_members(b, b->in->issuer_store)  ? b->in->issuer_store
			 : has_members(b, "ClientAuthIssuer") ? "ClientAuthIssuer"
							      : "Root";
	s = box_find(b, b->list_source);
	only_intermediates = s && strcmp(b->list_source, "Root") == 0 && s->not_self_signed > 0;
	for (size_t i = 0; s && i < s->certs.n; i++)
		if (!only_intermediates || !cert_is_self_signed(s->certs.items[i]))
			b->list_bytes += 2 + s->certs.items[i]->subject.der.len;
}

static bool settings_read(struct box *b, struct err *e)
{
	const struct evidence *in = b->in;

	b->reg = (struct reg_settings)REG_SETTINGS_INIT;
	if (in->reg.len > 0 && !reader_reg(in->reg, &b->reg, e))
		return false;
	if (in->mode >= 0)
		b->mode = (enum trust_mode)in->mode;
	else if (b->reg.mode >= TRUST_MACHINE && b->reg.mode <= TRUST_EXCLUSIVE_CA)
		b->mode = (enum trust_mode)b->reg.mode;
	b->send = in->send >= 0 ? in->send != 0 : b->reg.send > 0;
	return true;
}

static void view_autop(struct trust_view **v)
{
	trust_view_unref(*v);
}

static bool clients_judge(struct box *b, struct err *e)
{
	struct trust_store stores[EVIDENCE_STORES_MAX];
	struct trust_view *view AUTO(view_autop) = NULL;
	struct trust_policy policy = {.issuer_store = b->in->issuer_store,
				      .purpose = PURPOSE_CLIENT,
				      .check_usage = true,
				      .max_depth = -1};

	for (size_t i = 0; i < b->n_stores; i++)
		stores[i] = (struct trust_store){b->stores[i].name, &b->stores[i].certs};
	if (!trust_view_new(stores, b->n_stores, NULL, 0, &view, e))
		return false;
	for (size_t i = 0; i < b->n_clients; i++) {
		struct box_client *c = &b->clients[i];

		for (int mode = TRUST_MACHINE; mode <= TRUST_EXCLUSIVE_CA; mode++) {
			policy.mode = (enum trust_mode)mode;
			if (!trust_judge(view, &policy, c->chain.items, c->chain.n, b->in->now_s,
					 NULL, &c->verdicts[mode], e))
				return false;
		}
	}
	return true;
}

/* ---- what is told ---- */

static json_t *notes_view(const struct box *b)
{
	json_t *notes = json_array();

	if (b->in->reg.len > 0 && !b->reg.found_key)
		json_array_append_new(notes, json_string("The .reg file does not hold Schannel's "
							 "key: nothing of it was used."));
	if (b->reg.mode > TRUST_EXCLUSIVE_CA)
		json_array_append_new(
			notes, json_sprintf("ClientAuthTrustMode is %lld, which is none of 0, 1 "
					    "and 2: taken as 0.",
					    (long long)b->reg.mode));
	if (b->reg.misspelled)
		json_array_append_new(notes,
				      json_string("SendTrustedIssuers is no setting of Windows: it "
						  "is SendTrustedIssuerList."));
	if (b->in->issuer_store && *b->in->issuer_store &&
	    strcmp(b->list_source, b->in->issuer_store) != 0)
		json_array_append_new(
			notes, json_sprintf("Nothing was brought from %s, so it counts as empty.",
					    b->in->issuer_store));
	return notes;
}

static const char *from_where(int given, int64_t in_reg)
{
	return given >= 0 ? "given" : in_reg >= 0 ? "reg" : "default";
}

static json_t *settings_view(const struct box *b)
{
	return json_pack("{s:i, s:s, s:b, s:s, s:s, s:I, s:i, s:o}", "mode", (int)b->mode,
			 "mode_from", from_where(b->in->mode, b->reg.mode),
			 "send_trusted_issuer_list", b->send, "send_from",
			 from_where(b->in->send, b->reg.send), "issuer_list_source", b->list_source,
			 "issuer_list_bytes", (json_int_t)b->list_bytes, "issuer_list_limit_bytes",
			 ISSUER_LIST_LIMIT_BYTES, "notes", notes_view(b));
}

static json_t *stores_view(const struct box *b)
{
	json_t *list = json_array();

	for (size_t i = 0; i < b->n_stores; i++)
		json_array_append_new(list, json_pack("{s:s, s:I, s:I}", "store", b->stores[i].name,
						      "members", (json_int_t)b->stores[i].certs.n,
						      "not_self_signed",
						      (json_int_t)b->stores[i].not_self_signed));
	return list;
}

static json_t *text_or_null(const char *s)
{
	return *s ? json_string(s) : json_null();
}

static json_t *log_view(const struct iis_log *l)
{
	if (!l)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o, s:o}", "lines",
			 (json_int_t)l->lines, "requests", (json_int_t)l->requests, "passed",
			 (json_int_t)l->passed, "malformed", (json_int_t)l->malformed,
			 "without_fields", (json_int_t)l->without_fields, "field_lines",
			 (json_int_t)l->field_lines, "others", (json_int_t)l->others, "truncated",
			 l->truncated, "first", text_or_null(l->first), "last",
			 text_or_null(l->last));
}

static json_t *number_or_null(int64_t n)
{
	return n >= 0 ? json_integer((json_int_t)n) : json_null();
}

static json_t *refusal_view(struct box *b, const struct iis_refusal *r)
{
	json_t *clients = json_array();
	const char *name = win32_name(r->win32);

	for (size_t i = 0; i < r->n_clients; i++)
		json_array_append_new(clients, json_string(r->clients[i]));
	return json_pack("{s:i, s:o, s:o, s:o, s:I, s:o, s:o, s:I, s:o, s:o}", "status", r->status,
			 "substatus", number_or_null(r->substatus), "win32",
			 number_or_null(r->win32), "name", name ? json_string(name) : json_null(),
			 "count", (json_int_t)r->count, "first", text_or_null(r->first), "last",
			 text_or_null(r->last), "passed_before", (json_int_t)r->passed_before,
			 "clients", clients, "causes", evidence_causes(b, r));
}

/* The most frequent first. */
static json_t *refusals_view(struct box *b)
{
	json_t *list = json_array();
	bool told[IIS_REFUSALS_MAX] = {false};

	for (size_t n = 0; b->in->log && n < b->in->log->n_refusals; n++) {
		const struct iis_log *l = b->in->log;
		size_t best = IIS_REFUSALS_MAX;

		for (size_t i = 0; i < l->n_refusals; i++)
			if (!told[i] && (best == IIS_REFUSALS_MAX ||
					 l->refusals[i].count > l->refusals[best].count))
				best = i;
		told[best] = true;
		json_array_append_new(list, refusal_view(b, &l->refusals[best]));
	}
	return list;
}

static json_t *clients_view(const struct box *b)
{
	json_t *list = json_array();

	for (size_t i = 0; i < b->n_clients; i++) {
		const struct box_client *c = &b->clients[i];
		json_t *modes = json_array();

		for (int mode = TRUST_MACHINE; mode <= TRUST_EXCLUSIVE_CA; mode++)
			json_array_append_new(
				modes, view_verdict(c->verdicts[mode], (enum trust_mode)mode));
		json_array_append_new(list,
				      json_pack("{s:o, s:s, s:o}", "subject",
						view_name(&c->chain.items[0]->subject), "sha256",
						c->chain.items[0]->id, "modes", modes));
	}
	return list;
}

bool evidence_judge(const struct evidence *in, json_t **out, struct err *e)
{
	struct box *b AUTO(box_free) = mem_new(struct box);

	if (!b)
		return err_nomem(e);
	b->in = in;
	if (in->n_files > EVIDENCE_FILES_MAX)
		return err_set(e, ERR_LIMIT, "%zu certificate files, at most %d", in->n_files,
			       EVIDENCE_FILES_MAX);
	for (size_t i = 0; i < in->n_files; i++)
		if (!file_add(b, &in->files[i], e))
			return false;
	if (!settings_read(b, e))
		return false;
	list_measure(b);
	if (!clients_judge(b, e))
		return false;
	*out = json_pack("{s:o, s:o, s:o, s:o, s:o}", "settings", settings_view(b), "stores",
			 stores_view(b), "log", log_view(in->log), "refusals", refusals_view(b),
			 "clients", clients_view(b));
	return *out || err_nomem(e);
}
