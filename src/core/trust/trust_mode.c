/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/trust.h"

#include "base/json.h"
#include "base/reason.h"
#include "base/text.h"
#include "core/bindings/bindings.h"
#include "core/bindings/change_flow.h"
#include "core/bindings/own_connection.h"
#include "core/certs/trust_stores.h"
#include "core/console/settings.h"
#include "core/permit.h"
#include "core/view/view.h"
#include "core/view/view_binding.h"
#include "store/changes.h"

/*
 * The trust mode: what it is, what it means, and its change.
 */
static const struct {
	const char *name, *consequence;
} modes[] = {
	[TRUST_MACHINE] = {"machine",
			   "A client certificate is accepted when its path ends in a self-signed "
			   "certificate of Root and a CA of that path is in the effective issuer "
			   "list. One certificate in Root that is not self-signed shuts every root "
			   "out of that list."},
	[TRUST_EXCLUSIVE_ROOT] =
		{"exclusive_root",
		 "Only self-signed certificates of the binding's issuer store, else "
		 "of ClientAuthIssuer, else of Root end a path; where there is such "
		 "a store, Root counts for nothing."},
	[TRUST_EXCLUSIVE_CA] = {"exclusive_ca",
				"Every CA certificate of the binding's issuer store, else of "
				"ClientAuthIssuer, else of Root ends a path, self-signed or not; "
				"above it nothing is checked."},
};

static bool describe(int64_t mode, json_t *change /* stolen */, json_t **out, struct err *e)
{
	*out = json_pack("{s:I, s:s, s:s, s:o}", "mode", (json_int_t)mode, "name", modes[mode].name,
			 "consequence", modes[mode].consequence, "change", change);
	return *out || err_nomem(e);
}

bool trust_mode_describe(int mode, json_t **out, struct err *e)
{
	return describe(mode, json_null(), out, e);
}

bool trust_mode_show(struct core *c, json_t **out, struct err *e)
{
	struct change_row open AUTO_CHANGE_ROW = CHANGE_ROW_INIT;
	bool is_open = false;
	int64_t mode;

	if (!settings_get_int(c, "trust_mode", &mode, e) ||
	    !change_row_open_mode(core_store(c), &open, &is_open, e))
		return false;
	return describe(mode,
			is_open ? json_pack("{s:s, s:s, s:o, s:i, s:i}", "id", open.id, "state",
					    change_state_name(open.state), "confirm_until",
					    view_time_or_null(open.confirm_until_s), "before",
					    open.mode_before, "after", open.mode_after)
				: json_null(),
			out, e);
}

bool trust_mode_open_change(struct core *c, char *out, size_t size, struct err *e)
{
	struct change_row open AUTO_CHANGE_ROW = CHANGE_ROW_INIT;
	bool is_open = false;

	if (!change_row_open_mode(core_store(c), &open, &is_open, e))
		return false;
	if (!is_open)
		return err_reason(e, "change.not_found", "no change of the trust mode is open");
	text_copy(out, size, open.id);
	return true;
}

/* Whether the asker's connection passes under the new mode; true where nobody asks over one. */
static bool own_fares(struct core *c, const struct trust_mode_request *r, bool *refused, char *why,
		      size_t size, struct err *e)
{
	struct trust_view *view = NULL;
	struct binding_row b;
	struct own_connection own = {
		.after = &b.state, .mode = (enum trust_mode)r->mode, .chain = r->own_chain};
	bool found = false, good;

	*refused = false;
	if (r->own_binding == 0)
		return true;
	if (!binding_row_by_id(core_store(c), r->own_binding, &b, &found, e))
		return false;
	if (!found)
		return true;
	if (!trust_stores_view(c, &view, e))
		return false;
	own.view = view;
	good = own_connection_judge(&own, core_now_s(c), refused, why, size, e);
	trust_view_unref(view);
	return good;
}

/* One check, in the shape of those of a binding. */
static bool checks_make(struct core *c, const struct trust_mode_request *r, json_t **out,
			struct err *e)
{
	static const char id[] = "client.own_connection";
	char why[240] = "";
	bool refused;
	json_t *evidence;

	if (!own_fares(c, r, &refused, why, sizeof why, e))
		return false;
	evidence = refused ? json_sprintf("your own connection would be refused: %s", why)
			   : json_string("your own connection would not be refused");
	*out = json_pack("[{s:s, s:s, s:o, s:s?, s:b}]", "id", id, "verdict",
			 refused ? "warn" : "pass", "evidence", evidence, "remedy",
			 refused ? reason_find(id)->remedy : NULL, "overridable", true);
	return *out || err_nomem(e);
}

static bool plan_make(struct core *c, const struct actor *by, const struct trust_mode_request *r,
		      struct mode_plan *out, struct err *e)
{
	int64_t now, next_s;

	if (!permit(by, PERM_TRUST_MODE, e))
		return false;
	if (r->mode < TRUST_MACHINE || r->mode > TRUST_EXCLUSIVE_CA)
		return err_set(e, ERR_INVALID, "the mode is 0, 1 or 2");
	if (r->confirm_within_s < 0 || r->confirm_within_s > CONFIRM_WITHIN_MAX_S)
		return err_set(e, ERR_INVALID, "confirmation within %d s, at most %d",
			       r->confirm_within_s, CONFIRM_WITHIN_MAX_S);
	if (!changes_expire(c, &next_s, e) || !settings_get_int(c, "trust_mode", &now, e))
		return false;
	*out = (struct mode_plan){
		.before = (int)now, .after = r->mode, .confirm_within_s = r->confirm_within_s};
	return true;
}

static bool answer(const struct change_row *row, json_t **out, struct err *e)
{
	*out = change_view(row);
	return *out || err_nomem(e);
}

/* A dry run, or nothing to change. */
static bool answer_unmade(const struct mode_plan *p, json_t *checks, bool dry_run, json_t **out,
			  struct err *e)
{
	struct change_row row AUTO_CHANGE_ROW = {.kind = CHANGE_OF_TRUST_MODE,
						 .state =
							 dry_run ? CHANGE_STAGED : CHANGE_CONFIRMED,
						 .endpoint = CHANGE_TRUST_MODE_TEXT,
						 .has_before = true,
						 .mode_before = p->before,
						 .mode_after = p->after};

	if (!answer(&row, out, e))
		return false;
	if (json_object_set_new(*out, "checks", json_incref(checks)) == 0 &&
	    json_object_set_new(*out, "unchanged", json_boolean(p->before == p->after)) == 0)
		return true;
	json_decref(*out);
	*out = NULL;
	return err_nomem(e);
}

typedef bool (*mode_step)(struct core *c, const struct actor *by, const struct mode_plan *plan,
			  const char *checks_json, struct change_row *out, struct err *e);

static bool mode_change(struct core *c, const struct actor *by, const struct trust_mode_request *r,
			mode_step step, json_t **out, struct err *e)
{
	struct change_row row AUTO_CHANGE_ROW = CHANGE_ROW_INIT;
	struct buf text AUTO_BUF = BUF_INIT;
	json_t *checks AUTO_JSON = NULL;
	struct mode_plan plan;

	if (!plan_make(c, by, r, &plan, e) || !checks_make(c, r, &checks, e))
		return false;
	if (r->dry_run || plan.before == plan.after)
		return answer_unmade(&plan, checks, r->dry_run, out, e);
	if (!json_write(checks, &text, e) || !step(c, by, &plan, buf_str(&text), &row, e) ||
	    !answer(&row, out, e))
		return false;
	return row.state != CHANGE_REVERTED || err_reason(e, "change.not_seen", "%s", row.evidence);
}

bool trust_mode_stage(struct core *c, const struct actor *by, const struct trust_mode_request *r,
		      json_t **out, struct err *e)
{
	return mode_change(c, by, r, change_step_stage_mode, out, e);
}

bool trust_mode_set(struct core *c, const struct actor *by, const struct trust_mode_request *r,
		    json_t **out, struct err *e)
{
	return mode_change(c, by, r, change_flow_set_mode, out, e);
}
