/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "unit/trust/world.h"

#include "base/mem.h"

void world_clear(struct world *w)
{
	struct cert_list *lists[] = {&w->root, &w->ca,	   &w->client_auth_issuer,
				     &w->mine, &w->people, &w->disallowed,
				     &w->chain};
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		cert_list_clear(lists[i]);
	for (size_t i = 0; i < w->n_crls; i++)
		crl_unref(w->crls[i]);
	verdict_free(w->verdict);
}

void world_put(struct cert_list *list, struct cert *c)
{
	struct err e = ERR_INIT;
	unit_assert_ok(cert_list_add(list, c, &e), &e);
}

struct cert *world_make(struct cert_list *list, const struct maker *m)
{
	struct cert *c = maker_cert(m);
	world_put(list, c);
	cert_unref(c);
	return list->items[list->n - 1];
}

bool world_try(struct world *w, unsigned long fail_at, struct err *e)
{
	const struct trust_store stores[] = {
		{"Root", &w->root},
		{"CA", &w->ca},
		{"MyIssuers", &w->mine},
		{"ClientAuthIssuer", &w->client_auth_issuer},
		{"TrustedPeople", &w->people},
		{"Disallowed", &w->disallowed},
	};
	struct trust_view *view = NULL;
	bool done;

	verdict_free(w->verdict);
	w->verdict = NULL;
	mem_fail_at(fail_at);
	done = trust_view_new(stores, ARRAY_LEN(stores), w->crls, w->n_crls, &view, e);
	for (size_t i = 0; done && i < w->n_crls; i++)
		trust_view_crl_checked(view, i, w->crls_checked_s);
	done = done && trust_judge(view, &w->policy, w->chain.items, w->chain.n, w->now_s, NULL,
				   &w->verdict, e);
	trust_view_unref(view);
	return done;
}

void world_judge(struct world *w)
{
	struct err e = ERR_INIT;

	unit_assert_ok(world_try(w, 0, &e), &e);
}

void world_refuses(struct world *w, const char *reason, int substatus, uint32_t win32)
{
	world_judge(w);
	assert_string_equal(w->verdict->reason, reason);
	assert_false(w->verdict->accept);
	assert_int_equal(w->verdict->substatus, substatus);
	assert_int_equal(w->verdict->win32, win32);
	assert_true(w->verdict->explanation[0] != '\0');
}

void world_accepts(struct world *w)
{
	world_judge(w);
	assert_string_equal(w->verdict->reason, "ok");
	assert_true(w->verdict->accept);
	assert_int_equal(w->verdict->substatus, 0);
	assert_int_equal(w->verdict->win32, 0);
}

struct cert *world_root(struct cert_list *list)
{
	return world_make(
		list,
		&(struct maker){.subject = "Root", .key = maker_key(0), .serial = 1, .ca = true});
}

struct cert *world_issuing(struct cert_list *list)
{
	return world_make(list, &(struct maker){.subject = "Issuing",
						.issuer = "Root",
						.key = maker_key(1),
						.signer = maker_key(0),
						.serial = 2,
						.ca = true});
}

struct cert *world_alice(struct cert_list *list)
{
	return world_make(list, &(struct maker){.subject = "Alice",
						.issuer = "Issuing",
						.key = maker_key(2),
						.signer = maker_key(1),
						.serial = 3,
						.dns = "alice.test",
						.client_auth = true});
}
