/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/bind_body.h"
#include "api/resources.h"
#include "base/clock.h"
#include "core/trust/cures.h"
#include "core/trust/refusals.h"
#include "core/trust/trust.h"

bool api_trust_mode_show(struct api_call *c, struct err *e)
{
	json_t *mode = NULL;

	return trust_mode_show(c->core, &mode, e) && api_reply(c, 200, mode);
}

static bool mode_request(struct api_call *c, struct trust_mode_request *r, struct err *e)
{
	json_t *present AUTO_JSON = NULL;
	int64_t mode, within = 0;

	if (!json_get_int(c->body, "mode", TRUST_MACHINE, TRUST_EXCLUSIVE_CA, &mode, e) ||
	    !json_get_int_opt(c->body, "confirm_within_s", 0, CONFIRM_WITHIN_MAX_S, &within, e) ||
	    !trust_mode_show(c->core, &present, e) || !api_match(c, present, e))
		return false;
	*r = (struct trust_mode_request){.mode = (int)mode,
					 .confirm_within_s = (int)within,
					 .dry_run = c->dry_run,
					 .own_binding = http_peer(c->http)->binding_id,
					 .own_chain = &http_peer(c->http)->client_chain};
	return true;
}

bool api_trust_mode_set(struct api_call *c, struct err *e)
{
	struct trust_mode_request r;
	json_t *change AUTO_JSON = NULL, *would_be = NULL;

	if (!mode_request(c, &r, e) || !trust_mode_set(c->core, &c->actor, &r, &change, e))
		return false;
	if (!c->dry_run)
		return api_trust_mode_show(c, e);
	return trust_mode_describe(r.mode, &would_be, e) && api_reply(c, 200, would_be);
}

bool api_trust_mode_stage(struct api_call *c, struct err *e)
{
	char location[API_LOCATION_SIZE];
	struct trust_mode_request r;
	json_t *change = NULL;
	const char *id;

	if (!mode_request(c, &r, e) || !trust_mode_stage(c->core, &c->actor, &r, &change, e))
		return false;
	id = json_string_value(json_object_get(change, "id"));
	api_location(location, "changes", id ? id : "");
	return api_reply_created(c, location, change);
}

bool api_trust_issuer_list(struct api_call *c, struct err *e)
{
	json_t *list = NULL;

	return trust_issuer_list(c->core, api_query(c, "binding"), &list, e) &&
	       api_reply(c, 200, list);
}

bool api_trust_lint(struct api_call *c, struct err *e)
{
	json_t *findings = NULL;

	return trust_lint(c->core, &findings, e) && api_reply(c, 200, findings);
}

bool api_trust_lint_fix(struct api_call *c, struct err *e)
{
	json_t *ids = NULL, *done = NULL;

	return json_get_array_opt(c->body, "ids", &ids, e) &&
	       trust_lint_fix(c->core, &c->actor, ids, &done, e) && api_reply(c, 200, done);
}

bool api_trust_judge(struct api_call *c, struct err *e)
{
	struct trust_trial t = {.mode = -1, .signatures = c->api->config.signatures};
	struct buf file AUTO_BUF = BUF_INIT;
	const char *time = NULL;
	int64_t mode = -1;
	json_t *verdict = NULL;

	if (!api_file(c, &file, NULL, e) || !api_text(c, "binding", &t.binding, e) ||
	    !api_int(c, "mode", TRUST_MACHINE, TRUST_EXCLUSIVE_CA, &mode, e) ||
	    !api_text(c, "time", &time, e))
		return false;
	if (time && !time_parse_rfc3339(time, &t.time_s))
		return json_refuse(e, "time", "must be like 2026-11-22T00:00:00Z");
	t.file = buf_span(&file);
	t.mode = (int)mode;
	return trust_try(c->core, &t, &verdict, e) && api_reply(c, 200, verdict);
}

bool api_trust_what_if(struct api_call *c, struct err *e)
{
	struct trust_question q = {.signatures = c->api->config.signatures};
	struct buf file AUTO_BUF = BUF_INIT;
	json_t *draft = NULL, *answer = NULL;

	if (!api_text(c, "refusal", &q.refusal, e) || !api_text(c, "binding", &q.binding, e) ||
	    !json_get_array_opt(c->body, "draft", &draft, e) ||
	    (!q.refusal && !api_file(c, &file, NULL, e)))
		return false;
	q.file = buf_span(&file);
	q.draft = draft;
	return trust_what_if(c->core, &q, &answer, e) && api_reply(c, 200, answer);
}

static bool flush(struct api_call *c, struct err *e)
{
	return refusals_flush(c->core, c->api->refusals, e);
}

bool api_refusals_list(struct api_call *c, struct err *e)
{
	struct refusal_query q = {.binding = api_query(c, "binding"),
				  .reason = api_query(c, "reason"),
				  .client = api_query(c, "client")};
	json_t *list = NULL;

	return api_page(c, &q.page, e) &&
	       api_query_int(c, "substatus", 0, 99, -1, &q.substatus, e) &&
	       api_query_time(c, "since", &q.since_s, e) &&
	       api_query_time(c, "until", &q.until_s, e) && flush(c, e) &&
	       refusals_list(c->core, &q, &list, e) && api_reply_list(c, list);
}

bool api_refusals_show(struct api_call *c, struct err *e)
{
	json_t *refusal = NULL;

	return flush(c, e) && refusals_show(c->core, api_param(c, "id"), &refusal, e) &&
	       api_reply(c, 200, refusal);
}

bool api_refusals_cure(struct api_call *c, struct err *e)
{
	json_t *done = NULL;
	int64_t remedy = 0;

	return json_get_int_opt(c->body, "remedy", 1, 99, &remedy, e) && flush(c, e) &&
	       refusals_cure(c->core, &c->actor, api_param(c, "id"), (int)remedy, &done, e) &&
	       api_reply(c, 200, done);
}
