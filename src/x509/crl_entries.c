/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/crl_read.h"

#include "base/mem.h"
#include "x509/der.h"
#include "x509/oid.h"

#include <stdlib.h>

static bool corrupt(struct err *e)
{
	return err_reason(e, "x509.corrupt", "malformed entry of a revocation list");
}

/* 5.3: reasonCode, invalidityDate, certificateIssuer and the old hold instruction. */
static bool read_entry_extension(struct crl_entry *entry, struct der *d)
{
	struct der x, inner;
	struct span oid, value;
	bool critical = false;
	if (!der_enter(d, DER_SEQUENCE, &x) || !der_get(&x, DER_OID, &oid) ||
	    (der_is(&x, DER_BOOLEAN) && !der_bool(&x, &critical)) ||
	    !der_get(&x, DER_OCTET_STRING, &value) || !der_done(&x))
		return false;
	if (oid_is(oid, OID_LITERAL(OID_CE("\x15")))) {
		inner = der_of(value);
		return der_small_int(&inner, DER_ENUMERATED, 10, &entry->reason) &&
		       der_done(&inner);
	}
	if (oid_is(oid, OID_LITERAL(OID_CE("\x1d")))) {
		if (!der_only(value, DER_SEQUENCE, &inner) || der_done(&inner))
			return false;
		entry->certificate_issuer = span_of(inner.p, (size_t)(inner.end - inner.p));
		return true;
	}
	if (oid_is(oid, OID_LITERAL(OID_CE("\x18"))) || oid_is(oid, OID_LITERAL(OID_CE("\x17"))))
		return true;
	entry->has_unknown_critical = entry->has_unknown_critical || critical;
	return true;
}

static bool read_entry(struct crl *l, struct der *d, struct crl_entry *out)
{
	struct der entry, extensions;
	bool odd = false;
	if (!der_enter(d, DER_SEQUENCE, &entry) || !der_get(&entry, DER_INTEGER, &out->serial) ||
	    out->serial.len == 0 || !der_time(&entry, &out->revoked_at_s, &odd))
		return false;
	l->has_defect = l->has_defect || odd;
	if (der_done(&entry))
		return true;
	if (!der_enter(&entry, DER_SEQUENCE, &extensions) || !der_done(&entry))
		return false;
	if (l->version != 2)
		l->has_defect = true;
	while (!der_done(&extensions))
		if (!read_entry_extension(out, &extensions))
			return false;
	return true;
}

/* Leading zeros of a sloppy encoder do not make another number. */
static struct span trimmed(struct span serial)
{
	while (serial.len > 1 && serial.p[0] == 0 && (serial.p[1] & 0x80) == 0) {
		serial.p++;
		serial.len--;
	}
	return serial;
}

static int compare_serials(struct span a, struct span b)
{
	a = trimmed(a);
	b = trimmed(b);
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return memcmp(a.p, b.p, a.len);
}

static int compare_entries(const void *x, const void *y, void *list)
{
	const struct crl_entry *entries = ((const struct crl *)list)->entries;
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
	int order = compare_serials(entries[a].serial, entries[b].serial);
	return order != 0 ? order : a < b ? -1 : a > b;
}

static bool make_index(struct crl *l, struct err *e)
{
	l->by_serial = mem_array(l->n_entries, sizeof *l->by_serial);
	if (l->by_serial == NULL)
		return err_nomem(e);
	for (size_t i = 0; i < l->n_entries; i++)
		l->by_serial[i] = (uint32_t)i;
	qsort_r(l->by_serial, l->n_entries, sizeof *l->by_serial, compare_entries, l);
	return true;
}

bool crl_read_entries(struct crl *l, struct der d, struct err *e)
{
	struct der_item item;
	struct span issuer = {NULL, 0};
	size_t n = 0;
	for (struct der count = d; !der_done(&count); n++)
		if (!der_next(&count, &item))
			return corrupt(e);
	if (n > CRL_ENTRIES_MAX)
		return err_set(e, ERR_LIMIT, "%zu entries in one revocation list, at most %d", n,
			       CRL_ENTRIES_MAX);
	if (n == 0) {
		l->has_defect = true; /* 5.1.2.6: absent rather than empty */
		return true;
	}
	l->entries = mem_array(n, sizeof *l->entries);
	if (l->entries == NULL)
		return err_nomem(e);
	for (; l->n_entries < n; l->n_entries++) {
		struct crl_entry *entry = &l->entries[l->n_entries];
		if (!read_entry(l, &d, entry))
			return corrupt(e);
		/* 5.3.3: the issuer named last holds for the entries that name none. */
		if (entry->certificate_issuer.len == 0)
			entry->certificate_issuer = issuer;
		issuer = entry->certificate_issuer;
		if (entry->has_unknown_critical)
			l->has_unknown_critical = true;
	}
	return make_index(l, e);
}

/* The first place in the index whose serial number is not below this one. */
static size_t lower_bound(const struct crl *l, struct span serial)
{
	size_t low = 0, high = l->n_entries;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare_serials(l->entries[l->by_serial[middle]].serial, serial) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool issuer_is(const struct crl *l, const struct crl_entry *entry, const struct name *issuer)
{
	struct general_names names AUTO(general_names_clear) = {.items = NULL};
	struct err e = ERR_INIT;
	if (entry->certificate_issuer.len == 0)
		return name_equal(&l->issuer, issuer);
	/* Unreadable names might be this one: the certificate then counts as listed. */
	if (!general_names_parse(entry->certificate_issuer, &names, &e))
		return true;
	for (size_t i = 0; i < names.n; i++)
		if (names.items[i].kind == GN_DIRECTORY &&
		    name_equal(&names.items[i].directory, issuer))
			return true;
	return false;
}

static const struct crl_entry *find(const struct crl *l, struct span serial,
				    const struct name *issuer)
{
	const struct crl_entry *found = NULL;
	for (size_t i = lower_bound(l, serial); i < l->n_entries; i++) {
		const struct crl_entry *entry = &l->entries[l->by_serial[i]];
		if (compare_serials(entry->serial, serial) != 0)
			break;
		if (issuer_is(l, entry, issuer))
			found = entry;
	}
	return found;
}

const struct crl_entry *crl_find(const struct crl *c, struct span serial)
{
	return find(c, serial, &c->issuer);
}

const struct crl_entry *crl_find_cert(const struct crl *l, const struct cert *c)
{
	return find(l, c->serial, &c->issuer);
}
