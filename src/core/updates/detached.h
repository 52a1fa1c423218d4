/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/updates/package.h"

/*
 * A detached signature over a file, whatever the file is: an update package (core/updates/package.h) or a program
 * (core/programs/program_signature.h). The file streams by; memory does not grow with it.
 */

/* SHA-256 of fd from its start, whose position stays. what: a word for messages. Errors: ERR_IO, ERR_LIMIT */
bool detached_digest(int fd, int64_t max_bytes, const char *what, uint8_t out[static SHA256_BYTES],
		     int64_t *bytes, struct err *e) MUST_USE;

/*
 * Whether p7s (DER or PEM) signs the file of this digest, by somebody meant for code signing whose chain the view
 * believes at now_s. p: empty before; sha256 and all that follows it are filled in, bytes stays.
 * Errors   ERR_IO, ERR_NOMEM; everything else is an answer
 */
bool detached_check(const uint8_t digest[static SHA256_BYTES], struct span p7s,
		    const struct trust_view *view, int64_t now_s, struct package_check *p,
		    struct err *e) MUST_USE;
/* The same of the signer alone: of the file nothing is known. */
bool detached_signer(struct span p7s, const struct trust_view *view, int64_t now_s,
		     struct package_check *p, struct err *e) MUST_USE;
