/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * PEM (RFC 7468, with the laxity of section 2 on explanatory text), any number of members in any order, with the
 * headers of RFC 1421 that OpenSSL writes over its old encrypted keys.
 */
#define PEM_MEMBERS_MAX 1024   /* members of one file */
#define PEM_LABEL_MAX_BYTES 48 /* with terminator */

struct pem_member {
	char label[PEM_LABEL_MAX_BYTES]; /* "CERTIFICATE", "RSA PRIVATE KEY" ... */
	struct buf der;			 /* decoded; wiped when cleared, since it may be a key */
	char dek_info[80];		 /* legacy OpenSSL encryption header, "" when none */
	size_t line;			 /* of the BEGIN line, from 1, for messages */
};

struct pem {
	struct pem_member *members;
	size_t n;
};

bool pem_looks_like(struct span in); /* a BEGIN line somewhere */
/* A file without members is pem.corrupt as well. Errors: pem.corrupt, with line and label of the broken member */
bool pem_read(struct span in, struct pem *out, struct err *e) MUST_USE;
void pem_clear(struct pem *p);
#define AUTO_PEM AUTO(pem_clear)
bool pem_write(const char *label, struct span der, struct buf *out,
	       struct err *e) MUST_USE; /* 64 columns */
