/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/updates/update_impl.h"

#include "core/bindings/chain.h"
#include "core/certs/certs.h"
#include "core/certs/keys.h"
#include "core/certs/trust_stores.h"
#include "trust/judge.h"
#include "x509/cms.h"

/*
 * The console's own signature of a package. The key stays here; the chain goes along with its root, so that whoever
 * lacks the root can say which one it is.
 */
static bool is_in_my(struct core *c, struct cert *cert, struct err *e)
{
	struct cert_list my AUTO_CERT_LIST = CERT_LIST_INIT;

	return trust_store_members(c, "My", &my, e) &&
	       (cert_list_has(&my, cert) ||
		err_reason(e, "update.signer", "this certificate is not in the store My"));
}

static bool key_of(struct core *c, struct cert *cert, struct secret *out, struct err *e)
{
	if (cert->key_type != KEY_RSA && cert->key_type != KEY_EC)
		return err_reason(e, "update.signer", "packages are signed with RSA or ECDSA keys");
	if (!cert->has_eku || !cert_allows_purpose(cert, PURPOSE_CODE_SIGNING))
		return err_reason(e, "update.signer",
				  "this certificate is not meant for code signing");
	if (keys_load_for(c, cert, out, e))
		return true;
	return err_is(e, "key.missing")
		       ? err_reason(e, "update.signer", "there is no key of this certificate here")
		       : false;
}

bool update_sign(struct core *c, const char *certificate, int fd, struct buf *out, struct err *e)
{
	struct cert *cert AUTO_CERT = NULL;
	struct secret key AUTO_SECRET = SECRET_INIT;
	struct issuer_chain chain AUTO(issuer_chain_clear) = {.ends_in_root = false};
	uint8_t digest[SHA256_BYTES];
	int64_t bytes;

	return certs_find(c, certificate, &cert, e) && is_in_my(c, cert, e) &&
	       key_of(c, cert, &key, e) && chain_of(c, cert, &chain, e) &&
	       package_digest(fd, digest, &bytes, e) &&
	       cms_sign(digest, cert, &chain.certs, &key, out, e);
}
