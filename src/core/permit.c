/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/permit.h"

#include "base/text.h"

#include <string.h>

static const struct {
	enum role least;
	const char *text;
} table[PERM_N] = {
	[PERM_READ] = {ROLE_VIEWER, "look at the console"},
	[PERM_CERT_IMPORT] = {ROLE_OPERATOR, "import certificates"},
	[PERM_CERT_CHANGE] = {ROLE_OPERATOR, "move or remove certificates"},
	[PERM_CSR] = {ROLE_OPERATOR, "request certificates"},
	[PERM_BIND] = {ROLE_OPERATOR, "change bindings"},
	[PERM_AGENTS] = {ROLE_OPERATOR, "notify or cure agents"},
	[PERM_UPDATES] = {ROLE_OPERATOR, "change what updates agents are offered"},
	[PERM_UPDATE_SIGN] = {ROLE_ADMIN, "sign update packages with a key of this server"},
	[PERM_CRL] = {ROLE_OPERATOR, "import revocation lists"},
	[PERM_KEY_IMPORT] = {ROLE_ADMIN, "import private keys"},
	[PERM_KEY_EXPORT] = {ROLE_ADMIN, "export private keys"},
	[PERM_KEY_ROTATE] = {ROLE_ADMIN, "rotate or restore authentication keys"},
	[PERM_ANCHORS] = {ROLE_ADMIN, "change Root or Disallowed"},
	[PERM_TRUST_MODE] = {ROLE_ADMIN, "change the trust mode"},
	[PERM_CHECK_OVERRIDE] = {ROLE_ADMIN, "override a failed check"},
	[PERM_STORES] = {ROLE_ADMIN, "make or remove stores"},
	[PERM_ACCOUNTS] = {ROLE_ADMIN, "manage accounts and tokens"},
	[PERM_SETTINGS] = {ROLE_ADMIN, "change settings"},
};

static const char *const role_names[] = {
	[ROLE_NONE] = "none",
	[ROLE_VIEWER] = "viewer",
	[ROLE_OPERATOR] = "operator",
	[ROLE_ADMIN] = "admin",
};

const char *role_name(enum role r)
{
	return (unsigned)r < ARRAY_LEN(role_names) ? role_names[r] : "none";
}

bool role_parse(const char *name, enum role *out)
{
	for (int r = ROLE_VIEWER; r <= ROLE_ADMIN; r++)
		if (text_equal_nocase(name, role_names[r])) {
			*out = r;
			return true;
		}
	return false;
}

enum role permission_role(enum permission p)
{
	return table[p].least;
}

const char *permission_text(enum permission p)
{
	return table[p].text;
}

bool permit(const struct actor *by, enum permission p, struct err *e)
{
	if (by->role >= table[p].least)
		return true;
	return err_reason(e, "auth.role", "to %s takes the role %s, yours is %s", table[p].text,
			  role_name(table[p].least), role_name(by->role));
}

bool permit_store(const struct actor *by, enum permission p, const char *store, struct err *e)
{
	bool anchors = text_equal_nocase(store, "Root") || text_equal_nocase(store, "Disallowed");

	return permit(by, anchors ? PERM_ANCHORS : p, e);
}
