/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"
#include "trust/judge.h"
#include "trust/view.h"
#include "x509/cert.h"

/*
 * Inside of the lint of core/trust/trust.h, for core/trust/lint*.c alone: the stores as they are, the findings,
 * and what cures them.
 */
#define LINT_STORES_MAX TRUST_MAX_STORES /* stores that are looked through */
#define LINT_FINDINGS_MAX 5000		 /* findings in one answer */
#define LINT_EXPIRY_SOON_S (30 * 86400)

struct lint_store {
	char name[64];
	bool builtin;
	struct cert_list members;
	bool *self_signed; /* parallel to members: the signature verifies with its own key */
};

enum lint_severity { LINT_ERROR, LINT_WARNING, LINT_NOTE };

/* How a finding is cured; nothing of it adds an anchor. */
enum lint_cure { CURE_BY_HAND, CURE_MOVE_TO_CA, CURE_REMOVE };

struct lint {
	struct core *c;
	int64_t now_s;
	enum trust_mode mode;
	struct lint_store stores[LINT_STORES_MAX];
	size_t n_stores;
	json_t *bindings; /* as REST shows them; owned */
	json_t *findings; /* owned */
};

struct lint_finding {
	const char *rule;
	enum lint_severity severity;
	const struct lint_store *store; /* NULL: of no store */
	const struct cert *cert;	/* NULL: of no certificate */
	const char *about;		/* tells findings without certificate apart; NULL: "" */
	const char *evidence, *consequence, *cure;
	enum lint_cure how;
};

bool lint_load(struct core *c, struct lint *out, struct err *e) MUST_USE;
void lint_clear(struct lint *l);
#define AUTO_LINT AUTO(lint_clear)
bool lint_add(struct lint *l, const struct lint_finding *f, struct err *e) MUST_USE;
/* NULL: there is no such store. */
const struct lint_store *lint_store(const struct lint *l, const char *name);
bool lint_store_has(const struct lint *l, const char *store, const struct cert *cert);

/* One file's worth of rules each: look at everything and add what they find. */
bool lint_members(struct lint *l, struct err *e) MUST_USE; /* misplaced, expired, weak ones */
bool lint_keys(struct lint *l, struct err *e) MUST_USE;	   /* several certificates of one key */
bool lint_lists(struct lint *l, struct err *e) MUST_USE;   /* issuer lists, mode, CRLs */
