/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "lib/core_fixture.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "core/reading/reader.h"
#include "lib/unit.h"
#include "x509/bag.h"

#include <stdio.h>
#include <string.h>

#define NOW 1795305600 /* 2026-11-22 */

const struct actor fixture_admin = {"alice", "cli", "", "", ROLE_ADMIN};
const struct actor fixture_operator = {"oscar", "rest", "192.0.2.7", "r-1", ROLE_OPERATOR};
const struct actor fixture_viewer = {"vera", "rest", "192.0.2.8", "r-2", ROLE_VIEWER};

static int64_t now_s;
static int published;

static int64_t clock_of(void *arg)
{
	(void)arg;
	return now_s;
}

static bool publish_note(void *arg, int64_t *tls_generation_out, struct err *e)
{
	(void)arg;
	(void)e;
	published++;
	*tls_generation_out = 1;
	return true;
}

const char *fixture_state_dir(void)
{
	return unit_path("state");
}

struct core *fixture_open(void)
{
	const struct core_hooks hooks = {.now_s = clock_of, .publish = publish_note};
	struct core *c = NULL;
	struct err e = ERR_INIT;

	unit_assert_ok(reader_start(&e), &e);
	now_s = NOW;
	published = 0;
	unit_assert_ok(core_open(fixture_state_dir(), true, &hooks, &c, &e), &e);
	return c;
}

void fixture_set_now(int64_t to)
{
	now_s = to;
}

int fixture_published(void)
{
	return published;
}

json_t *fixture_try(struct core *c, const struct actor *by, const char *file,
		    struct import_request r, struct err *e)
{
	struct secret password AUTO_SECRET = SECRET_INIT;
	size_t len;
	char *bytes AUTO_MEM = unit_pki(file, &len);
	json_t *out = NULL;

	if (text_ends_with(file, ".pfx") && !r.password) {
		unit_assert_ok(secret_set(&password, "certbinder", 10, e), e);
		r.password = &password;
	}
	r.file = span_of(bytes, len);
	return import_file(c, by, &r, &out, e) ? out : NULL;
}

json_t *fixture_import(struct core *c, const char *file, const char *store)
{
	struct err e = ERR_INIT;
	json_t *out =
		fixture_try(c, &fixture_admin, file, (struct import_request){.store = store}, &e);

	unit_assert_ok(out != NULL, &e);
	return out;
}

const char *fixture_id(const char *file)
{
	static char ids[8][65];
	static unsigned turn;
	struct bag bag AUTO_BAG = BAG_INIT;
	struct err e = ERR_INIT;
	size_t len;
	char *bytes AUTO_MEM = unit_pki(file, &len);

	turn = (turn + 1) % ARRAY_LEN(ids);
	unit_assert_ok(bag_read(span_of(bytes, len), NULL, false, &bag, &e), &e);
	text_copy(ids[turn], sizeof(ids[turn]), bag.certs.items[0]->id);
	return ids[turn];
}

static const json_t *walk(const json_t *o, const char *path)
{
	while (o && *path) {
		size_t len = strcspn(path, ".");
		char key[128];
		uint64_t at;

		if (len >= sizeof(key))
			return NULL;
		memcpy(key, path, len);
		key[len] = '\0';
		o = num_u64(key, 100000, &at) ? json_array_get(o, at) : json_object_get(o, key);
		path += len + (path[len] == '.');
	}
	return o;
}

const char *fixture_at(const json_t *o, const char *path)
{
	static char texts[8][4096];
	static unsigned turn;
	const json_t *v = walk(o, path);

	turn = (turn + 1) % ARRAY_LEN(texts);
	texts[turn][0] = '\0';
	if (json_is_string(v))
		text_copy(texts[turn], sizeof(texts[turn]), json_string_value(v));
	else if (json_is_integer(v))
		snprintf(texts[turn], sizeof(texts[turn]), "%lld",
			 (long long)json_integer_value(v));
	else if (json_is_boolean(v))
		text_copy(texts[turn], sizeof(texts[turn]), json_is_true(v) ? "true" : "false");
	return texts[turn];
}

int fixture_count(const json_t *o, const char *path)
{
	return (int)json_array_size(walk(o, path));
}

const json_t *fixture_item(const json_t *o, const char *list, const char *sha256)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(o, list), i,
			   one) if (strcmp(fixture_at(one, "sha256"), sha256) == 0) return one;
	return NULL;
}
