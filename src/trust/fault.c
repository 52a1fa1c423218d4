/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "trust/fault.h"

#include <assert.h>

/* winerror.h, as the log writes them: unsigned decimal. */
#define ERROR_ACCESS_DENIED 5u
#define TRUST_E_CERT_SIGNATURE 2148098052u
#define TRUST_E_BASIC_CONSTRAINTS 2148098073u
#define TRUST_E_EXPLICIT_DISTRUST 2148204817u
#define CRYPT_E_REVOKED 2148081680u
#define CRYPT_E_NO_REVOCATION 2148081682u
#define CRYPT_E_REVOCATION_OFFLINE 2148081683u
#define CERT_E_EXPIRED 2148204801u
#define CERT_E_CRITICAL 2148204805u
#define CERT_E_UNTRUSTEDROOT 2148204809u
#define CERT_E_CHAINING 2148204810u
#define CERT_E_CN_NO_MATCH 2148204815u
#define CERT_E_WRONG_USAGE 2148204816u
#define CERT_E_INVALID_POLICY 2148204819u
#define CERT_E_INVALID_NAME 2148204820u

static const struct fault_row rows[FAULT_N] = {
	[FAULT_NONE] = {"ok", 0, 0},
	[FAULT_REVOCATION_OFFLINE] = {"trust.revocation_offline", 13, CRYPT_E_REVOCATION_OFFLINE},
	[FAULT_REVOCATION_UNKNOWN] = {"trust.revocation_unknown", 13, CRYPT_E_NO_REVOCATION},
	[FAULT_UNKNOWN_CRITICAL] = {"trust.unknown_critical", 16, CERT_E_CRITICAL},
	[FAULT_MALFORMED] = {"trust.malformed", 16, CERT_E_CRITICAL},
	[FAULT_KEY_IDENTIFIER] = {"trust.key_identifier", 16, CERT_E_CHAINING},
	[FAULT_PATH_LENGTH] = {"trust.path_length", 16, TRUST_E_BASIC_CONSTRAINTS},
	[FAULT_MAX_DEPTH] = {"trust.max_depth", 16, TRUST_E_BASIC_CONSTRAINTS},
	[FAULT_BASIC_CONSTRAINTS] = {"trust.basic_constraints", 16, TRUST_E_BASIC_CONSTRAINTS},
	[FAULT_POLICY] = {"trust.policy", 16, CERT_E_INVALID_POLICY},
	[FAULT_NAME_CONSTRAINTS] = {"trust.name_constraints", 16, CERT_E_INVALID_NAME},
	[FAULT_NAME_CN_ONLY] = {"name.cn_only", 16, CERT_E_CN_NO_MATCH},
	[FAULT_NAME_NO_MATCH] = {"name.no_match", 16, CERT_E_CN_NO_MATCH},
	[FAULT_NOT_YET_VALID] = {"trust.not_yet_valid", 17, CERT_E_EXPIRED},
	[FAULT_EXPIRED] = {"trust.expired", 17, CERT_E_EXPIRED},
	[FAULT_KEY_USAGE] = {"trust.key_usage", 16, CERT_E_WRONG_USAGE},
	[FAULT_WRONG_USAGE] = {"trust.wrong_usage", 16, CERT_E_WRONG_USAGE},
	[FAULT_WEAK_KEY] = {"trust.weak_key", 16, TRUST_E_CERT_SIGNATURE},
	[FAULT_WEAK_SIGNATURE] = {"trust.weak_signature", 16, TRUST_E_CERT_SIGNATURE},
	[FAULT_LIMIT_NAMES] = {"trust.limit_names", 16, CERT_E_CHAINING},
	[FAULT_LIMIT_NODES] = {"trust.limit_nodes", 16, CERT_E_CHAINING},
	[FAULT_LIMIT_SIGNATURES] = {"trust.limit_signatures", 16, CERT_E_CHAINING},
	[FAULT_LIMIT_DEPTH] = {"trust.limit_depth", 16, CERT_E_CHAINING},
	[FAULT_CHAIN_BREAKS] = {"trust.chain_breaks", 16, CERT_E_CHAINING},
	[FAULT_NOT_IN_ISSUER_LIST] = {"trust.not_in_issuer_list", 16, CERT_E_UNTRUSTEDROOT},
	[FAULT_ROOT_STORE_MIXED] = {"trust.root_store_mixed", 16, CERT_E_UNTRUSTEDROOT},
	[FAULT_ROOT_NOT_IN_ROOT] = {"trust.root_not_in_root", 16, CERT_E_UNTRUSTEDROOT},
	[FAULT_REVOKED] = {"trust.revoked", 13, CRYPT_E_REVOKED},
	[FAULT_UNSUPPORTED_ALGORITHM] = {"trust.unsupported_algorithm", 16, TRUST_E_CERT_SIGNATURE},
	[FAULT_BAD_SIGNATURE] = {"trust.bad_signature", 16, TRUST_E_CERT_SIGNATURE},
	[FAULT_DISALLOWED] = {"trust.disallowed", 16, TRUST_E_EXPLICIT_DISTRUST},
	[FAULT_UNREADABLE] = {"x509.corrupt", 16, CERT_E_CHAINING},
	[FAULT_NO_CERTIFICATE] = {"trust.no_certificate", 7, ERROR_ACCESS_DENIED},
};

const struct fault_row *fault_row(enum fault f)
{
	assert(f < FAULT_N);
	return &rows[f];
}
