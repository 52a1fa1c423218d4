/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/lint.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/bindings/bindings.h"
#include "core/certs/trust_stores.h"
#include "core/console/settings.h"
#include "core/trust/trust.h"
#include "core/view/view_parts.h"
#include "store/stores.h"
#include "x509/signature.h"

#include <string.h>

static bool store_load(void *arg, const struct store_row *row, struct err *e)
{
	struct lint *l = arg;
	struct lint_store *s = &l->stores[l->n_stores];

	if (l->n_stores == LINT_STORES_MAX)
		return true; /* the engine looks at no more either */
	text_copy(s->name, sizeof(s->name), row->name);
	s->builtin = row->builtin;
	l->n_stores++;
	if (!trust_store_members(l->c, row->name, &s->members, e))
		return false;
	s->self_signed = mem_array(s->members.n + 1, sizeof(bool));
	if (!s->self_signed)
		return err_nomem(e);
	for (size_t i = 0; i < s->members.n; i++)
		s->self_signed[i] = cert_is_self_signed(s->members.items[i]);
	return true;
}

bool lint_load(struct core *c, struct lint *out, struct err *e)
{
	int64_t mode;
	json_t *list = NULL;

	out->c = c;
	out->now_s = core_now_s(c);
	out->findings = json_array();
	if (!settings_get_int(c, "trust_mode", &mode, e) || !bindings_list(c, &list, e))
		return false;
	out->mode = (enum trust_mode)mode;
	out->bindings = json_is_array(list) ? list : json_incref(json_object_get(list, "items"));
	if (out->bindings != list)
		json_decref(list);
	return store_row_list(core_store(c), store_load, out, e);
}

void lint_clear(struct lint *l)
{
	for (size_t i = 0; i < l->n_stores; i++) {
		cert_list_clear(&l->stores[i].members);
		mem_free(l->stores[i].self_signed);
	}
	json_decref(l->bindings);
	json_decref(l->findings);
}

const struct lint_store *lint_store(const struct lint *l, const char *name)
{
	for (size_t i = 0; i < l->n_stores; i++)
		if (text_equal_nocase(l->stores[i].name, name))
			return &l->stores[i];
	return NULL;
}

bool lint_store_has(const struct lint *l, const char *store, const struct cert *cert)
{
	const struct lint_store *s = lint_store(l, store);

	return s && cert_list_has(&s->members, cert);
}

static json_t *text_or_null(const char *s)
{
	return s ? json_string(s) : json_null();
}

bool lint_add(struct lint *l, const struct lint_finding *f, struct err *e)
{
	static const char *const severities[] = {"error", "warning", "note"};
	static const char *const hows[] = {NULL, "move_to_ca", "remove"};
	struct buf id AUTO_BUF = BUF_INIT;
	json_t *o;

	if (json_array_size(l->findings) == LINT_FINDINGS_MAX)
		return true;
	buf_printf(&id, "%s:%s:%.16s", f->rule, f->store ? f->store->name : "",
		   f->cert    ? f->cert->id
		   : f->about ? f->about
			      : "");
	if (!buf_ok(&id))
		return err_nomem(e);
	o = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:s, s:s, s:b, s:o}", "id",
		      buf_str(&id), "rule", f->rule, "severity", severities[f->severity], "store",
		      text_or_null(f->store ? f->store->name : NULL), "sha256",
		      text_or_null(f->cert ? f->cert->id : NULL), "thumbprint",
		      text_or_null(f->cert ? f->cert->thumbprint : NULL), "subject",
		      f->cert ? view_name(&f->cert->subject) : json_null(), "evidence", f->evidence,
		      "consequence", f->consequence, "cure", f->cure, "fixable",
		      f->how != CURE_BY_HAND, "fix", text_or_null(hows[f->how]));
	return json_array_append_new(l->findings, o) == 0 || err_nomem(e);
}

static bool run(struct lint *l, struct err *e)
{
	return lint_members(l, e) && lint_keys(l, e) && lint_lists(l, e);
}

static json_t *summary(const json_t *findings)
{
	json_int_t errors = 0, warnings = 0, fixable = 0;
	size_t i;
	const json_t *f;

	json_array_foreach((json_t *)(uintptr_t)findings, i, f)
	{
		const char *severity = json_string_value(json_object_get(f, "severity"));

		errors += strcmp(severity, "error") == 0;
		warnings += strcmp(severity, "warning") == 0;
		fixable += json_is_true(json_object_get(f, "fixable"));
	}
	return json_pack("{s:I, s:I, s:I}", "errors", errors, "warnings", warnings, "fixable",
			 fixable);
}

bool trust_lint(struct core *c, json_t **out, struct err *e)
{
	struct lint l AUTO_LINT = {.c = c};

	if (!lint_load(c, &l, e) || !run(&l, e))
		return false;
	*out = json_pack("{s:O, s:o}", "findings", l.findings, "summary", summary(l.findings));
	return *out || err_nomem(e);
}
