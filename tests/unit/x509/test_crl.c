/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/mem.h"
#include "lib/maker.h"
#include "lib/unit.h"
#include "x509/oid.h"
#include "x509/signature.h"

static const struct maker_entry entries[] = {{300, 0}, {7, 1}, {0x8001, 6}, {42, 0}, {128, 8}};

static struct crl *list(struct maker_crl m)
{
	m.issuer = "Root";
	m.signer = maker_key(0);
	return maker_crl(&m);
}

static struct cert *cert_of(uint32_t serial, bool ca, struct maker_extension *x)
{
	struct maker m = {.subject = "A",
			  .issuer = "Root",
			  .key = maker_key(1),
			  .signer = maker_key(0),
			  .serial = serial,
			  .ca = ca};
	if (x != NULL)
		m.extensions[m.n_extensions++] = *x;
	return maker_cert(&m);
}

static void finds_what_is_listed(void **state)
{
	struct crl *l AUTO(crl_autop) =
		list((struct maker_crl){.entries = entries, .n_entries = ARRAY_LEN(entries)});
	(void)state;
	assert_int_equal(l->n_entries, ARRAY_LEN(entries));
	assert_int_equal(l->version, 2);
	assert_false(l->is_delta || l->is_indirect || l->has_unknown_critical);
	assert_int_equal(crl_find(l, span_of("\x07", 1))->reason, 1);
	assert_int_equal(crl_find(l, span_of("\x00\x80\x01", 3))->reason, 6);
	assert_non_null(crl_find(l, span_of("\x01\x2c", 2)));
	assert_non_null(crl_find(l, span_of("\x00\x80", 2)));
	assert_null(crl_find(l, span_of("\x08", 1)));
	assert_null(crl_find(l, span_of("\x80", 1)));
	assert_int_equal(signature_verify(l->tbs, l->signature_algorithm, l->signature,
					  buf_span(&maker_key(0)->spki)),
			 SIGNATURE_GOOD);
	struct cert *c AUTO_CERT = cert_of(42, false, NULL);
	assert_non_null(crl_find_cert(l, c));
}

static void covers_by_scope(void **state)
{
	struct cert *leaf AUTO_CERT = cert_of(5, false, NULL);
	struct cert *ca AUTO_CERT = cert_of(6, true, NULL);
	struct crl *all AUTO(crl_autop) = list((struct maker_crl){.number = 1});
	struct maker_crl users = {.n_extensions = 1}, some = {.n_extensions = 1};
	(void)state;
	users.extensions[0] = (struct maker_extension){OID_LITERAL(OID_CE("\x1c")),
						       span_of("\x30\x03\x81\x01\xff", 5), true};
	some.extensions[0] = (struct maker_extension){OID_LITERAL(OID_CE("\x1c")),
						      span_of("\x30\x04\x83\x02\x05\x60", 6), true};
	struct crl *only_users AUTO(crl_autop) = list(users);
	struct crl *only_some AUTO(crl_autop) = list(some);
	assert_int_equal(crl_reasons_for(all, leaf, false), CRL_ALL_REASONS);
	assert_true(crl_covers(only_users, leaf, false));
	assert_false(crl_covers(only_users, ca, true));
	assert_int_equal(crl_reasons_for(only_some, leaf, false), 1u << 1 | 1u << 2);
}

static void meets_the_distribution_point_of_the_certificate(void **state)
{
	static const char point[] = "\x30\x0f\x30\x0d\xa0\x0b\xa0\x09\x86\x07http://";
	static const char same[] = "\x30\x0d\xa0\x0b\xa0\x09\x86\x07http://";
	static const char other[] = "\x30\x0d\xa0\x0b\xa0\x09\x86\x07https:/";
	struct maker_extension cdp = {OID_LITERAL(OID_CE("\x1f")), span_of(point, sizeof point - 1),
				      false};
	struct cert *c AUTO_CERT = cert_of(5, false, &cdp);
	struct maker_crl a = {.n_extensions = 1}, b = {.n_extensions = 1};
	(void)state;
	assert_int_equal(c->crl_urls.n, 1);
	a.extensions[0] = (struct maker_extension){OID_LITERAL(OID_CE("\x1c")),
						   span_of(same, sizeof same - 1), true};
	b.extensions[0] = (struct maker_extension){OID_LITERAL(OID_CE("\x1c")),
						   span_of(other, sizeof other - 1), true};
	struct crl *la AUTO(crl_autop) = list(a), *lb AUTO(crl_autop) = list(b);
	assert_true(crl_covers(la, c, false));
	assert_false(crl_covers(lb, c, false));
}

static void a_delta_fits_a_base_that_is_recent_enough(void **state)
{
	struct crl *base AUTO(crl_autop) = list((struct maker_crl){.number = 10});
	struct crl *old AUTO(crl_autop) = list((struct maker_crl){.number = 9});
	struct crl *delta AUTO(crl_autop) =
		list((struct maker_crl){.number = 12, .base_number = 10});
	(void)state;
	assert_true(delta->is_delta);
	assert_true(crl_delta_fits(delta, base));
	assert_false(crl_delta_fits(delta, old));
	assert_false(crl_delta_fits(base, old));
}

static void marks_lists_that_break_rules(void **state)
{
	struct maker_crl m = {.n_extensions = 1};
	(void)state;
	m.extensions[0] =
		(struct maker_extension){OID_LITERAL("\x2a\x03"), span_of("\x05\x00", 2), true};
	struct crl *unknown AUTO(crl_autop) = list(m);
	struct crl *no_key_id AUTO(crl_autop) = list((struct maker_crl){.number = 1});
	assert_true(unknown->has_unknown_critical);
	assert_true(no_key_id->has_defect);
	m.extensions[0] = (struct maker_extension){OID_LITERAL(OID_CE("\x23")),
						   span_of("\x30\x03\x80\x01x", 5), false};
	struct crl *sound AUTO(crl_autop) = list(m);
	assert_false(sound->has_defect);
}

static void refuses_every_cut(void **state)
{
	struct crl *l AUTO(crl_autop) =
		list((struct maker_crl){.entries = entries, .n_entries = ARRAY_LEN(entries)});
	(void)state;
	for (size_t len = 0; len < l->der_len; len++) {
		struct crl *out = NULL;
		struct err e = ERR_INIT;
		assert_false(crl_parse(l->der, len, &out, &e));
		unit_assert_reason(&e, "x509.corrupt");
		assert_null(out);
	}
}

static void survives_memory_shortage_at_every_allocation(void **state)
{
	struct crl *l AUTO(crl_autop) =
		list((struct maker_crl){.entries = entries, .n_entries = ARRAY_LEN(entries)});
	(void)state;
	for (unsigned long n = 1;; n++) {
		struct crl *out = NULL;
		struct err e = ERR_INIT;
		mem_fail_at(n);
		bool read = crl_parse(l->der, l->der_len, &out, &e);
		mem_fail_at(0);
		if (read) {
			crl_unref(out);
			return;
		}
		assert_int_equal(e.code, ERR_NOMEM);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_is_listed),
		cmocka_unit_test(covers_by_scope),
		cmocka_unit_test(meets_the_distribution_point_of_the_certificate),
		cmocka_unit_test(a_delta_fits_a_base_that_is_recent_enough),
		cmocka_unit_test(marks_lists_that_break_rules),
		cmocka_unit_test(refuses_every_cut),
		cmocka_unit_test(survives_memory_shortage_at_every_allocation),
	};
	int failed = unit_run("x509/crl", tests, ARRAY_LEN(tests));
	maker_free_keys();
	return failed;
}
