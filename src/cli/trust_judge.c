/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/trust_judge.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/reason.h"
#include "core/trust/judge_json.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define JUDGE_CACHE_ENTRIES 4096
#define EXIT_USAGE 2

static void cache_autop(struct signature_cache **c)
{
	signature_cache_free(*c);
}

/* A question that cannot be answered is answered by why not. */
static json_t *complaint(const json_t *question, const struct err *e)
{
	json_t *id = json_object_get(question, "id");
	json_t *o = json_object();
	json_object_set_new(o, "id", id == NULL ? json_null() : json_incref(id));
	json_object_set_new(o, "error", json_text(span_str(e->text)));
	return o;
}

static bool write_out(struct buf *text)
{
	buf_add_char(text, '\n');
	return buf_ok(text) && fwrite(text->data, 1, text->len, stdout) == text->len &&
	       fflush(stdout) == 0;
}

static bool answer_one(struct span question, struct signature_cache *cache, bool pretty)
{
	json_t *in AUTO_JSON = NULL, *out AUTO_JSON = NULL;
	struct buf text AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	if (!json_read(question, &in, &e) || !judge_json(in, cache, &out, &e))
		out = complaint(in, &e);
	bool written = pretty ? json_write_pretty(out, &text, &e) : json_write(out, &text, &e);
	return written && write_out(&text);
}

static bool is_blank(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (strchr(" \t\r", s.p[i]) == NULL)
			return false;
	return true;
}

/* Answers every whole line in b; what follows the last one stays. */
static bool answer_lines(struct buf *b, struct signature_cache *cache, bool *too_long)
{
	size_t start = 0;
	for (;;) {
		const uint8_t *end =
			b->len == start ? NULL : memchr(b->data + start, '\n', b->len - start);
		if (end == NULL)
			break;
		struct span line = span_of(b->data + start, (size_t)(end - (b->data + start)));
		start += line.len + 1;
		if (*too_long) {
			*too_long = false; /* the rest of one that was complained about */
			continue;
		}
		if (!is_blank(line) && !answer_one(line, cache, false))
			return false;
	}
	buf_drop_front(b, start);
	return true;
}

static bool complain_too_long(void)
{
	struct err e = ERR_INIT;
	struct buf text AUTO_BUF = BUF_INIT;
	(void)err_set(&e, ERR_LIMIT, "the line is longer than %zu bytes", JSON_MAX_BYTES);
	json_t *out AUTO_JSON = complaint(NULL, &e);
	return json_write(out, &text, &e) && write_out(&text);
}

static bool judge_lines(struct signature_cache *cache)
{
	struct buf b AUTO_BUF = BUF_INIT;
	bool too_long = false;
	buf_init(&b, JSON_MAX_BYTES + (1 << 17));
	for (;;) {
		uint8_t *space = buf_space(&b, 1 << 16);
		if (space == NULL)
			return false;
		ssize_t n = read(STDIN_FILENO, space, 1 << 16);
		if (n < 0)
			return false;
		if (n == 0)
			return b.len == 0 || too_long || is_blank(buf_span(&b)) ||
			       answer_one(buf_span(&b), cache, false);
		buf_took(&b, (size_t)n);
		if (!answer_lines(&b, cache, &too_long))
			return false;
		if (b.len <= JSON_MAX_BYTES)
			continue;
		if (!too_long && !complain_too_long())
			return false;
		too_long = true;
		buf_drop_front(&b, b.len);
	}
}

static bool judge_whole(struct signature_cache *cache)
{
	struct buf b AUTO_BUF = BUF_INIT;
	buf_init(&b, JSON_MAX_BYTES + (1 << 17));
	for (;;) {
		uint8_t *space = buf_space(&b, 1 << 16);
		ssize_t n = space == NULL ? -1 : read(STDIN_FILENO, space, 1 << 16);
		if (n < 0)
			return false;
		if (n == 0)
			return answer_one(buf_span(&b), cache, true);
		buf_took(&b, (size_t)n);
	}
}

int cli_trust_judge(int argc, char **argv)
{
	struct signature_cache *cache AUTO(cache_autop) = NULL;
	struct err e = ERR_INIT;
	bool lines = argc == 2 && strcmp(argv[1], "--json-lines") == 0;
	if (argc > 1 && !lines) {
		fprintf(stderr, "usage: certbinder trust judge [--json-lines] <questions\n");
		return EXIT_USAGE;
	}
	if (!signature_cache_new(JUDGE_CACHE_ENTRIES, &cache, &e)) {
		fprintf(stderr, "certbinder: %s\n", e.text);
		return err_public(&e)->exit;
	}
	if (lines ? judge_lines(cache) : judge_whole(cache))
		return 0;
	fprintf(stderr, "certbinder: reading questions or writing answers failed\n");
	return 1;
}
