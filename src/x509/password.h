/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/secret.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The octets that programs have made of one password. The standards name one form each (PKCS#12 a BMPString with
 * terminator, RFC 8018 UTF-8), practice knows more: an empty password as no octets or as a lone terminator, UTF-16
 * under PBES2 (NSS), each octet of the terminal's encoding widened (old OpenSSL), Latin-1.
 */
#define PASSWORD_FORMS_MAX 4

enum password_use { PASSWORD_FOR_PKCS12, PASSWORD_FOR_PBES, PASSWORD_STRICT_UTF8 };

struct password_forms {
	struct secret items[PASSWORD_FORMS_MAX];
	size_t n; /* best first, no form twice */
};

/* password may be NULL, which is the empty one. */
bool password_forms(const struct secret *password, enum password_use use,
		    struct password_forms *out, struct err *e) MUST_USE;
void password_forms_clear(struct password_forms *f);
#define AUTO_PASSWORD_FORMS AUTO(password_forms_clear)
