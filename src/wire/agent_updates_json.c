/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/text.h"
#include "wire/agent_updates.h"

#include <stdio.h>
#include <string.h>

/* Member "updates" of agent.json, the answer to GET /updates, and what a heartbeat says. */

static json_t *or_null(const char *text)
{
	return text[0] ? json_text(span_str(text)) : json_null();
}

static json_t *missing_json(const struct agent_update *i)
{
	if (!i->missing[0])
		return json_null();
	return json_pack("{s:o, s:s, s:o}", "name", or_null(i->missing), "kind",
			 i->missing_is_root ? "root" : "intermediate", "sha256",
			 or_null(i->missing_sha256));
}

static json_t *item_json(const struct agent_update *i)
{
	return json_pack("{s:s, s:o, s:o, s:I, s:o, s:o, s:o, s:s, s:i, s:I, s:o, s:o, s:o}",
			 "package", i->package, "version", or_null(i->version), "sha256",
			 or_null(i->sha256), "bytes", (json_int_t)i->bytes, "installed",
			 or_null(i->installed), "previous", or_null(i->previous),
			 "installed_sha256", or_null(i->installed_sha256), "state",
			 agent_update_state_name(i->state), "wait", (int)i->wait, "since",
			 (json_int_t)i->since_s, "reason", or_null(i->reason), "detail",
			 or_null(i->detail), "missing", missing_json(i));
}

json_t *agent_updates_json(const struct agent_updates *u)
{
	json_t *items = json_array();

	for (size_t i = 0; items && i < u->n; i++)
		if (json_array_append_new(items, item_json(&u->items[i])) != 0) {
			json_decref(items);
			return NULL;
		}
	return items ? json_pack("{s:I, s:o}", "revision", (json_int_t)u->revision, "items", items)
		     : NULL;
}

static bool read_opt(const json_t *v, const char *key, char *out, size_t size, struct err *e)
{
	const char *text = "";

	if (!json_get_str_opt(v, key, &text, e))
		return false;
	text_copy(out, size, text);
	return true;
}

static bool is_sha256(const char *hex)
{
	uint8_t digest[SHA256_BYTES];
	size_t n = 0;

	return strlen(hex) == 2 * SHA256_BYTES &&
	       hex_decode(hex, strlen(hex), digest, sizeof(digest), &n) && n == sizeof(digest);
}

static bool read_state(const json_t *v, struct agent_update *i, struct err *e)
{
	const char *name = "";
	int64_t wait = 0;

	if (!json_get_str(v, "state", &name, e) ||
	    !json_get_int(v, "wait", 0, UPDATE_WAIT_OFFER, &wait, e))
		return false;
	i->wait = (enum update_wait)wait;
	for (int s = AGENT_UPDATE_CURRENT; s <= AGENT_UPDATE_FAILED; s++)
		if (strcmp(name, agent_update_state_name((enum agent_update_state)s)) == 0) {
			i->state = (enum agent_update_state)s;
			return true;
		}
	return err_set(e, ERR_FORMAT, "there is no state '%.40s'", name);
}

static bool read_missing(const json_t *v, struct agent_update *i, struct err *e)
{
	const json_t *m = json_object_get(v, "missing");
	const char *kind = "";

	if (!m || json_is_null(m))
		return true;
	if (!read_opt(m, "name", i->missing, sizeof(i->missing), e) ||
	    !json_get_str(m, "kind", &kind, e) ||
	    !read_opt(m, "sha256", i->missing_sha256, sizeof(i->missing_sha256), e))
		return false;
	i->missing_is_root = strcmp(kind, "root") == 0;
	return true;
}

/* Names become names of files: what is in the file is held to the same rules as what is offered. */
static bool names_are_sound(const struct agent_update *i)
{
	return package_name_is_plain(i->package) &&
	       (!i->version[0] || (package_name_is_plain(i->version) && is_sha256(i->sha256))) &&
	       (!i->installed[0] || package_name_is_plain(i->installed)) &&
	       (!i->previous[0] || package_name_is_plain(i->previous));
}

static bool read_item(const json_t *v, struct agent_update *i, struct err *e)
{
	if (!read_opt(v, "package", i->package, sizeof(i->package), e) ||
	    !read_opt(v, "version", i->version, sizeof(i->version), e) ||
	    !read_opt(v, "sha256", i->sha256, sizeof(i->sha256), e) ||
	    !json_get_int(v, "bytes", 0, PACKAGE_MAX_BYTES, &i->bytes, e) ||
	    !read_opt(v, "installed", i->installed, sizeof(i->installed), e) ||
	    !read_opt(v, "previous", i->previous, sizeof(i->previous), e) ||
	    !read_opt(v, "installed_sha256", i->installed_sha256, sizeof(i->installed_sha256), e) ||
	    !read_state(v, i, e) || !json_get_int(v, "since", 0, INT64_MAX, &i->since_s, e) ||
	    !read_opt(v, "reason", i->reason, sizeof(i->reason), e) ||
	    !read_opt(v, "detail", i->detail, sizeof(i->detail), e) || !read_missing(v, i, e))
		return false;
	return names_are_sound(i) || err_set(e, ERR_FORMAT, "a package of no sound name");
}

bool agent_updates_read(const json_t *v, struct agent_updates *out, struct err *e)
{
	json_t *items = NULL;

	*out = (struct agent_updates)AGENT_UPDATES_INIT;
	if (!v || json_is_null(v))
		return true;
	if (!json_get_int(v, "revision", -1, INT64_MAX, &out->revision, e) ||
	    !json_get_array_opt(v, "items", &items, e))
		return false;
	for (; out->n < json_array_size(items) && out->n < AGENT_UPDATES_MAX; out->n++)
		if (!read_item(json_array_get(items, out->n), &out->items[out->n], e))
			return false;
	return true;
}

static bool offered_item(const json_t *v, struct agent_update *i, struct err *e)
{
	const char *package = "", *version = "", *sha256 = "";

	*i = (struct agent_update){.state = AGENT_UPDATE_DOWNLOADING};
	if (!json_get_str(v, "package", &package, e) || !json_get_str(v, "version", &version, e) ||
	    !json_get_str(v, "sha256", &sha256, e) ||
	    !json_get_int(v, "bytes", 1, PACKAGE_MAX_BYTES, &i->bytes, e))
		return false;
	if (!package_name_is_plain(package) || !package_name_is_plain(version) ||
	    !is_sha256(sha256))
		return err_set(e, ERR_FORMAT, "a package of no sound name or digest");
	text_copy(i->package, sizeof(i->package), package);
	text_copy(i->version, sizeof(i->version), version);
	for (size_t c = 0; c <= strlen(sha256); c++)
		i->sha256[c] = ascii_lower(sha256[c]);
	return true;
}

/* Two packages whose files would have one name: "a-1" 2 and "a" 1-2. */
static bool names_meet(const struct agent_update *a, const struct agent_update *b)
{
	char one[2 * PACKAGE_NAME_MAX + 2], other[sizeof(one)];

	(void)snprintf(one, sizeof(one), "%s-%s", a->package, a->version);
	(void)snprintf(other, sizeof(other), "%s-%s", b->package, b->version);
	return strcmp(one, other) == 0 || strcmp(a->package, b->package) == 0;
}

static bool offered(const json_t *answer, struct agent_updates *out, struct err *e)
{
	json_t *items = NULL;

	if (!json_get_int(answer, "revision", 0, INT64_MAX, &out->revision, e) ||
	    !json_get_array_opt(answer, "items", &items, e))
		return false;
	if (json_array_size(items) > AGENT_UPDATES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d packages", AGENT_UPDATES_MAX);
	for (; out->n < json_array_size(items); out->n++) {
		struct agent_update *i = &out->items[out->n];

		if (!offered_item(json_array_get(items, out->n), i, e))
			return err_wrap(e, "item %zu", out->n + 1);
		for (size_t k = 0; k < out->n; k++)
			if (names_meet(i, &out->items[k]))
				return err_set(e, ERR_FORMAT, "'%s' stands there twice",
					       i->package);
	}
	return true;
}

static const struct agent_update *by_name(const struct agent_updates *u, const char *package)
{
	for (size_t i = 0; i < u->n; i++)
		if (strcmp(u->items[i].package, package) == 0)
			return &u->items[i];
	return NULL;
}

/* What is known of a package goes over to what is offered of it now. */
static void merge(struct agent_update *i, const struct agent_update *old, int64_t now_s)
{
	i->since_s = now_s;
	if (!old)
		return;
	if (strcmp(i->version, old->version) == 0 && strcmp(i->sha256, old->sha256) == 0) {
		int64_t bytes = i->bytes;

		*i = *old;
		i->bytes = bytes;
		return;
	}
	memcpy(i->installed, old->installed, sizeof(i->installed));
	memcpy(i->previous, old->previous, sizeof(i->previous));
	memcpy(i->installed_sha256, old->installed_sha256, sizeof(i->installed_sha256));
	if (strcmp(i->version, i->installed) == 0 && strcmp(i->sha256, i->installed_sha256) == 0)
		agent_update_done(i, now_s);
}

/* What is no longer offered stays known as far as it is installed. */
static void keep_installed(struct agent_updates *out, const struct agent_updates *old,
			   int64_t now_s)
{
	for (size_t n = 0; n < old->n && out->n < AGENT_UPDATES_MAX; n++) {
		struct agent_update *i = &out->items[out->n];

		if (!old->items[n].installed[0] || by_name(out, old->items[n].package))
			continue;
		*i = old->items[n];
		i->version[0] = i->sha256[0] = '\0';
		i->bytes = i->got = 0;
		agent_update_enter(i, AGENT_UPDATE_CURRENT, now_s);
		out->n++;
	}
}

bool agent_updates_offer(struct agent_updates *u, const json_t *answer, int64_t now_s,
			 struct err *e)
{
	struct agent_updates next = AGENT_UPDATES_INIT;
	struct err why = ERR_INIT;

	if (!offered(answer, &next, &why))
		return err_reason(e, "update.offer", "the offer of updates: %s", why.text);
	for (size_t i = 0; i < next.n; i++)
		merge(&next.items[i], by_name(u, next.items[i].package), now_s);
	keep_installed(&next, u, now_s);
	agent_updates_retry(&next);
	*u = next;
	return true;
}

/* Higher matters more. */
static int weight(enum agent_update_state s)
{
	static const int weights[] = {[AGENT_UPDATE_CURRENT] = 0,
				      [AGENT_UPDATE_DOWNLOADING] = 1,
				      [AGENT_UPDATE_VERIFYING] = 2,
				      [AGENT_UPDATE_UPDATING] = 3,
				      [AGENT_UPDATE_FAILED] = 4};

	return weights[s];
}

bool agent_updates_report(const struct agent_updates *u, json_t **out, struct err *e)
{
	const struct agent_update *i = NULL;

	for (size_t n = 0; n < u->n; n++)
		if (!i || weight(u->items[n].state) > weight(i->state))
			i = &u->items[n];
	*out = NULL;
	if (!i)
		return true;
	*out = json_pack("{s:s, s:s, s:o, s:o, s:I, s:o, s:o, s:o, s:I, s:I}", "state",
			 agent_update_state_name(i->state), "package", i->package, "version",
			 or_null(i->version), "installed", or_null(i->installed), "since",
			 (json_int_t)i->since_s, "reason", or_null(i->reason), "detail",
			 or_null(i->detail), "missing", missing_json(i), "bytes",
			 (json_int_t)i->got, "total", (json_int_t)i->bytes);
	return *out || err_nomem(e);
}
