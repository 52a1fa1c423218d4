/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/updates/package.h"

#include "core/updates/detached.h"
#include "x509/signature.h"

void package_check_clear(struct package_check *p)
{
	cert_unref(p->signer);
	verdict_free(p->verdict);
	*p = (struct package_check){.good = false};
}

bool package_digest(int fd, uint8_t out[static SHA256_BYTES], int64_t *bytes_out, struct err *e)
{
	return detached_digest(fd, PACKAGE_MAX_BYTES, "package", out, bytes_out, e);
}

bool package_signer(struct span p7s, const struct trust_view *view, int64_t now_s,
		    struct package_check *out, struct err *e)
{
	struct package_check p AUTO_PACKAGE_CHECK = {.good = false};
	if (!detached_signer(p7s, view, now_s, &p, e))
		return false;
	*out = p;
	p = (struct package_check){.good = false};
	return true;
}

bool package_check(int zip_fd, struct span p7s, const struct trust_view *view, int64_t now_s,
		   struct package_check *out, struct err *e)
{
	struct package_check p AUTO_PACKAGE_CHECK = {.good = false};
	uint8_t digest[SHA256_BYTES];
	if (!package_digest(zip_fd, digest, &p.bytes, e) ||
	    !detached_check(digest, p7s, view, now_s, &p, e))
		return false;
	*out = p;
	p = (struct package_check){.good = false};
	return true;
}

static bool split_roots(const struct cert_list *roots, struct cert_list *anchors,
			struct cert_list *others, struct err *e)
{
	for (size_t i = 0; i < roots->n; i++)
		if (!cert_list_add(cert_is_self_signed(roots->items[i]) ? anchors : others,
				   roots->items[i], e))
			return false;
	return true;
}

bool package_view_of(const struct package_stores *s, struct trust_view **out, struct err *e)
{
	struct cert_list anchors AUTO_CERT_LIST = CERT_LIST_INIT;
	struct cert_list links AUTO_CERT_LIST = CERT_LIST_INIT;
	if (!split_roots(s->roots, &anchors, &links, e))
		return false;
	for (size_t i = 0; i < s->intermediates->n; i++)
		if (!cert_list_has(&links, s->intermediates->items[i]) &&
		    !cert_list_add(&links, s->intermediates->items[i], e))
			return false;
	const struct trust_store stores[] = {
		{"Root", &anchors}, {"CA", &links}, {"Disallowed", s->disallowed}};
	return trust_view_new(stores, s->disallowed ? 3 : 2, s->crls, s->n_crls, out, e);
}

bool package_view_new(const struct cert_list *roots, const struct cert_list *intermediates,
		      const struct cert_list *disallowed, struct trust_view **out, struct err *e)
{
	const struct package_stores stores = {
		.roots = roots, .intermediates = intermediates, .disallowed = disallowed};

	return package_view_of(&stores, out, e);
}
