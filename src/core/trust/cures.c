/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/cures.h"

#include "base/buf.h"
#include "core/audit.h"
#include "core/certs/certs.h"
#include "core/certs/import.h"
#include "core/trust/refusals.h"
#include "core/tx.h"
#include "x509/pem.h"

#include <string.h>

struct cure {
	struct core *c;
	const struct actor *by;
	const json_t *remedy; /* borrowed from the record */
	json_t *steps, *commands;
};

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static bool undo_add(struct cure *u, json_t *step, json_t *command, struct err *e)
{
	bool good = json_array_append_new(u->steps, step) == 0;

	return (json_array_append_new(u->commands, command) == 0 && good) || err_nomem(e);
}

static bool undo_removal(struct cure *u, const char *sha256, const char *store, struct err *e)
{
	return undo_add(u,
			json_pack("{s:s, s:o}", "method", "DELETE", "href",
				  json_sprintf("/api/v1/certificates/%s?store=%s", sha256, store)),
			json_sprintf("certbinder cert remove %s --store '%s'", sha256, store), e);
}

static bool move(struct cure *u, struct err *e)
{
	const char *sha256 = text(u->remedy, "sha256"), *from = text(u->remedy, "from");
	const char *to = text(json_object_get(u->remedy, "body"), "to");

	return certs_move(u->c, u->by, sha256, from, to, false, e) &&
	       undo_add(u,
			json_pack("{s:s, s:s++, s:{s:s, s:s, s:b}}", "method", "POST", "href",
				  "/api/v1/certificates/", sha256, "/move", "body", "from", to,
				  "to", from, "accept_warnings", 1),
			json_sprintf("certbinder cert move %s --from '%s' --to '%s' --yes", sha256,
				     to, from),
			e);
}

static bool import_pem(struct cure *u, const char *pem, const char *store, struct err *e)
{
	struct import_request r = {.file = span_str(pem),
				   .store = store,
				   .all_to_store = true,
				   .accept_warnings = true};
	json_t *done AUTO_JSON = NULL;

	return import_file(u->c, u->by, &r, &done, e);
}

static bool import(struct cure *u, struct err *e)
{
	const json_t *body = json_object_get(u->remedy, "body");

	return import_pem(u, text(body, "file"), text(body, "store"), e) &&
	       undo_removal(u, text(u->remedy, "sha256"), text(body, "store"), e);
}

static bool restore(struct cure *u, struct err *e)
{
	const char *sha256 = text(u->remedy, "sha256");

	return certs_restore(u->c, u->by, sha256, e) &&
	       undo_removal(u, sha256, text(u->remedy, "from"), e);
}

/* The expired one goes out of CA, where it was; elsewhere it does no harm. */
static bool replace(struct cure *u, struct err *e)
{
	const char *old = text(u->remedy, "replaces");
	json_t *known AUTO_JSON = NULL;
	size_t i;
	const json_t *store;
	struct err why = ERR_INIT;

	if (!import(u, e))
		return false;
	if (!certs_show(u->c, old, true, &known, &why)) {
		*e = why;
		return why.code ==
		       ERR_NOT_FOUND; /* the client presented it: it lies nowhere here */
	}
	json_array_foreach(json_object_get(known, "stores"), i, store)
	{
		if (strcmp(json_string_value(store), "CA") != 0)
			continue;
		return certs_remove(u->c, u->by, old, "CA", e) &&
		       undo_add(u,
				json_pack("{s:s, s:s, s:{s:s, s:s, s:b, s:b}}", "method", "POST",
					  "href", "/api/v1/certificates/import", "body", "file",
					  text(known, "pem"), "store", "CA", "all_to_store", 1,
					  "accept_warnings", 1),
				json_sprintf("certbinder cert restore %s", old), e);
	}
	return true;
}

static const struct {
	const char *action, *done, *undo;
	bool (*fn)(struct cure *u, struct err *e);
} actions[] = {
	{"move", "moved", "Move it back", move},
	{"import", "imported", "Take it out again", import},
	{"replace", "replaced", "Put the former one back", replace},
	{"restore", "brought back", "Remove it again", restore},
};

static bool is_wanted(const json_t *remedy, size_t place, int wanted)
{
	if (!*text(remedy, "action"))
		return false;
	return wanted ? place == (size_t)wanted : json_is_true(json_object_get(remedy, "safe"));
}

static bool pick(const json_t *record, int wanted, const json_t **out, int *place_out,
		 struct err *e)
{
	size_t i;
	const json_t *r;

	json_array_foreach(json_object_get(record, "remedies"), i, r)
	{
		if (is_wanted(r, i + 1, wanted)) {
			*out = r;
			*place_out = (int)i + 1;
			return true;
		}
	}
	return err_reason(e, "refusal.nothing_to_do",
			  wanted ? "remedy %d of this refusal is not for the console to do"
				 : "no remedy of this refusal is safe to do by itself",
			  wanted);
}

static bool run(struct cure *u, const char *id, int place, json_t **out, struct err *e)
{
	const char *action = text(u->remedy, "action");

	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		if (strcmp(actions[i].action, action) != 0)
			continue;
		if (!actions[i].fn(u, e) ||
		    !audit_add(u->c, u->by, "refusal.cure", id,
			       json_pack("{s:s, s:s}", "action", action, "sha256",
					 text(u->remedy, "sha256")),
			       e))
			return false;
		*out = json_pack("{s:i, s:s, s:s, s:s, s:{s:s, s:O, s:O}}", "remedy", place,
				 "action", action, "done", actions[i].done, "sha256",
				 text(u->remedy, "sha256"), "undo", "text", actions[i].undo,
				 "steps", u->steps, "commands", u->commands);
		return *out || err_nomem(e);
	}
	return err_set(e, ERR_BUG, "no action '%s'", action);
}

bool refusals_cure(struct core *c, const struct actor *by, const char *id, int remedy, json_t **out,
		   struct err *e)
{
	json_t *record AUTO_JSON = NULL, *steps AUTO_JSON = json_array();
	json_t *commands AUTO_JSON = json_array(), *done AUTO_JSON = NULL;
	struct cure u = {.c = c, .by = by, .steps = steps, .commands = commands};
	struct tx tx AUTO(tx_end) = TX_INIT;
	int place = 0;

	if (!refusals_show(c, id, &record, e) || !pick(record, remedy, &u.remedy, &place, e) ||
	    !tx_begin(c, &tx, e) || !run(&u, id, place, &done, e) || !tx_commit_publish(&tx, e))
		return false;
	*out = json_incref(done);
	return true;
}
