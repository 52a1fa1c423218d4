/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"
#include "base/secret.h"
#include "x509/cert.h"

/*
 * A key with its self-made certificate that signs tokens, for tests of the link to agents. Whatever
 * cannot be made fails the test.
 */
struct signer {
	struct secret key;
	struct cert *cert;
};

void signer_make(struct signer *s, const char *name);
void signer_clear(struct signer *s);
/* payload: stolen */
void signer_sign(const struct signer *s, const char *typ, json_t *payload, struct buf *out);
/* A publication of this number by s, which announces ntcer and one host certificate. */
void signer_publish(const struct signer *s, int64_t number, const char *reason,
		    const struct cert *ntcer, const struct cert *ipcer, struct buf *out);
