/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "x509/crl.h"

#include <stdbool.h>

/* The parts of the reader of revocation lists, for x509/crl.c alone. */
struct der;

/* revokedCertificates: d stands inside their SEQUENCE. */
bool crl_read_entries(struct crl *l, struct der d, struct err *e) MUST_USE;
/* crlExtensions: d stands inside their SEQUENCE. */
bool crl_read_extensions(struct crl *l, struct der d, struct err *e) MUST_USE;
