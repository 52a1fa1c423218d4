/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/*
 * What can be wrong with a path, in the order of the base policy of the original (bad signature first, revocation
 * status last): a later member is worse. One row each says what the world sees.
 */
enum fault {
	FAULT_NONE,
	FAULT_REVOCATION_OFFLINE,
	FAULT_REVOCATION_UNKNOWN,
	FAULT_UNKNOWN_CRITICAL,
	FAULT_MALFORMED,
	FAULT_KEY_IDENTIFIER,
	FAULT_PATH_LENGTH,
	FAULT_MAX_DEPTH,
	FAULT_BASIC_CONSTRAINTS,
	FAULT_POLICY,
	FAULT_NAME_CONSTRAINTS,
	FAULT_NAME_CN_ONLY,
	FAULT_NAME_NO_MATCH,
	FAULT_NOT_YET_VALID,
	FAULT_EXPIRED,
	FAULT_KEY_USAGE,
	FAULT_WRONG_USAGE,
	FAULT_WEAK_KEY,
	FAULT_WEAK_SIGNATURE,
	FAULT_LIMIT_NAMES,
	FAULT_LIMIT_NODES,
	FAULT_LIMIT_SIGNATURES,
	FAULT_LIMIT_DEPTH,
	FAULT_CHAIN_BREAKS,
	FAULT_NOT_IN_ISSUER_LIST,
	FAULT_ROOT_STORE_MIXED,
	FAULT_ROOT_NOT_IN_ROOT,
	FAULT_REVOKED,
	FAULT_UNSUPPORTED_ALGORITHM,
	FAULT_BAD_SIGNATURE,
	FAULT_DISALLOWED,
	FAULT_UNREADABLE,
	FAULT_NO_CERTIFICATE,
	FAULT_N
};

struct fault_row {
	const char *code; /* a row of the reason table */
	int substatus;
	uint32_t win32;
};

const struct fault_row *fault_row(enum fault f);
