/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Directory names (RFC 5280 4.1.2.4) and general names (4.2.1.6), read from DER and compared as
 * section 7.1 says: without regard to case, inner and outer spaces and string type. Everything
 * borrows from the DER it was read from.
 */
#define NAME_RDN_MAX 64	       /* relative names in one name */
#define NAME_ATTRIBUTE_MAX 8   /* attributes in one relative name */
#define GENERAL_NAMES_MAX 4096 /* members of one list of general names */

struct name_attribute {
	struct span oid; /* contents of the OBJECT IDENTIFIER */
	int tag;	 /* ASN.1 tag of the value */
	struct span value;
	bool starts_rdn; /* first of its relative name */
};

struct name {
	struct span der; /* the whole SEQUENCE */
	struct name_attribute *attributes;
	size_t n_attributes;
	size_t n_rdns;
	/* What section 7.1 compares: equal names have equal octets here, and a name within another starts with its. */
	uint8_t *canonical;
	size_t canonical_len;
	bool has_bad_string; /* a value that its string type does not allow */
};

bool name_parse(struct span der, struct name *out, struct err *e) MUST_USE;
void name_clear(struct name *n);
bool name_equal(const struct name *a, const struct name *b);
bool name_is_empty(const struct name *n);
/* Whether base's relative names are the first ones of n, one by one (name constraints, 4.2.1.10).
 */
bool name_is_within(const struct name *n, const struct name *base);

/* RFC 4514 text, most specific first ("CN=www,O=Example"); hostile bytes escaped. */
void name_text(const struct name *n, struct buf *out);
/* The last common name, as UTF-8 text; false when there is none. */
bool name_common_name(const struct name *n, struct buf *out);
/* The e-mail addresses in the name (PKCS#9 emailAddress): index i, false past the last. */
bool name_email(const struct name *n, size_t i, struct span *out);

enum general_name_kind {
	GN_OTHER = 0,
	GN_EMAIL = 1,
	GN_DNS = 2,
	GN_X400 = 3,
	GN_DIRECTORY = 4,
	GN_EDI = 5,
	GN_URI = 6,
	GN_IP = 7,
	GN_RID = 8
};

struct general_name {
	enum general_name_kind kind;
	struct span value;     /* contents; for GN_DIRECTORY the SEQUENCE itself */
	struct name directory; /* only for GN_DIRECTORY, owned */
};

struct general_names {
	struct general_name *items;
	size_t n;
};

/* der: contents of a SEQUENCE OF GeneralName. */
bool general_names_parse(struct span contents, struct general_names *out, struct err *e) MUST_USE;
void general_names_clear(struct general_names *g);
/* The members of one kind: the ith, NULL past the last. */
const struct general_name *general_names_find(const struct general_names *g,
					      enum general_name_kind kind, size_t i);
/* "DNS:www.example", "IP:192.0.2.1", "URI:..." */
void general_name_text(const struct general_name *g, struct buf *out);

/*
 * RFC 6125 and 9525 matching of one host name against one DNS pattern: ASCII case, one leading "*."
 * label at most. Both without trailing dot.
 */
bool dns_name_matches(struct span pattern, const char *host);
/* Text form of an IPv4 or IPv6 address to 4 or 16 bytes. */
bool ip_parse(const char *text, uint8_t out[static 16], size_t *len_out) MUST_USE;
void ip_text(struct span bytes, struct buf *out);
