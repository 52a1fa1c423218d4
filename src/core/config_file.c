/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/config_file.h"

#include "base/files.h"
#include "base/text.h"

#include <ini.h>
#include <string.h>

struct reading {
	struct config_file *out;
	struct err *e; /* the first thing that is wrong */
	bool failed;
};

bool listens_add(struct listens *l, const char *text, struct err *e)
{
	struct endpoint ep;

	if (l->n == LISTENS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d listeners", LISTENS_MAX);
	if (!endpoint_parse(text, &ep, e))
		return false;
	if (ep.host[0])
		return err_reason(e, "binding.endpoint", "'%.100s': a listener has no host name",
				  text);
	l->items[l->n++] = ep;
	return true;
}

static bool path_take(char *out, size_t size, const char *value, struct err *e)
{
	if (value[0] != '/' || strlen(value) >= size)
		return err_set(e, ERR_INVALID, "'%.100s' is no absolute path", value);
	text_copy(out, size, value);
	return true;
}

static bool key_take(struct config_file *c, const char *section, const char *key, const char *value,
		     struct err *e)
{
	if (strcmp(section, "listen") == 0 && strcmp(key, "https") == 0)
		return listens_add(&c->https, value, e);
	if (strcmp(section, "listen") == 0 && strcmp(key, "http") == 0)
		return listens_add(&c->http, value, e);
	if (strcmp(section, "paths") == 0 && strcmp(key, "state_dir") == 0)
		return path_take(c->state_dir, sizeof c->state_dir, value, e);
	if (strcmp(section, "paths") == 0 && strcmp(key, "log_dir") == 0)
		return path_take(c->log_dir, sizeof c->log_dir, value, e);
	if (strcmp(section, "paths") == 0 && strcmp(key, "www_dir") == 0)
		return path_take(c->www_dir, sizeof c->www_dir, value, e);
	return err_set(e, ERR_INVALID, "unknown key '%.60s' in section '%.60s'", key, section);
}

/* libinih goes on after a fault and gives the first faulty line's number in the end. */
static int take(void *user, const char *section, const char *key, const char *value)
{
	struct reading *r = user;

	if (r->failed)
		return 1;
	if (value && key_take(r->out, section, key, value, r->e))
		return 1;
	if (!value)
		err_set(r->e, ERR_INVALID, "'%.60s' has no value", key);
	r->failed = true;
	return 0;
}

bool config_text_read(struct span in, const char *shown_as, struct config_file *out, struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;
	struct reading r = {.out = out, .e = e};
	int line;

	if (in.len > 0 && memchr(in.p, 0, in.len))
		return err_set(e, ERR_INVALID, "%s: a zero byte in a text", shown_as);
	buf_add_span(&text, in);
	line = buf_ok(&text) ? ini_parse_string(buf_str(&text), take, &r) : -1;
	if (line < 0)
		return err_nomem(e);
	if (r.failed)
		return err_wrap(e, "%s line %d", shown_as, line);
	if (line > 0)
		return err_set(e, ERR_INVALID, "%s line %d: neither [section] nor key = value",
			       shown_as, line);
	return true;
}

bool config_file_read(const char *path, struct config_file *out, struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;

	if (!file_read(path, CONFIG_FILE_MAX_BYTES, &text, e))
		return err_wrap(e, "configuration");
	return config_text_read(buf_span(&text), path, out, e);
}
