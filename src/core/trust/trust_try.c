/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/trust.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "core/certs/certs.h"
#include "core/certs/trust_stores.h"
#include "core/reading/reader.h"
#include "core/trust/causes.h"
#include "core/trust/refusals.h"
#include "core/trust/remedies.h"
#include "core/view/view_verdict.h"
#include "x509/bag.h"

#include <string.h>

static bool read_chain(struct span file, struct bag *out, struct err *e)
{
	if (!reader_bag(file, NULL, true, out, e))
		return false;
	if (out->certs.n == 0)
		return err_reason(e, "file.no_certificate", "no certificate in the file");
	return true;
}

/* One judgement, with the remedies that the stores suggest. */
static bool judge(struct core *c, const struct trust_view *view, const struct trust_policy *policy,
		  const struct cert_list *chain, int64_t time_s, struct signature_cache *signatures,
		  json_t **out, struct err *e)
{
	struct verdict *v AUTO(verdict_autop) = NULL;
	json_t *o AUTO_JSON = NULL, *cause AUTO_JSON = NULL;

	if (!trust_judge(view, policy, chain->items, chain->n, time_s ? time_s : core_now_s(c),
			 signatures, &v, e) ||
	    !cause_of_verdict(c, v, policy, &cause, e))
		return false;
	o = view_verdict(v, policy->mode);
	if (!o || json_object_set_new(o, "remedies", remedies_for(c, v, policy)) != 0 ||
	    json_object_set_new(o, "cause", json_incref(cause)) != 0)
		return err_nomem(e);
	*out = json_incref(o);
	return true;
}

static void view_autop(struct trust_view **v)
{
	trust_view_unref(*v);
}

bool trust_try(struct core *c, const struct trust_trial *t, json_t **out, struct err *e)
{
	struct bag bag AUTO_BAG = BAG_INIT;
	struct trust_view *view AUTO(view_autop) = NULL;
	struct trust_policy policy;
	json_t *binding AUTO_JSON = NULL;

	if (!read_chain(t->file, &bag, e) ||
	    !trust_policy_of(c, t->binding, t->mode, &policy, &binding, e))
		return false;
	if (t->settings)
		trust_policy_from(t->settings, &policy);
	return trust_stores_view(c, &view, e) &&
	       judge(c, view, &policy, &bag.certs, t->time_s, t->signatures, out, e);
}

/* The draft: certificates to add to and to take from stores. */
struct draft_step {
	bool add;
	const char *store; /* borrowed from the question */
	struct cert *cert;
};

struct draft {
	struct draft_step steps[DRAFT_STEPS_MAX];
	size_t n;
};

static void draft_clear(struct draft *d)
{
	for (size_t i = 0; i < d->n; i++)
		cert_unref(d->steps[i].cert);
}

static bool draft_cert(struct core *c, const json_t *step, struct cert **out, struct err *e)
{
	const char *name = NULL, *file = NULL;
	struct buf bytes AUTO_BUF = BUF_INIT;
	struct bag bag AUTO_BAG = BAG_INIT;

	if (!json_get_str_opt(step, "cert", &name, e) || !json_get_str_opt(step, "file", &file, e))
		return false;
	if (name)
		return certs_find(c, name, out, e);
	if (!file)
		return err_reason(e, "request.member", "a step of the draft needs cert or file");
	if (strstr(file, "-----BEGIN "))
		buf_add_str(&bytes, file);
	else if (!base64_decode(span_str(file), &bytes))
		return json_refuse(e, "file", "must be base64 or PEM text");
	if (!buf_ok(&bytes))
		return err_nomem(e);
	if (!read_chain(buf_span(&bytes), &bag, e))
		return false;
	*out = cert_ref(bag.certs.items[0]);
	return true;
}

static bool step_read(struct core *c, const json_t *step, struct draft *out, struct err *e)
{
	struct draft_step *s = &out->steps[out->n];
	const char *action;

	if (!json_get_str(step, "action", &action, e) || !json_get_str(step, "store", &s->store, e))
		return false;
	s->add = strcmp(action, "add") == 0;
	if (!s->add && strcmp(action, "remove") != 0)
		return json_refuse(e, "action", "must be add or remove");
	if (!draft_cert(c, step, &s->cert, e))
		return false;
	out->n++;
	return true;
}

static bool draft_read(struct core *c, const json_t *steps, struct draft *out, struct err *e)
{
	size_t i;
	const json_t *step;

	if (json_array_size(steps) > DRAFT_STEPS_MAX)
		return err_set(e, ERR_LIMIT, "a draft of %zu steps, at most %d",
			       json_array_size(steps), DRAFT_STEPS_MAX);
	json_array_foreach((json_t *)(uintptr_t)steps, i, step)
	{
		if (!step_read(c, step, out, e))
			return json_refuse_in(e, "draft", i);
	}
	return true;
}

static bool take_out(struct cert_list *members, const struct cert *cert, struct err *e)
{
	struct cert_list kept = CERT_LIST_INIT;

	for (size_t i = 0; i < members->n; i++)
		if (!cert_equal(members->items[i], cert) &&
		    !cert_list_add(&kept, members->items[i], e)) {
			cert_list_clear(&kept);
			return false;
		}
	cert_list_clear(members);
	*members = kept;
	return true;
}

static bool draft_apply(void *arg, const char *store, struct cert_list *members, struct err *e)
{
	const struct draft *d = arg;

	for (size_t i = 0; i < d->n; i++) {
		const struct draft_step *s = &d->steps[i];

		if (!text_equal_nocase(s->store, store))
			continue;
		if (s->add ? !cert_list_has(members, s->cert) && !cert_list_add(members, s->cert, e)
			   : !take_out(members, s->cert, e))
			return false;
	}
	return true;
}

static bool three_modes(struct core *c, const struct trust_view *view,
			const struct trust_question *q, const struct cert_list *chain, json_t **out,
			struct err *e)
{
	json_t *all AUTO_JSON = json_array();

	for (int mode = TRUST_MACHINE; mode <= TRUST_EXCLUSIVE_CA; mode++) {
		struct trust_policy policy;
		json_t *binding AUTO_JSON = NULL, *verdict = NULL;

		if (!trust_policy_of(c, q->binding, mode, &policy, &binding, e) ||
		    !judge(c, view, &policy, chain, 0, q->signatures, &verdict, e))
			return false;
		if (json_array_append_new(all, verdict))
			return err_nomem(e);
	}
	*out = json_incref(all);
	return true;
}

static bool question_chain(struct core *c, const struct trust_question *q, struct bag *out,
			   struct err *e)
{
	struct buf pem AUTO_BUF = BUF_INIT;

	if (!q->refusal)
		return read_chain(q->file, out, e);
	return refusals_presented(c, q->refusal, &pem, e) && read_chain(buf_span(&pem), out, e);
}

bool trust_what_if(struct core *c, const struct trust_question *q, json_t **out, struct err *e)
{
	struct bag bag AUTO_BAG = BAG_INIT;
	struct trust_view *view AUTO(view_autop) = NULL, *drafted AUTO(view_autop) = NULL;
	struct draft draft AUTO(draft_clear) = {.n = 0};
	json_t *now AUTO_JSON = NULL, *then AUTO_JSON = json_null();

	if (!question_chain(c, q, &bag, e) || !trust_stores_view(c, &view, e) ||
	    !three_modes(c, view, q, &bag.certs, &now, e) || !draft_read(c, q->draft, &draft, e))
		return false;
	if (draft.n > 0 && (!trust_stores_view_edited(c, draft_apply, &draft, &drafted, e) ||
			    !three_modes(c, drafted, q, &bag.certs, &then, e)))
		return false;
	*out = json_pack("{s:O, s:O}", "modes", now, "draft", then);
	return *out || err_nomem(e);
}
