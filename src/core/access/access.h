/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"
#include "core/page.h"

/*
 * Who may come in: setup code, accounts, sessions, tokens. Only hashes are kept: Argon2id for
 * passwords, SHA-256 for tokens and session ids (256 random bits each need no slow hash). Password
 * functions take 0.1 s and more: job pool.
 */
#define TOKEN_PREFIX "cb_"
#define PASSWORD_MIN_CHARS 12	/* characters of a password, at least */
#define SETUP_CODE_LIFE_S 86400 /* of the code for the first account */
#define TOKEN_TTL_MAX_DAYS 3650 /* that a token lives, unless for ever */

struct identity {
	char name[128];
	char session_id[65]; /* public id of the session or token, for lists */
	char csrf[65];	     /* sessions only; "" for tokens */
	enum role role;
	bool is_session;
	bool is_certificate;  /* by client certificate */
	char certificate[65]; /* SHA-256 of the one that opened the session; "": a password did */
};

bool setup_needed(struct core *c, bool *out, struct err *e) MUST_USE;
bool setup_code_new(struct core *c, const struct actor *by, struct secret *out,
		    struct err *e) MUST_USE;
bool setup_run(struct core *c, const struct actor *by, const struct secret *code, const char *user,
	       const struct secret *password, struct err *e) MUST_USE;

bool token_create(struct core *c, const struct actor *by, const char *name, enum role role,
		  int ttl_days, struct secret *token_out, json_t **out, struct err *e) MUST_USE;
bool token_list(struct core *c, json_t **out, struct err *e) MUST_USE;
bool token_revoke(struct core *c, const struct actor *by, const char *id, struct err *e) MUST_USE;
bool token_check(struct core *c, struct span token, struct identity *out,
		 struct err *e) MUST_USE; /* ERR_AUTH auth.token */

bool account_create(struct core *c, const struct actor *by, const char *user, enum role role,
		    const struct secret *password, json_t **out, struct err *e) MUST_USE;
bool account_list(struct core *c, json_t **out, struct err *e) MUST_USE;
bool account_change(struct core *c, const struct actor *by, const char *user, const enum role *role,
		    const struct secret *password, struct err *e) MUST_USE;
bool account_remove(struct core *c, const struct actor *by, const char *user,
		    struct err *e) MUST_USE; /* never the last admin */

/* Throttled per account and per address: ERR_BUSY auth.throttled with the seconds to wait in the
 * text. */
bool session_open(struct core *c, const struct actor *by, const char *user,
		  const struct secret *password, struct secret *cookie_out, struct identity *out,
		  struct err *e) MUST_USE;
bool session_check(struct core *c, struct span cookie, struct identity *out,
		   struct err *e) MUST_USE;
bool session_close(struct core *c, const struct actor *by, struct span cookie,
		   struct err *e) MUST_USE;
