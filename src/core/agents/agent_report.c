/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/agents/agent_impl.h"

#include "base/json.h"
#include "base/text.h"
#include "core/updates/update_states.h"

#include <string.h>

/*
 * What an agent says of itself. Every byte of it is a stranger's.
 */
bool agent_id_is_sound(const char *id)
{
	return hex_is_lower(id, AGENT_ID_SIZE - 1);
}

static bool digest_get(const char *s, const char *what, const char **out, struct err *e)
{
	if (*s && !hex_is_lower(s, 2 * SHA256_BYTES))
		return json_refuse(e, what, "must be a SHA-256 in hex");
	*out = s;
	return true;
}

/* The first, and the others by blank. */
static bool ipcer_read(const json_t *body, struct agent_report *out, struct err *e)
{
	json_t *list = NULL;

	out->ipcer = "";
	if (!json_get_array_opt(body, "ipcer_sha256", &list, e))
		return false;
	if (json_array_size(list) > AGENT_IPCER_MAX)
		return err_reason(e, "request.member", "at most %d host certificates",
				  AGENT_IPCER_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *s = json_string_value(json_array_get(list, i)), *one = "";

		if (!digest_get(s ?: "-", "ipcer_sha256", &one, e))
			return false;
		if (i == 0)
			out->ipcer = one;
		else
			buf_printf(&out->next, "%s%s", i > 1 ? " " : "", one);
	}
	return buf_ok(&out->next) || err_nomem(e);
}

/* An open object, kept as text. */
static bool object_read(const json_t *o, const char *name, size_t max, struct buf *out,
			struct err *e)
{
	if (!o) {
		buf_add_str(out, "{}");
		return buf_ok(out) || err_nomem(e);
	}
	if (!json_is_object(o))
		return json_refuse(e, name, "must be an object");
	if (!json_write(o, out, e))
		return false;
	return out->len <= max || json_refuse(e, name, "has at most %zu bytes", max);
}

/* Without what moves with every second: a report that says nothing new is not written. */
static bool states_read(const json_t *body, int64_t now_s, struct agent_report *out, struct err *e)
{
	const json_t *told = json_object_get(body, "states");
	json_t *kept AUTO_JSON = NULL;

	if (json_is_object(told)) {
		kept = update_states_kept(told, now_s, &out->skew_s);
		if (!kept)
			return err_nomem(e);
	}
	return object_read(kept ? kept : told, "states", AGENT_STATES_MAX, &out->states, e) &&
	       agent_report_roots_read(told, &out->roots, e);
}

static bool name_is_sound(const char *name)
{
	if (strlen(name) > AGENT_NAME_MAX)
		return false;
	for (; *name; name++)
		if ((unsigned char)*name < 0x20 || *name == 0x7f)
			return false;
	return true;
}

bool agent_report_read(const json_t *body, int64_t now_s, struct agent_report *out, struct err *e)
{
	const char *ntcer = NULL;
	int64_t port = 0;

	if (!json_get_str_opt(body, "name", &out->name, e) ||
	    !json_get_int(body, "port", AGENT_PORT_MIN, UINT16_MAX, &port, e) ||
	    !json_get_int_opt(body, "publication", 0, INT64_MAX, &out->publication, e) ||
	    !json_get_str_opt(body, "ntcer_sha256", &ntcer, e) ||
	    !digest_get(ntcer ?: "", "ntcer_sha256", &out->ntcer, e) || !ipcer_read(body, out, e) ||
	    !object_read(json_object_get(body, "versions"), "versions", AGENT_VERSIONS_MAX,
			 &out->versions, e) ||
	    !states_read(body, now_s, out, e))
		return false;
	out->port = (uint16_t)port;
	if (!out->name)
		out->name = "";
	return name_is_sound(out->name) ||
	       json_refuse(e, "name", "has at most %d bytes and no control characters",
			   AGENT_NAME_MAX);
}

void agent_report_clear(struct agent_report *r)
{
	buf_clear(&r->next);
	buf_clear(&r->versions);
	buf_clear(&r->states);
}

void agent_report_row(const struct agent_report *r, struct agent_row *out)
{
	out->name = r->name;
	out->port = r->port;
	out->publication = r->publication;
	out->ntcer_sha256 = r->ntcer;
	out->ipcer_sha256 = r->ipcer;
	out->ipcer_next = buf_str(&r->next);
	out->versions = buf_str(&r->versions);
	out->states = buf_str(&r->states);
	out->inventory_digest = r->roots;
	out->clock_skew_s = r->skew_s;
}
