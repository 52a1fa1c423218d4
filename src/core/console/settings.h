/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "core/core.h"

/*
 * Settings in the database: one table of names, types, defaults and limits (core/console/settings.c), the
 * same for all doors. "server_name", "confirm_within_s", "trust_mode", "send_trusted_issuer_list",
 * "hsts", ...
 */
bool settings_list(struct core *c, json_t **out, struct err *e) MUST_USE;
bool settings_show(struct core *c, const char *name, json_t **out, struct err *e) MUST_USE;
bool settings_get_str(struct core *c, const char *name, struct buf *out, struct err *e) MUST_USE;
bool settings_get_int(struct core *c, const char *name, int64_t *out,
		      struct err *e) MUST_USE; /* switches: 0 or 1 */
/* null: back to the default. */
bool settings_set(struct core *c, const struct actor *by, const char *name, const json_t *value,
		  struct err *e) MUST_USE;
/* override_reason  goes on in spite of failed checks, and into the audit trail; NULL or "": does not */
bool settings_set_with(struct core *c, const struct actor *by, const char *name,
		       const json_t *value, const char *override_reason, struct err *e) MUST_USE;

/* For core/bindings/change_apply.c, inside its transaction, which moves the counters and writes the audit. */
bool settings_write_trust_mode(struct core *c, int mode, struct err *e) MUST_USE;

/* What the machine is called: host name, FQDN when the resolver knows one without network, its
 * addresses. */
struct host_identity {
	char host[256], fqdn[256];
	char (*addresses)[48];
	size_t n_addresses;
};
/* What agents and names are told: the setting server_name, else the host's name. Asks nobody. */
bool settings_server_name(struct core *c, struct buf *out, struct err *e) MUST_USE;
bool host_identity_read(struct host_identity *out, struct err *e) MUST_USE;
void host_identity_clear(struct host_identity *h);
