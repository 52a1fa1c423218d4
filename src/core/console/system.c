/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/console/system.h"

#include "base/json.h"
#include "base/reason.h"
#include "core/bindings/bindings.h"
#include "core/console/backup.h"
#include "core/console/settings.h"
#include "store/store.h"

#include <string.h>

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static bool add(json_t *problems, const char *id, const char *evidence, const char *remedy,
		struct err *e)
{
	return json_array_append_new(problems,
				     json_pack("{s:s, s:s, s:s, s:s}", "id", id, "verdict", "fail",
					       "evidence", evidence, "remedy", remedy)) == 0 ||
	       err_nomem(e);
}

static bool bindings_problems(struct core *c, json_t *problems, struct err *e)
{
	json_t *list AUTO_JSON = NULL;
	size_t i;
	const json_t *b;

	if (!bindings_list(c, &list, e))
		return false;
	json_array_foreach(json_is_array(list) ? list : json_object_get(list, "items"), i, b)
	{
		struct buf evidence AUTO_BUF = BUF_INIT;

		if (!json_is_true(json_object_get(b, "degraded")))
			continue;
		buf_printf(&evidence, "%s: %s", text(b, "endpoint"), text(b, "degraded_why"));
		if (!add(problems, "binding.degraded", buf_str(&evidence),
			 text(b, "degraded_remedy"), e))
			return false;
	}
	return true;
}

static bool drift_problems(struct core *c, json_t *problems, struct err *e)
{
	json_t *drift AUTO_JSON = NULL;
	size_t i;
	json_t *finding;

	if (!drift_show(c, &drift, e))
		return false;
	if (strcmp(text(drift, "state"), "drift") != 0)
		return true;
	json_array_foreach(json_object_get(drift, "findings"), i, finding)
	{
		if (json_array_append_new(problems, json_incref(finding)))
			return err_nomem(e);
	}
	return true;
}

bool system_problems(struct core *c, json_t **out, struct err *e)
{
	json_t *problems AUTO_JSON = json_array();
	char damage[240];

	core_damage(damage, sizeof(damage));
	if (damage[0] &&
	    !add(problems, "state.corrupt", damage, reason_find("state.corrupt")->remedy, e))
		return false;
	if (!bindings_problems(c, problems, e) || !drift_problems(c, problems, e))
		return false;
	*out = json_incref(problems);
	return true;
}

/* The last of the console's own backups; null: none yet. */
static bool backup_view(struct core *c, json_t **out, struct err *e)
{
	struct backup_file last;
	bool found = false;

	if (!backup_last(core_state_dir(c), &last, &found, e))
		return false;
	*out = found ? json_pack("{s:s, s:o, s:I}", "name", last.name, "time",
				 json_time(last.made_s), "change_seq", (json_int_t)last.change_seq)
		     : json_null();
	return *out || err_nomem(e);
}

bool system_show(struct core *c, json_t **out, struct err *e)
{
	json_t *problems AUTO_JSON = NULL, *backup AUTO_JSON = NULL;
	struct buf name AUTO_BUF = BUF_INIT;
	int64_t tls, trust, seq;

	if (!system_problems(c, &problems, e) || !backup_view(c, &backup, e) ||
	    !settings_get_str(c, "server_name", &name, e) ||
	    !core_counter(c, CORE_TLS_GENERATION, &tls, e) ||
	    !core_counter(c, CORE_TRUST_GENERATION, &trust, e) ||
	    !core_counter(c, CORE_CHANGE_SEQ, &seq, e))
		return false;
	*out = json_pack("{s:s, s:o, s:s, s:o, s:I, s:I, s:I, s:i, s:b, s:O, s:O}", "version",
			 PACKAGE_VERSION, "time", json_time(core_now_s(c)), "server_name",
			 buf_str(&name), "state_dir", json_text(span_str(core_state_dir(c))),
			 "tls_generation", (json_int_t)tls, "trust_generation", (json_int_t)trust,
			 "change_seq", (json_int_t)seq, "schema", store_schema_version(),
			 "degraded", json_array_size(problems) > 0, "problems", problems, "backup",
			 backup);
	return *out || err_nomem(e);
}
