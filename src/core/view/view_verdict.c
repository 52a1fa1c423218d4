/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/view/view_verdict.h"

#include "base/json.h"
#include "core/view/view.h"
#include "core/view/view_parts.h"

static json_t *text_or_null(const char *s)
{
	return s ? json_string(s) : json_null();
}

static json_t *step_view(const struct trust_step *s)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:s, s:o}", "sha256", s->cert->id, "thumbprint",
			 s->cert->thumbprint, "subject", view_name(&s->cert->subject), "issuer",
			 view_name(&s->cert->issuer), "not_after", json_time(s->cert->not_after_s),
			 "store", s->store, "reason", text_or_null(s->reason));
}

static json_t *path_view(const struct trust_path *p)
{
	json_t *steps = json_array();

	for (size_t i = 0; i < p->n_steps; i++)
		if (json_array_append_new(steps, step_view(&p->steps[i]))) {
			json_decref(steps);
			return NULL;
		}
	return json_pack("{s:b, s:o, s:o, s:o, s:o}", "complete", p->complete, "reason",
			 text_or_null(p->reason), "fault_step",
			 p->reason ? json_integer((json_int_t)p->fault_step) : json_null(),
			 "detail", json_text(span_str(p->detail)), "steps", steps);
}

json_t *view_verdict(const struct verdict *v, enum trust_mode mode)
{
	json_t *paths = json_array();

	for (size_t i = 0; i < v->n_paths; i++)
		if (json_array_append_new(paths, path_view(&v->paths[i]))) {
			json_decref(paths);
			return NULL;
		}
	return json_pack("{s:s, s:s, s:i, s:i, s:I, s:o, s:i, s:{s:s, s:I}, s:o}", "verdict",
			 v->accept ? "accept" : "refuse", "reason", v->reason, "status",
			 v->accept ? 200 : 403, "substatus", v->substatus, "win32",
			 (json_int_t)v->win32, "explanation", json_text(span_str(v->explanation)),
			 "mode", (int)mode, "issuer_list", "source", v->issuer_list_source,
			 "members", (json_int_t)v->issuer_list_members, "paths", paths);
}
