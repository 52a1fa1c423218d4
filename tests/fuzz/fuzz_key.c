/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/bag.h"
#include "x509/key.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any file; keys among them are encrypted under "secret". What is read is canonical: it reads back as itself. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bag b AUTO_BAG = BAG_INIT;
	struct secret password AUTO_SECRET = SECRET_INIT;
	struct err e = ERR_INIT;
	if (!secret_set(&password, "secret", 6, &e))
		abort();
	if (!bag_read(span_of(data, size), &password, true, &b, &e))
		return 0;
	for (size_t i = 0; i < b.n_keys; i++) {
		struct secret again AUTO_SECRET = SECRET_INIT;
		struct key_info info;
		if (!key_read(secret_span(&b.keys[i].pkcs8), NULL, NULL, NULL, &again, &info, &e) ||
		    !secret_equal(secret_span(&again), secret_span(&b.keys[i].pkcs8)))
			abort();
	}
	return 0;
}
