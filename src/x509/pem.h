/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * PEM (RFC 7468, with the laxity of section 2 on explanatory text), any number of members in any
 * order.
 */
#define PEM_MEMBERS_MAX 1024 /* members of one file */

struct pem_member {
	char label[48];	   /* "CERTIFICATE", "RSA PRIVATE KEY" ... */
	struct secret der; /* decoded; treated as secret since it may be a key */
	char dek_info[80]; /* legacy OpenSSL encryption header, "" when none */
	size_t line;	   /* of the BEGIN line, from 1, for messages */
};

struct pem {
	struct pem_member *members;
	size_t n;
};

bool pem_looks_like(struct span in);
/* Errors: ERR_FORMAT with the line; a broken member is named by number and label. */
bool pem_read(struct span in, struct pem *out, struct err *e) MUST_USE;
void pem_clear(struct pem *p);
bool pem_write(const char *label, struct span der, struct buf *out,
	       struct err *e) MUST_USE; /* 64 columns */
