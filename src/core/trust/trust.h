/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/span.h"
#include "core/core.h"
#include "trust/judge.h"

/*
 * Trust in client certificates as people set it, look at it and try it out. The rules are trust/'s;
 * here they meet the stores, settings and bindings of this console.
 */

/* {mode, name, consequence, change: null|{id, state, confirm_until}} */
bool trust_mode_show(struct core *c, json_t **out, struct err *e) MUST_USE;
/* The same of a mode that is not in force: what a dry run answers. */
bool trust_mode_describe(int mode, json_t **out, struct err *e) MUST_USE;
/*
 * The mode is changed as bindings are (core/bindings/bindings.h): staged, committed, confirmed within
 * confirm_within_s or back by itself; change_commit(), change_confirm() and change_abort() are the
 * same. The check client.own_connection warns whoever would shut himself out.
 * trust_mode_set() stages and commits at once; with confirm_within_s 0 that is all.
 * *out: the change; nothing to change: state "confirmed", "unchanged": true and id null.
 */
struct trust_mode_request {
	int mode;
	int confirm_within_s;
	bool dry_run;
	int64_t own_binding; /* as in struct bind_request */
	const struct cert_list *own_chain;
};
bool trust_mode_stage(struct core *c, const struct actor *by, const struct trust_mode_request *r,
		      json_t **out, struct err *e) MUST_USE;
bool trust_mode_set(struct core *c, const struct actor *by, const struct trust_mode_request *r,
		    json_t **out, struct err *e) MUST_USE;
/* The id of the open change; ERR_NOT_FOUND change.not_found. */
bool trust_mode_open_change(struct core *c, char *out, size_t size, struct err *e) MUST_USE;

/*
 * The effective issuer list of a binding (NULL: the default one; without bindings the one that
 * holds for all): {binding, mode, source, members[], left_out[], root_is_mixed, size_bytes,
 * size_limit_bytes, sent}. size_bytes is what SendTrustedIssuerList would send; sent: it does, in TLS
 * 1.2 (mbedTLS has no names in TLS 1.3).
 */
#define ISSUER_LIST_LIMIT_BYTES 16384 /* Schannel sends no more */
bool trust_issuer_list(struct core *c, const char *binding, json_t **out, struct err *e) MUST_USE;

/* The policy of a binding's door. issuer_store borrows from *binding_out, a new object, which is
 * null where there is no binding yet. mode -1: as set. */
bool trust_policy_of(struct core *c, const char *binding, int mode, struct trust_policy *out,
		     json_t **binding_out, struct err *e) MUST_USE;

struct trust_trial {
	struct span file;    /* leaf first; any form that import takes, keys ignored */
	const char *binding; /* NULL: the default one */
	int mode;	     /* -1: as set */
	int64_t time_s;	     /* 0: now */
	struct signature_cache *signatures;
	const json_t *settings; /* of the binding at another time; NULL: as they are */
};
/* What the binding's settings say, or said: the parts of a policy that come from there. */
void trust_policy_from(const json_t *settings, struct trust_policy *out);
/* A verdict as in core/view/view_verdict.h, with {remedies, cause}. */
bool trust_try(struct core *c, const struct trust_trial *t, json_t **out, struct err *e) MUST_USE;

/* Modes 0, 1 and 2 side by side: {"modes":[3 verdicts],"draft":null or the same three}. draft is
 * an array of {action: add|remove, store, cert or file}, applied to a copy of the stores. refusal:
 * id of a record instead of a file. */
#define DRAFT_STEPS_MAX 100 /* steps of one draft that is tried */
struct trust_question {
	struct span file;
	const char *refusal;
	const char *binding;
	const json_t *draft;
	struct signature_cache *signatures;
};
bool trust_what_if(struct core *c, const struct trust_question *q, json_t **out,
		   struct err *e) MUST_USE;

/*
 * What is wrong in the stores: {"findings":[{id, rule, severity, store, sha256, thumbprint,
 * subject, evidence, consequence, cure, fixable}], "summary":{errors, warnings, fixable}}. An id
 * stays the same while the finding stands. Fixing does what is safe and can be undone; ids NULL: all
 * of it. {"fixed":[{id, rule, done, undo{text, method, href, body}}],"left":[findings]}
 */
bool trust_lint(struct core *c, json_t **out, struct err *e) MUST_USE;
bool trust_lint_fix(struct core *c, const struct actor *by, const json_t *ids, json_t **out,
		    struct err *e) MUST_USE;
