/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/digest.h"
#include "core/core.h"
#include "store/audit.h"

/*
 * What makes the audit trail tamper evident; for core/audit.c and its tests. Each row's hash covers
 * the row and the hash before it. The newest (number, hash) is kept sealed under the master key, so
 * that cutting the tail off, or writing the whole chain anew, shows as well.
 */
bool audit_row_hash(const struct store_audit *r, uint8_t out[static SHA256_BYTES],
		    struct err *e) MUST_USE;
bool audit_anchor_set(struct core *c, int64_t seq, const uint8_t hash[static SHA256_BYTES],
		      struct err *e) MUST_USE;
