/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/trust.h"

#include "base/json.h"
#include "core/certs/certs.h"

#include <string.h>

/*
 * Curing what lint found, by the same use cases that a person would take: each is a move or a
 * removal that can be undone, each with its own audit row. What cannot be cured stays, and says why.
 */

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static bool is_wanted(const json_t *finding, const json_t *ids)
{
	size_t i;
	const json_t *id;

	if (!json_is_true(json_object_get(finding, "fixable")))
		return false;
	if (!ids)
		return true;
	json_array_foreach((json_t *)(uintptr_t)ids, i, id)
	{
		if (json_is_string(id) && strcmp(json_string_value(id), text(finding, "id")) == 0)
			return true;
	}
	return false;
}

static bool is_member(struct core *c, const char *sha256, const char *store, bool *out,
		      struct err *e)
{
	json_t *cert AUTO_JSON = NULL;
	size_t i;
	const json_t *name;

	if (!certs_show(c, sha256, true, &cert, e))
		return false;
	*out = false;
	json_array_foreach(json_object_get(cert, "stores"), i, name)
	{
		*out |= strcmp(json_string_value(name), store) == 0;
	}
	return true;
}

static json_t *undo_of(const char *sha256, bool moved)
{
	if (moved)
		return json_pack("{s:s, s:s, s:s++, s:{s:s, s:s, s:b}}", "text",
				 "Move it back to Root", "method", "POST", "href",
				 "/api/v1/certificates/", sha256, "/move", "body", "from", "CA",
				 "to", "Root", "accept_warnings", 1);
	return json_pack("{s:s, s:s, s:s++}", "text", "Bring it back", "method", "POST", "href",
			 "/api/v1/certificates/", sha256, "/restore");
}

static bool cure(struct core *c, const struct actor *by, const json_t *finding, json_t **out,
		 struct err *e)
{
	const char *sha256 = text(finding, "sha256"), *store = text(finding, "store");
	bool move = strcmp(text(finding, "fix"), "move_to_ca") == 0;
	bool in_ca = false;

	if (move && !is_member(c, sha256, "CA", &in_ca, e))
		return false;
	move = move && !in_ca; /* there already: then it only has to leave */
	if (move ? !certs_move(c, by, sha256, store, "CA", false, e)
		 : !certs_remove(c, by, sha256, store, e))
		return false;
	*out = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "id", text(finding, "id"), "rule",
			 text(finding, "rule"), "done", move ? "moved to CA" : "removed", "store",
			 json_string(store), "sha256", json_string(sha256), "undo",
			 undo_of(sha256, move));
	return *out || err_nomem(e);
}

/* A member may have several findings; once it has left its store the others are gone with it. */
static bool was_cured(const json_t *fixed, const json_t *finding)
{
	size_t i;
	const json_t *f;

	json_array_foreach((json_t *)(uintptr_t)fixed, i, f)
	{
		if (strcmp(text(f, "sha256"), text(finding, "sha256")) == 0 &&
		    strcmp(text(f, "store"), text(finding, "store")) == 0)
			return true;
	}
	return false;
}

static bool cure_one(struct core *c, const struct actor *by, json_t *finding, json_t *fixed,
		     json_t *failed, struct err *e)
{
	struct err why = ERR_INIT;
	json_t *done = NULL;

	if (was_cured(fixed, finding))
		return true;
	if (cure(c, by, finding, &done, &why))
		return json_array_append_new(fixed, done) == 0 || err_nomem(e);
	if (why.code != ERR_IN_USE && why.code != ERR_NOT_FOUND && why.code != ERR_CONFLICT) {
		*e = why;
		return false;
	}
	return json_array_append_new(failed, json_pack("{s:s, s:s}", "id", text(finding, "id"),
						       "why", why.text)) == 0 ||
	       err_nomem(e);
}

static bool cure_all(struct core *c, const struct actor *by, const json_t *ids,
		     const json_t *findings, json_t *fixed, json_t *failed, struct err *e)
{
	size_t i;
	json_t *finding;

	json_array_foreach((json_t *)(uintptr_t)findings, i, finding)
	{
		if (is_wanted(finding, ids) && !cure_one(c, by, finding, fixed, failed, e))
			return false;
	}
	return true;
}

bool trust_lint_fix(struct core *c, const struct actor *by, const json_t *ids, json_t **out,
		    struct err *e)
{
	json_t *before AUTO_JSON = NULL, *after AUTO_JSON = NULL;
	json_t *fixed AUTO_JSON = json_array(), *failed AUTO_JSON = json_array();

	if (!trust_lint(c, &before, e) ||
	    !cure_all(c, by, ids, json_object_get(before, "findings"), fixed, failed, e) ||
	    !trust_lint(c, &after, e))
		return false;
	*out = json_pack("{s:O, s:O, s:O}", "fixed", fixed, "failed", failed, "left",
			 json_object_get(after, "findings"));
	return *out || err_nomem(e);
}
