/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/resources.h"

#include "base/mem.h"
#include "base/text.h"
#include "core/trust/evidence.h"

#include <string.h>

/* Decoded files, kept until they were looked at. */
struct brought {
	struct evidence_file files[EVIDENCE_FILES_MAX];
	struct buf content[EVIDENCE_FILES_MAX];
	size_t n;
	struct buf reg;
	struct iis_log log;
};

static void brought_free(struct brought **pb)
{
	struct brought *b = *pb;

	if (!b)
		return;
	for (size_t i = 0; i < b->n; i++)
		buf_clear(&b->content[i]);
	buf_clear(&b->reg);
	mem_free(b);
}

static bool decode(const char *name, const char *text, struct buf *out, struct err *e)
{
	if (strstr(text, "-----BEGIN "))
		buf_add_str(out, text);
	else if (!base64_decode(span_str(text), out))
		return json_refuse(e, name, "must be base64 or PEM text");
	return buf_ok(out) || err_nomem(e);
}

static bool file_read(const json_t *item, size_t i, struct brought *b, struct err *e)
{
	const char *store, *file;

	if (!json_get_str(item, "store", &store, e) || !json_get_str(item, "file", &file, e) ||
	    !decode("file", file, &b->content[i], e))
		return false;
	b->files[i] = (struct evidence_file){store, buf_span(&b->content[i])};
	return true;
}

static bool files_read(struct api_call *c, struct brought *b, struct err *e)
{
	json_t *list = NULL;
	const json_t *item;
	size_t i;

	if (!json_get_array_opt(c->body, "certificates", &list, e))
		return false;
	if (json_array_size(list) > EVIDENCE_FILES_MAX)
		return err_set(e, ERR_LIMIT, "%zu files, at most %d", json_array_size(list),
			       EVIDENCE_FILES_MAX);
	json_array_foreach(list, i, item)
	{
		b->n = i + 1;
		if (!file_read(item, i, b, e))
			return json_refuse_in(e, "certificates", i);
	}
	return true;
}

bool api_trust_evidence(struct api_call *c, struct err *e)
{
	struct brought *b AUTO(brought_free) = mem_new(struct brought);
	struct secret password AUTO_SECRET = SECRET_INIT;
	struct evidence in = {.mode = -1, .send = -1};
	const char *log = NULL, *reg = NULL;
	int64_t mode = -1;
	bool send = false, has_password;
	json_t *answer = NULL;

	if (!b)
		return err_nomem(e);
	if (!json_get_str_opt(c->body, "log", &log, e) ||
	    !json_get_str_opt(c->body, "reg", &reg, e) ||
	    !json_get_int_opt(c->body, "mode", 0, 2, &mode, e) ||
	    !json_get_bool_opt(c->body, "send_trusted_issuer_list", &send, e) ||
	    !json_get_str_opt(c->body, "issuer_store", &in.issuer_store, e) ||
	    !api_secret(c, "password", &password, &has_password, e) || !files_read(c, b, e) ||
	    (reg && !decode("reg", reg, &b->reg, e)))
		return false;
	iis_log_init(&b->log);
	if (log) {
		iis_log_feed(&b->log, span_str(log));
		iis_log_end(&b->log);
		in.log = &b->log;
	}
	in.files = b->files;
	in.n_files = b->n;
	in.password = has_password ? &password : NULL;
	in.reg = buf_span(&b->reg);
	in.mode = (int)mode;
	if (json_object_get(c->body, "send_trusted_issuer_list"))
		in.send = send;
	in.now_s = core_now_s(c->core);
	return evidence_judge(&in, &answer, e) && api_reply(c, 200, answer);
}
