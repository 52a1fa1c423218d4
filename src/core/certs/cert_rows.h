/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"
#include "store/certificates.h"
#include "store/stores.h"
#include "x509/cert.h"

/*
 * Certificates and their rows; for core/ alone.
 */
#define FRIENDLY_NAME_SIZE 256 /* bytes, terminator included */

struct cert_found {
	int64_t id;
	char sha256[2 * SHA256_BYTES + 1];
	char friendly_name[FRIENDLY_NAME_SIZE];
	bool self_signed, has_key, exportable;
	int64_t removed_at_s; /* 0: not in the recycle bin */
	bool in_use;
};

/*
 * The certificate that people mean by name (core/certs/certs.h). One in the recycle bin only when there
 * is no live one and removed_too is set.
 * Errors   cert.not_found, cert.ambiguous
 */
bool cert_row_find(struct core *c, const char *name, bool removed_too, struct cert_found *out,
		   struct err *e) MUST_USE;
/* *found_out false: this very certificate has no row. */
bool cert_row_of(struct core *c, const struct cert *cert, struct cert_found *out, bool *found_out,
		 struct err *e) MUST_USE;
/* As above, parsed; x509.corrupt when the stored bytes are damaged. */
bool cert_row_cert(struct core *c, const char *sha256, struct cert **out, struct err *e) MUST_USE;

/* Makes the row, or finds it (and takes it out of the recycle bin; damaged bytes are written anew).
 * In a transaction. */
enum cert_row_put { CERT_ROW_KEPT, CERT_ROW_MENDED, CERT_ROW_NEW };
bool cert_row_put(struct core *c, const struct cert *cert, const char *friendly_name,
		  int64_t *id_out, enum cert_row_put *put_out, struct err *e) MUST_USE;

bool store_need(struct core *c, const char *name, struct store_row *out,
		struct err *e) MUST_USE; /* store.not_found */
bool friendly_name_check(const char *name, struct err *e) MUST_USE;
