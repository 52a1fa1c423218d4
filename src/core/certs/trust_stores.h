/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"
#include "trust/judge.h"
#include "x509/cert.h"

/*
 * The stores and CRLs as the trust engine sees them; for core/ alone.
 */
bool trust_stores_view(struct core *c, struct trust_view **out, struct err *e) MUST_USE;
/* The same with a draft: edit sees the members of each store before the view is made, and may add
 * and take away. */
typedef bool (*trust_stores_edit)(void *arg, const char *store, struct cert_list *members,
				  struct err *e);
bool trust_stores_view_edited(struct core *c, trust_stores_edit edit, void *arg,
			      struct trust_view **out, struct err *e) MUST_USE;
/* Members of one store; none when there is no such store. */
bool trust_store_members(struct core *c, const char *store, struct cert_list *out,
			 struct err *e) MUST_USE;
/* This server's own stores and revocation lists, for judging who signed a package or a program: package_view_of(). */
bool trust_signers_view(struct core *c, struct trust_view **out, struct err *e) MUST_USE;
