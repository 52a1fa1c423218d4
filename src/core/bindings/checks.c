/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/checks.h"

#include "base/json.h"
#include "base/reason.h"
#include "base/text.h"
#include "core/bindings/check_rules.h"

#include <string.h>

void check_result_clear(struct check_result *r)
{
	json_decref(r->list);
	*r = (struct check_result){.list = NULL};
}

/* Existing faults of what stays as it is are shown, and block nothing. */
static bool rule_is_of_the_change(const struct check_rule *rule, const struct bind_plan *p)
{
	return rule->subject == CHECK_ENDPOINT ? !p->has_before : p->changes_cert;
}

static const char *verdict_of(const struct check_rule *rule, const struct bind_plan *p, bool good)
{
	if (good)
		return "pass";
	if (rule->weight == CHECK_WARN || !rule_is_of_the_change(rule, p))
		return "warn";
	return "fail";
}

static bool result_add(struct check_result *r, const struct check_rule *rule, const char *verdict,
		       const struct check_input *in, const struct buf *evidence, struct err *e)
{
	bool passed = strcmp(verdict, "pass") == 0;
	char seen[CHECK_EVIDENCE_MAX + 1];

	text_copy(seen, sizeof(seen), buf_str(evidence));

	json_t *o = json_pack("{s:s, s:s, s:o, s:s?, s:b}", "id", rule->id, "verdict", verdict,
			      "evidence", json_text(span_str(seen)), "remedy",
			      passed ? NULL : check_remedy(rule, in), "overridable",
			      rule->weight != CHECK_NEVER);

	if (!o || json_array_append_new(r->list, o) != 0)
		return err_nomem(e);
	return true;
}

static void result_block(struct check_result *r, const struct check_rule *rule,
			 const struct bind_plan *p, const struct buf *evidence)
{
	if (rule->weight == CHECK_FAIL && p->override_reason) {
		r->overridden = true;
		return;
	}
	if (r->blocked_by)
		return;
	r->blocked_by = rule->id;
	text_copy(r->evidence, sizeof r->evidence, buf_str(evidence));
}

/* Of the hooks. Where the console did not answer, or not to this program, nothing is said about
 * certificate or endpoint. */
static bool was_answered(const struct err *said, struct err *e)
{
	if (said->code != ERR_TIMEOUT && said->code != ERR_DENIED && said->code != ERR_NOMEM)
		return true;
	*e = *said;
	return false;
}

bool plan_check(struct core *c, const struct bind_plan *plan, struct check_result *out,
		struct err *e)
{
	struct check_result r AUTO_CHECK_RESULT = {.list = json_array()};
	struct check_input in AUTO(check_input_clear) = CHECK_INPUT_INIT;
	const struct check_rule *rules;
	size_t n;

	if (!r.list)
		return err_nomem(e);
	if (!check_input_load(c, plan, &in, e))
		return err_wrap(e, "checks of %s", plan->endpoint_text);
	if (!was_answered(&in.load, e) || !was_answered(&in.open, e))
		return false;
	rules = check_rules(&n);
	for (size_t i = 0; i < n; i++) {
		struct buf evidence AUTO_BUF = BUF_INIT;
		const char *verdict;
		bool good;

		if (rules[i].needs_cert && !in.material.cert)
			continue;
		good = rules[i].holds(&in, &evidence);
		verdict = verdict_of(&rules[i], plan, good);
		if (!result_add(&r, &rules[i], verdict, &in, &evidence, e))
			return false;
		if (strcmp(verdict, "fail") == 0)
			result_block(&r, &rules[i], plan, &evidence);
	}
	*out = r;
	r = (struct check_result){.list = NULL};
	return true;
}

bool check_result_refuse(const struct check_result *r, struct err *e)
{
	const struct reason *why = reason_find(r->blocked_by);

	err_reason(e, r->blocked_by, "%s", r->evidence);
	/* Whatever class the code has elsewhere, here a check refused. */
	e->code = ERR_CHECK;
	e->reason = why;
	return false;
}

bool checks_run(struct core *c, const struct bind_request *r, json_t **checks_out, struct err *e)
{
	struct check_result result AUTO_CHECK_RESULT = {.list = NULL};
	struct bind_plan plan;

	if (!bind_plan_make(c, r, &plan, e) || !plan_check(c, &plan, &result, e))
		return false;
	*checks_out = result.list;
	result.list = NULL;
	return true;
}
