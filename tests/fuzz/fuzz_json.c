/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/buf.h"
#include "base/json.h"
#include "core/trust/judge_json.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* Every typed reader for a member of this name. */
static void read_as_everything(const json_t *o, const char *key)
{
	struct err e = ERR_INIT;
	const char *text = NULL;
	int64_t n = 7;
	bool flag;
	json_t *part = NULL;

	if (json_get_str(o, key, &text, &e))
		must(text != NULL);
	if (json_get_int(o, key, -5, 1000, &n, &e))
		must(n >= -5 && n <= 1000);
	must(json_get_bool_opt(o, key, &flag, &e) || e.code != ERR_OK);
	if (json_get_object(o, key, &part, &e))
		must(json_is_object(part));
	part = NULL;
	if (json_get_array_opt(o, key, &part, &e) && part)
		must(json_is_array(part));
	must(!json_refuse_unknown(&e, key) && (!e.pointer[0] || e.pointer[0] == '/'));
	must(!json_refuse_in(&e, "items", 7) && strlen(e.pointer) < sizeof(e.pointer));
}

/* What is read can be written, and reads as the same; the trust engine's question is answered or refused. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *v AUTO_JSON = NULL, *again AUTO_JSON = NULL, *answer AUTO_JSON = NULL;
	struct buf text AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	const char *key;
	json_t *member;

	if (!json_read(span_of(data, size), &v, &e)) {
		must(v == NULL && e.code != ERR_OK);
		return 0;
	}
	must(json_write(v, &text, &e) && json_read(buf_span(&text), &again, &e));
	must(json_equal(v, again));
	if (!json_is_object(v))
		return 0;
	json_object_foreach(v, key, member) read_as_everything(v, key);
	if (judge_json(v, NULL, &answer, &e))
		must(json_is_string(json_object_get(answer, "verdict")));
	return 0;
}
