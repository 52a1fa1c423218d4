/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/path_rules.h"

#include "base/json.h"
#include "base/text.h"
#include "core/bindings/bindings.h"
#include "core/view/view_binding.h"

#include <stdlib.h>
#include <string.h>

struct rule {
	char prefix[PATH_PREFIX_MAX + 1];
	int client_certs;
};

struct rules {
	struct rule items[PATH_RULES_PER_BINDING];
	size_t n;
};

/* As a request's path stands when it is decoded: no dot segments, no query. */
static bool is_prefix(const char *p, size_t len)
{
	if (len == 0 || len > PATH_PREFIX_MAX || p[0] != '/')
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)p[i] <= ' ' || (unsigned char)p[i] >= 0x7f ||
		    strchr("?#%\\,=", p[i]))
			return false;
	return true;
}

static bool add(struct rules *r, const char *prefix, size_t len, const char *mode, struct err *e)
{
	struct rule *to = &r->items[r->n];

	if (r->n == PATH_RULES_PER_BINDING)
		return err_reason(e, "request.member", "more than %d path rules",
				  PATH_RULES_PER_BINDING);
	if (!is_prefix(prefix, len))
		return err_reason(e, "request.member", "'%.*s' is no path prefix",
				  (int)(len < 60 ? len : 60), prefix);
	memcpy(to->prefix, prefix, len);
	to->prefix[len] = '\0';
	for (to->client_certs = 0; to->client_certs <= CLIENT_CERTS_REQUIRE; to->client_certs++)
		if (strcmp(mode, client_certs_name(to->client_certs)) == 0)
			break;
	if (to->client_certs > CLIENT_CERTS_REQUIRE)
		return err_reason(e, "request.member", "'%.40s' is not ignore, accept or require",
				  mode);
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->items[i].prefix, to->prefix) == 0)
			return err_reason(e, "request.member", "two rules for '%.60s'", to->prefix);
	r->n++;
	return true;
}

static int by_prefix(const void *a, const void *b)
{
	const struct rule *x = a, *y = b;

	return strcmp(x->prefix, y->prefix);
}

static bool write_text(struct rules *r, char out[static PATH_RULES_TEXT_MAX], struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;

	qsort(r->items, r->n, sizeof r->items[0], by_prefix);
	for (size_t i = 0; i < r->n; i++)
		buf_printf(&text, "%s%s %d", i ? "\n" : "", r->items[i].prefix,
			   r->items[i].client_certs);
	if (!buf_ok(&text))
		return err_nomem(e);
	if (text.len >= PATH_RULES_TEXT_MAX)
		return err_reason(e, "request.member", "path rules of %zu bytes, at most %d",
				  text.len, PATH_RULES_TEXT_MAX - 1);
	text_copy(out, PATH_RULES_TEXT_MAX, buf_str(&text));
	return true;
}

static bool rule_read(struct rules *r, const json_t *o, struct err *e)
{
	const char *prefix, *mode;

	return json_get_str(o, "prefix", &prefix, e) && json_get_str(o, "client_certs", &mode, e) &&
	       add(r, prefix, strlen(prefix), mode, e);
}

bool path_rules_from_json(const json_t *array, char out[static PATH_RULES_TEXT_MAX], struct err *e)
{
	struct rules r = {.n = 0};

	if (!json_is_null(array) && !json_is_array(array))
		return json_refuse(e, "path_rules", "must be an array");
	for (size_t i = 0; i < json_array_size(array); i++)
		if (!rule_read(&r, json_array_get(array, i), e))
			return json_refuse_in(e, "path_rules", i);
	return write_text(&r, out, e);
}

bool path_rules_from_text(const char *text, char out[static PATH_RULES_TEXT_MAX], struct err *e)
{
	struct rules r = {.n = 0};

	while (*text) {
		size_t len = strcspn(text, ",");
		const char *equals = memchr(text, '=', len);
		char mode[16];
		size_t mode_len = equals ? len - (size_t)(equals - text) - 1 : sizeof mode;

		if (mode_len >= sizeof mode)
			return err_reason(
				e, "request.member",
				"a path rule is PREFIX=ignore|accept|require, not '%.60s'", text);
		memcpy(mode, equals + 1, mode_len);
		mode[mode_len] = '\0';
		if (!add(&r, text, (size_t)(equals - text), mode, e))
			return false;
		text += len + (text[len] == ',');
	}
	return write_text(&r, out, e);
}

json_t *path_rules_view(const char *stored)
{
	json_t *list = json_array();

	while (*stored) {
		size_t len = strcspn(stored, "\n");
		json_t *o = json_pack("{s:s#, s:s}", "prefix", stored, (int)(len - 2),
				      "client_certs", client_certs_name(stored[len - 1] - '0'));

		if (json_array_append_new(list, o) != 0) {
			json_decref(list);
			return NULL;
		}
		stored += len + (stored[len] == '\n');
	}
	return list;
}
