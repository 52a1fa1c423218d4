/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/bag.h"
#include "x509/ber.h"
#include "x509/pfx.h"
#include "x509/pfx_read.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_with(struct span in, const char *password)
{
	struct bag b AUTO_BAG = BAG_INIT;
	struct secret s AUTO_SECRET = SECRET_INIT;
	struct err e = ERR_INIT;
	if (!secret_set(&s, password, strlen(password), &e))
		abort();
	if (pfx_read(in, &s, true, &b, &e)) {
		if (b.certs.n == 0 && b.n_keys == 0 && b.n_crls == 0)
			abort();
		bool fits = bag_check_keys(&b, &e);
		if (!bag_sort(&b, &e) || (!fits && !err_is(&e, "key.mismatch")))
			abort();
	} else if (b.certs.n > 0 || b.n_keys > 0 || e.code == ERR_OK) {
		abort();
	}
}

/* The password of every sample is "secret" or empty. The bags are reached without a MAC in front of them, too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pfx_reader r = {.work = {PBE_WORK_MAX, &pbe_codes_pfx}, .bag = BAG_INIT};
	struct err e = ERR_INIT;
	read_with(span_of(data, size), "secret");
	read_with(span_of(data, size), "");
	bool read = pfx_read_safe(&r, span_of(data, size), 0, &e);
	if (!read && e.code == ERR_OK)
		abort();
	bag_clear(&r.bag);
	return 0;
}
