/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/span.h"
#include "x509/name.h"

#include <stdbool.h>

/*
 * The user principal name in an alternative name: otherName 1.3.6.1.4.1.311.20.2.3 with a UTF8String, as Windows CAs
 * write it for smart cards. Borrows from n; false for any other name, and for one that is malformed or empty.
 */
bool general_name_upn(const struct general_name *n, struct span *out);
