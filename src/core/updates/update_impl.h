/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/updates/package.h"
#include "core/updates/updates.h"
#include "store/updates.h"

/*
 * What the files of update packages share; for them alone.
 */

DEFINE_AUTO(struct trust_view *, update_view, trust_view_unref)

/* {good, reason, explanation, missing{name, kind, sha256|null}|null}; NULL: memory */
json_t *update_check_view(const struct package_check *p);
/* A package in words, with its files where the row has them. file_too: whether its ZIP lies on disk is part of check. */
bool update_row_view(struct core *c, const struct trust_view *view, const struct update_row *row,
		     bool file_too, json_t **out, struct err *e) MUST_USE;
/* In a transaction: what is offered is another thing from now on. */
bool updates_revision_move(struct core *c, struct err *e) MUST_USE;
/* In a transaction: the row, the revision, and the audit. */
bool update_offer_row(struct core *c, const struct actor *by, int64_t id, const char *package,
		      const char *version, bool offered, struct err *e) MUST_USE;

/* update_sign.c: a detached signature with a certificate of My, its chain inside. */
bool update_sign(struct core *c, const char *certificate, int fd, struct buf *out,
		 struct err *e) MUST_USE;
