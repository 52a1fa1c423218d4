/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/p7b.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read can be written, and reads back with the same certificates. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bag b AUTO_BAG = BAG_INIT, again AUTO_BAG = BAG_INIT;
	struct buf out AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	if (!p7b_read(span_of(data, size), &b, &e) || b.certs.n == 0)
		return 0;
	if (!p7b_write(&b.certs, &out, &e) || !p7b_read(buf_span(&out), &again, &e) ||
	    again.certs.n != b.certs.n)
		abort();
	return 0;
}
