/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "trust/judge.h"
#include "x509/signature.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static bool lies_inside(const struct cert *c, struct span s)
{
	return s.len == 0 || (s.p >= c->der && s.p + s.len <= c->der + c->der_len);
}

static void look_at_all(const struct cert *c)
{
	struct buf text AUTO_BUF = BUF_INIT;
	must(lies_inside(c, c->tbs) && lies_inside(c, c->serial) && lies_inside(c, c->spki) &&
	     lies_inside(c, c->signature) && lies_inside(c, c->subject_key_id));
	must(name_equal(&c->subject, &c->subject) && name_is_within(&c->issuer, &c->issuer));
	name_text(&c->subject, &text);
	name_text(&c->issuer, &text);
	for (size_t i = 0; i < c->san.n; i++)
		general_name_text(&c->san.items[i], &text);
	for (size_t i = 0; i < c->n_name_constraints; i++)
		general_name_text(&c->name_constraints[i].base, &text);
	for (size_t i = 0; i < c->n_extensions; i++)
		must(lies_inside(c, c->extensions[i].oid) &&
		     lies_inside(c, c->extensions[i].value));
	(void)cert_matches_host(c, "www.example.com");
	(void)cert_common_name_matches(c, "192.0.2.1");
	(void)signature_algorithm_name(c->signature_algorithm);
}

/* The certificate above, below and beside itself: the engine sees every path with it, and must answer. */
static void judge_with_itself(struct cert *c)
{
	struct cert_list list AUTO_CERT_LIST = CERT_LIST_INIT;
	struct trust_view *view = NULL;
	struct err e = ERR_INIT;
	if (!cert_list_add(&list, c, &e))
		return;
	const struct trust_store stores[] = {{"Root", &list}, {"CA", &list}};
	if (!trust_view_new(stores, 2, NULL, 0, &view, &e))
		return;
	struct trust_policy policy = {.mode = TRUST_EXCLUSIVE_CA,
				      .check_usage = true,
				      .profile = PROFILE_STRICT,
				      .revocation = REVOCATION_CHECK,
				      .legacy_algorithms = true,
				      .max_depth = -1,
				      .name = "www.example.com",
				      .name_kind = NAME_DNS};
	struct cert *chain[] = {c, c};
	struct verdict *v = NULL;
	must(trust_judge(view, &policy, chain, 2, c->not_before_s, NULL, &v, &e));
	must(v->reason != NULL && v->explanation[0] != '\0' && (v->accept == (v->win32 == 0)));
	verdict_free(v);
	trust_view_unref(view);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cert *c AUTO_CERT = NULL;
	struct err e = ERR_INIT;
	if (!cert_parse(data, size, &c, &e)) {
		must(c == NULL && e.code != ERR_OK);
		return 0;
	}
	look_at_all(c);
	judge_with_itself(c);
	return 0;
}
