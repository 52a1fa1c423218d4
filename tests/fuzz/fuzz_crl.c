/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/crl.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever is listed can be found, and scope questions have an answer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct crl *l AUTO(crl_autop) = NULL;
	struct err e = ERR_INIT;
	if (!crl_parse(data, size, &l, &e)) {
		if (l != NULL || e.code == ERR_OK)
			abort();
		return 0;
	}
	const struct cert stranger = {.issuer = l->issuer, .path_len = -1};
	for (size_t i = 0; i < l->n_entries; i++) {
		const struct crl_entry *entry = &l->entries[i];
		if (entry->serial.p < l->der ||
		    entry->serial.p + entry->serial.len > l->der + l->der_len)
			abort();
		if (entry->certificate_issuer.len == 0 && crl_find(l, entry->serial) == NULL)
			abort();
	}
	(void)crl_reasons_for(l, &stranger, false);
	(void)crl_delta_fits(l, l);
	return 0;
}
