/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"
#include "core/certs/import.h"
#include "core/core.h"

/*
 * A console on a state directory of this test's own, with a clock that the test moves.
 */
extern const struct actor fixture_admin, fixture_operator, fixture_viewer;

struct core *fixture_open(void); /* the first makes it, later ones open it again; core_close() */
const char *fixture_state_dir(void);
void fixture_set_now(int64_t now_s); /* 2026-11-22 until then */
int fixture_published(void);	     /* how often publish was asked for since fixture_open() */

/* Import of a file of the development PKI. NULL store: by rule. The answer is yours; a failure
 * fails the test. */
json_t *fixture_import(struct core *c, const char *file, const char *store);
/* The same with everything to be said; NULL and e set on failure. */
json_t *fixture_try(struct core *c, const struct actor *by, const char *file,
		    struct import_request r, struct err *e);
/* The SHA-256 of a certificate of the PKI. Static: eight until one is overwritten. */
const char *fixture_id(const char *file);
/* Shorthand: o.a.b[0] as text ("true" and numbers too), "" when it is not there. Static, as above.
 */
const char *fixture_at(const json_t *o, const char *path);
/* How many elements o.path has. */
int fixture_count(const json_t *o, const char *path);
/* The one of o.items (or o.certificates) with this SHA-256; NULL: none. Borrowed. */
const json_t *fixture_item(const json_t *o, const char *list, const char *sha256);
