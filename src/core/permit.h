/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"

#include <stddef.h>

/*
 * Who may do what: one table, asked by every use case that changes or reveals something. The doors
 * refuse earlier by route; this is what holds for all of them.
 */
enum permission {
	PERM_READ,
	PERM_CERT_IMPORT, /* without keys, into stores that anchor nothing */
	PERM_CERT_CHANGE, /* move, remove, bring back, name */
	PERM_CSR,
	PERM_BIND,
	PERM_AGENTS,  /* notify, cure */
	PERM_UPDATES, /* add, offer and remove update packages */
	PERM_UPDATE_SIGN,
	PERM_CRL,
	PERM_KEY_IMPORT,
	PERM_KEY_EXPORT,
	PERM_KEY_ROTATE,
	PERM_ANCHORS, /* Root and Disallowed */
	PERM_TRUST_MODE,
	PERM_CHECK_OVERRIDE,
	PERM_STORES, /* make and remove custom stores */
	PERM_ACCOUNTS,
	PERM_SETTINGS,
	PERM_N
};

enum role permission_role(enum permission p);	/* the least role that may */
const char *permission_text(enum permission p); /* "export private keys" */
/* ERR_DENIED auth.role, naming the role that may. */
bool permit(const struct actor *by, enum permission p, struct err *e) MUST_USE;
/* For a change of this store: PERM_ANCHORS for Root and Disallowed, else p. */
bool permit_store(const struct actor *by, enum permission p, const char *store,
		  struct err *e) MUST_USE;
