/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/cms.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read has a signer, and verifies at most for the digest that it names. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cms m AUTO_CMS = CMS_INIT;
	struct err e = ERR_INIT;
	uint8_t other[SHA256_BYTES];
	if (!cms_read(span_of(data, size), &m, &e))
		return 0;
	for (size_t i = 0; i < SHA256_BYTES; i++)
		other[i] = m.digest[i] ^ 0xff;
	if (!m.signer || cms_verify(&m, other, &e))
		abort();
	struct err e2 = ERR_INIT;
	(void)!cms_verify(&m, m.digest, &e2);
	return 0;
}
