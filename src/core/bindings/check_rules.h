/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/agents/agents.h"
#include "core/bindings/material.h"
#include "core/bindings/plan.h"

/*
 * For core/bindings/checks.c alone: the table of rules, each a question with its evidence. Ids are codes of
 * the reason table, which has title and remedy.
 */
enum check_weight { CHECK_NEVER /* overridable never */, CHECK_FAIL, CHECK_WARN };
enum check_subject { CHECK_CERT, CHECK_ENDPOINT };

struct check_input {
	struct core *core;
	const struct bind_plan *plan;
	struct trust_view *view;
	struct material material;
	char name[256]; /* that the certificate must carry */
	bool in_host_store, in_disallowed;
	struct err load, open; /* what try_load and try_endpoint said; code ERR_OK: good */
	bool load_tried, open_tried;
	int64_t now_s;
	bool is_for_agents; /* the change gives the agents' binding another certificate */
	struct agents_share agents;
	bool own_is_refused; /* the asker's own connection, were the change made */
	char own_why[480];
};
#define CHECK_INPUT_INIT                                                                           \
	{                                                                                          \
		.core = NULL, .material = MATERIAL_INIT                                            \
	}
bool check_input_load(struct core *c, const struct bind_plan *plan, struct check_input *out,
		      struct err *e) MUST_USE;
void check_input_clear(struct check_input *in);

struct check_rule {
	const char *id;
	enum check_weight weight;
	enum check_subject subject;
	bool needs_cert;
	/* True: it holds. evidence: what was seen, in either case. */
	bool (*holds)(const struct check_input *in, struct buf *evidence);
};
const struct check_rule *check_rules(size_t *n_out);
/* What to do where it does not hold; static. */
const char *check_remedy(const struct check_rule *rule, const struct check_input *in);

#define CHECK_SOON_S (30 * 86400)
