/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/digest.h"
#include "base/err.h"
#include "base/span.h"
#include "x509/name.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One certificate, read strictly (RFC 5280) and kept whole: what the engine must see, nothing
 * dropped. What is structurally sound but breaks a rule of RFC 5280 is read and marked in defects,
 * for the engine to judge; what is no certificate is ERR_FORMAT with reason x509.corrupt. Immutable
 * after parsing and shared by reference; every span borrows from der. Threads  any
 */
#define CERT_MAX_BYTES ((size_t)256 << 10) /* one certificate */
#define CERT_EXTENSIONS_MAX 128		   /* extensions in one certificate */
#define CERT_OIDS_MAX 256		   /* members of one list of identifiers */
#define SHA1_BYTES 20

enum key_type { KEY_UNKNOWN, KEY_RSA, KEY_RSA_PSS, KEY_EC, KEY_ED25519, KEY_ED448, KEY_DSA };

/* Key usage bits, numbered as in RFC 5280 4.2.1.3. */
enum key_usage {
	KU_DIGITAL_SIGNATURE = 1u << 0,
	KU_CONTENT_COMMITMENT = 1u << 1,
	KU_KEY_ENCIPHERMENT = 1u << 2,
	KU_DATA_ENCIPHERMENT = 1u << 3,
	KU_KEY_AGREEMENT = 1u << 4,
	KU_KEY_CERT_SIGN = 1u << 5,
	KU_CRL_SIGN = 1u << 6,
	KU_ENCIPHER_ONLY = 1u << 7,
	KU_DECIPHER_ONLY = 1u << 8
};

enum cert_purpose { PURPOSE_SERVER, PURPOSE_CLIENT, PURPOSE_CODE_SIGNING };

/* Rules of RFC 5280 that this certificate breaks; the engine decides which count under which
 * profile. */
enum cert_defect {
	CERT_DEFECT_SERIAL = 1u << 0,  /* zero, negative or longer than 20 bytes */
	CERT_DEFECT_VERSION = 1u << 1, /* extensions without v3, or unique ids in v1 */
	CERT_DEFECT_DUPLICATE_EXTENSION = 1u << 2,
	CERT_DEFECT_SIGNATURE_ALGORITHMS = 1u << 3, /* inner and outer differ */
	CERT_DEFECT_EMPTY_EXTENSION = 1u << 4,	    /* SAN, EKU, extensions, ... without members */
	CERT_DEFECT_SAN_SHAPE = 1u << 5,	    /* not IA5, bad IP length, blank name ... */
	CERT_DEFECT_TIME = 1u << 6,		/* not Zulu, no seconds, wrong form for the year */
	CERT_DEFECT_EXTENSION_FORMAT = 1u << 7, /* a known extension that does not parse */
	CERT_DEFECT_CRITICALITY = 1u << 8,	/* critical where it must not be, or the reverse */
	CERT_DEFECT_EMPTY_ISSUER = 1u << 9,
	CERT_DEFECT_ENCODING = 1u << 10,    /* DER broken where BER would pass */
	CERT_DEFECT_CA_FIELDS = 1u << 11,   /* what only a CA may carry, in another certificate */
	CERT_DEFECT_POLICIES = 1u << 12,    /* one twice, mapped from or to any, bad qualifiers */
	CERT_DEFECT_POINTERS = 1u << 13,    /* key identifier or distribution point half given */
	CERT_DEFECT_CONSTRAINTS = 1u << 14, /* of undefined form, bad mask, with distances */
	CERT_DEFECT_NAME_STRING = 1u << 15, /* characters that the string type does not have */
	CERT_DEFECT_KEY = 1u << 16,	    /* public key malformed, or of unknown kind or curve */
	CERT_DEFECT_POLICY_CRITICALITY =
		1u << 17 /* policyConstraints or inhibitAnyPolicy, not critical */
};

struct oid_list {
	struct span *items; /* contents of each OBJECT IDENTIFIER */
	size_t n;
};

struct policy_info {
	struct span oid;
	struct span qualifiers; /* DER, may be empty */
};

struct policy_mapping {
	struct span issuer, subject;
};

struct name_constraint {
	struct general_name base; /* GN_IP: address and mask, 8 or 32 bytes */
	bool excluded;
	bool odd_distance; /* minimum not 0 or maximum present */
};

struct cert_extension {
	struct span oid, value; /* value: contents of the OCTET STRING */
	bool critical, known;	/* known: the reader decoded it */
};

struct cert {
	atomic_int refs;
	uint8_t *der; /* owned */
	size_t der_len;
	uint8_t sha256[SHA256_BYTES];
	uint8_t sha1[SHA1_BYTES];
	char id[2 * SHA256_BYTES + 1]; /* lower-case hex SHA-256: identity inside the house */
	char thumbprint[2 * SHA1_BYTES +
			1]; /* upper-case hex SHA-1: shown because Windows shows it */

	int version; /* 1, 2, 3 */
	struct span tbs, serial, signature_algorithm /* AlgorithmIdentifier DER */,
		signature /* bits, no unused octet */;
	struct name issuer, subject;
	int64_t not_before_s, not_after_s;
	struct span spki; /* SubjectPublicKeyInfo DER */
	uint8_t spki_sha256[SHA256_BYTES];
	enum key_type key_type;
	unsigned key_bits;
	struct span key_curve;	     /* EC: contents of the named curve's OID */
	struct span key_parameters;  /* of the key's algorithm, DER, may be empty */
	struct span key_bits_octets; /* the key itself: contents of its BIT STRING */

	unsigned defects; /* enum cert_defect */
	struct cert_extension *extensions;
	size_t n_extensions;
	bool has_unknown_critical;

	bool has_basic_constraints, is_ca;
	int path_len; /* -1: none */
	bool has_key_usage;
	unsigned key_usage;
	bool has_eku;
	struct oid_list eku;
	bool has_san;
	struct general_names san;
	struct span subject_key_id, authority_key_id; /* empty: absent */
	struct general_names authority_cert_issuer;
	struct span authority_cert_serial;
	bool has_name_constraints, name_constraints_are_critical;
	struct name_constraint *name_constraints;
	size_t n_name_constraints;
	bool has_policies;
	struct policy_info *policies;
	size_t n_policies;
	struct policy_mapping *policy_mappings;
	size_t n_policy_mappings;
	int require_explicit_policy, inhibit_policy_mapping, inhibit_any_policy; /* -1: absent */
	struct general_names crl_urls; /* URIs of the distribution points' full names */
	bool has_crl_distribution_points;
	struct span crl_distribution_points;	     /* extension value, for x509/crl.h */
	struct general_names freshest_urls;	     /* URIs of the delta lists */
	struct general_names ocsp_urls, issuer_urls; /* authority information access */
};

bool cert_parse(const uint8_t *der, size_t len, struct cert **out, struct err *e) MUST_USE;
struct cert *cert_ref(struct cert *c); /* returns c */
void cert_unref(struct cert *c);       /* NULL is fine */
DEFINE_AUTO(struct cert *, cert, cert_unref)
#define AUTO_CERT AUTO(cert_autop)

bool cert_equal(const struct cert *a, const struct cert *b);
/* Issuer and subject names are the same: only a hint, see signature_is_self_made(). */
bool cert_is_self_issued(const struct cert *c);
bool cert_allows_purpose(const struct cert *c,
			 enum cert_purpose p); /* EKU only; absent or empty allows all */
/* Whether a SAN of the right kind matches host (a DNS name or an IP address as text). CN alone
 * matches nothing. */
bool cert_matches_host(const struct cert *c, const char *host);
bool cert_common_name_matches(const struct cert *c,
			      const char *host); /* for the check name.cn_only alone */

/* Whether the public key is one at all: a point on its curve. Costs as much as a signature; for a key that verifies
 * signatures anyway there is no need to ask. True where nothing speaks against it. */
bool cert_key_is_sound(const struct cert *c);

/* A growing, owning list of references. */
struct cert_list {
	struct cert **items;
	size_t n, cap;
};
#define CERT_LIST_INIT                                                                             \
	{                                                                                          \
		.items = NULL                                                                      \
	}
bool cert_list_add(struct cert_list *l, struct cert *c,
		   struct err *e) MUST_USE; /* takes its own reference */
bool cert_list_has(const struct cert_list *l, const struct cert *c);
void cert_list_clear(struct cert_list *l);
#define AUTO_CERT_LIST AUTO(cert_list_clear)
