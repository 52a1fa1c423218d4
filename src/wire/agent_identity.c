/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/agent_identity.h"

#include "base/files.h"
#include "x509/issue.h"
#include "x509/key.h"
#include "x509/pem.h"

#include <limits.h>
#include <string.h>

#define KEY_FILE_MAX_BYTES ((size_t)64 << 10)
#define LIFE_DAYS 7300		/* the fingerprint is what counts, not the dates */
#define BEFORE_S INT64_C(86400) /* begins a day ago: clocks differ */

void agent_identity_clear(struct agent_identity *i)
{
	cert_unref(i->cert);
	secret_clear(&i->pkcs8);
	*i = (struct agent_identity)AGENT_IDENTITY_INIT;
}

static bool take_member(const struct pem_member *m, struct agent_identity *out, struct err *e)
{
	struct key_info info;

	if (strcmp(m->label, "CERTIFICATE") == 0)
		return out->cert || cert_parse(m->der.data, m->der.len, &out->cert, e);
	return key_read(buf_span(&m->der), m->label, NULL, NULL, &out->pkcs8, &info, e);
}

static bool read_pair(struct span text, struct agent_identity *out, struct err *e)
{
	struct pem pem AUTO_PEM = {.n = 0};
	bool fits = false;

	if (!pem_read(text, &pem, e))
		return false;
	for (size_t i = 0; i < pem.n; i++)
		if (!take_member(&pem.members[i], out, e))
			return false;
	if (!out->cert || out->pkcs8.len == 0)
		return err_reason(e, "key.missing", "a key and its certificate are wanted");
	if (!key_matches(&out->pkcs8, out->cert, &fits, e))
		return false;
	return fits || err_reason(e, "key.mismatch", "key and certificate do not belong together");
}

static bool make_pair(const char *path, int64_t now_s, struct err *e)
{
	const struct issue_params p = {.common_name = AGENT_COMMON_NAME,
				       .server_auth = true,
				       .digital_signature_only = true,
				       .not_before_s = now_s - BEFORE_S,
				       .not_after_s = now_s + LIFE_DAYS * INT64_C(86400)};
	struct secret key AUTO_SECRET = SECRET_INIT;
	struct buf der AUTO_BUF = BUF_INIT, text AUTO_BUF = {.secret = true};

	return key_generate("ec256", &key, e) && cert_make_self_signed(&key, &p, &der, e) &&
	       pem_write("CERTIFICATE", buf_span(&der), &text, e) &&
	       pem_write("PRIVATE KEY", secret_span(&key), &text, e) &&
	       file_replace(path, 0600, buf_span(&text), e);
}

bool agent_identity_load(const char *dir, bool create, int64_t now_s, struct agent_identity *out,
			 struct err *e)
{
	struct agent_identity i AUTO_AGENT_IDENTITY = AGENT_IDENTITY_INIT;
	struct buf text AUTO_BUF = {.secret = true};
	char path[PATH_MAX];

	if (!path_join(path, sizeof(path), dir, AGENT_KEY_FILE, e))
		return false;
	if (create) {
		file_sweep(path);
		if (!file_exists(path) && !make_pair(path, now_s, e))
			return false;
	}
	if (!file_read(path, KEY_FILE_MAX_BYTES, &text, e) || !read_pair(buf_span(&text), &i, e))
		return err_wrap(e, "%s", path);
	*out = i;
	i = (struct agent_identity)AGENT_IDENTITY_INIT;
	return true;
}
