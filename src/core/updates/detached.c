/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/updates/detached.h"

#include "base/reason.h"
#include "base/text.h"
#include "x509/cms.h"
#include "x509/hash.h"
#include "x509/signature.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES 65536

static bool too_large(const char *what, int64_t max_bytes, struct err *e)
{
	return err_set(e, ERR_LIMIT, "a %s above %lld bytes", what, (long long)max_bytes);
}

bool detached_digest(int fd, int64_t max_bytes, const char *what, uint8_t out[static SHA256_BYTES],
		     int64_t *bytes, struct err *e)
{
	struct hash h;
	uint8_t piece[PIECE_BYTES];
	struct stat st;
	int64_t at = 0;
	if (fstat(fd, &st) == 0 && st.st_size > max_bytes) /* minutes sooner than by reading it */
		return too_large(what, max_bytes, e);
	hash_start(&h);
	for (;;) {
		ssize_t n = pread(fd, piece, sizeof(piece), at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, errno, "cannot read the %s", what);
		if (n == 0)
			break;
		at += n;
		if (at > max_bytes)
			return too_large(what, max_bytes, e);
		hash_add(&h, span_of(piece, (size_t)n));
	}
	hash_end(&h, out);
	*bytes = at;
	return true;
}

/* The last link of the best path tells what would come next. */
static void find_missing(struct package_check *p)
{
	struct buf name AUTO_BUF = BUF_INIT;
	const struct trust_path *best = p->verdict->n_paths > 0 ? &p->verdict->paths[0] : NULL;
	if (p->verdict->accept || !best || best->n_steps == 0 || best->complete)
		return;
	const struct cert *last = best->steps[best->n_steps - 1].cert;
	p->missing_is_root = cert_is_self_signed(last);
	name_text(p->missing_is_root ? &last->subject : &last->issuer, &name);
	text_copy(p->missing, sizeof(p->missing), buf_str(&name));
	if (p->missing_is_root)
		text_copy(p->missing_sha256, sizeof(p->missing_sha256), last->id);
}

static bool judge_signer(const struct cms *m, const struct trust_view *view, int64_t now_s,
			 struct package_check *p, struct err *e)
{
	struct cert_list chain AUTO_CERT_LIST = CERT_LIST_INIT;
	struct trust_policy policy = {.mode = TRUST_MACHINE,
				      .purpose = PURPOSE_CODE_SIGNING,
				      .check_usage = true,
				      .revocation = REVOCATION_SOFT,
				      .max_depth = -1};
	if (!cert_list_add(&chain, m->signer, e))
		return false;
	for (size_t i = 0; i < m->certs.n; i++)
		if (m->certs.items[i] != m->signer && !cert_list_add(&chain, m->certs.items[i], e))
			return false;
	if (!trust_judge(view, &policy, chain.items, chain.n, now_s, NULL, &p->verdict, e))
		return false;
	p->good = p->verdict->accept;
	p->reason = p->verdict->reason;
	text_copy(p->explanation, sizeof(p->explanation), p->verdict->explanation);
	if (p->good && !m->signer->has_eku) {
		p->good = false;
		p->reason = "package.usage";
		text_copy(
			p->explanation, sizeof(p->explanation),
			"the signer's certificate does not say that it is meant for code signing");
	}
	find_missing(p);
	return true;
}

/* What is wrong with the bytes is an answer; memory and files are not. */
static bool as_answer(struct package_check *p, struct err *e)
{
	if (e->code == ERR_NOMEM || e->code == ERR_IO || e->code == ERR_BUG)
		return false;
	p->reason = err_public(e)->code;
	text_copy(p->explanation, sizeof(p->explanation), e->text);
	*e = (struct err)ERR_INIT;
	return true;
}

bool detached_check(const uint8_t digest[static SHA256_BYTES], struct span p7s,
		    const struct trust_view *view, int64_t now_s, struct package_check *p,
		    struct err *e)
{
	struct cms m AUTO_CMS = CMS_INIT;
	hex_lower(span_of(digest, SHA256_BYTES), p->sha256);
	if (!cms_read(p7s, &m, e))
		return as_answer(p, e);
	p->signer = cert_ref(m.signer);
	return cms_verify(&m, digest, e) ? judge_signer(&m, view, now_s, p, e) : as_answer(p, e);
}

bool detached_signer(struct span p7s, const struct trust_view *view, int64_t now_s,
		     struct package_check *p, struct err *e)
{
	struct cms m AUTO_CMS = CMS_INIT;
	if (!cms_read(p7s, &m, e))
		return as_answer(p, e);
	p->signer = cert_ref(m.signer);
	return judge_signer(&m, view, now_s, p, e);
}
