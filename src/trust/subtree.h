/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "x509/cert.h"

/*
 * One name against one subtree (RFC 5280 4.2.1.10). Where a name or base is malformed, the answer is SUBTREE_ODD, which
 * the engine takes as a refusal: as neither inside what is permitted nor outside what is excluded.
 */
enum subtree { SUBTREE_OUTSIDE, SUBTREE_WITHIN, SUBTREE_ODD };

/* kind says of which form value and base are; directory is the name itself for GN_DIRECTORY. */
enum subtree subtree_compare(const struct name_constraint *base, struct span value,
			     const struct name *directory);
/* Whether text looks like a host name, so that a common name may be meant as one. */
bool looks_like_host(struct span text);
