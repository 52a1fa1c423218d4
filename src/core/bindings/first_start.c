/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/served.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "core/agents/agent_files.h"
#include "core/audit.h"
#include "core/authentication/authentication_keys.h"
#include "core/bindings/self_made.h"
#include "core/certs/import.h"
#include "core/roots/required_roots.h"
#include "core/tx.h"
#include "core/view/view_binding.h"
#include "store/bindings.h"
#include "x509/cert.h"
#include "x509/pem.h"

#include <string.h>

static const struct actor the_console = {.name = "certbinderd",
					 .via = "system",
					 .address = "",
					 .request_id = "",
					 .role = ROLE_ADMIN};

/* Makes the first certificate and brings it in by the door that everybody uses. */
static bool first_certificate(struct core *c, char sha256_out[static 65], struct err *e)
{
	struct secret key AUTO_SECRET = SECRET_INIT;
	struct buf der AUTO_BUF = BUF_INIT, file AUTO_BUF = {.secret = true};
	struct cert *cert AUTO_CERT = NULL;
	json_t *done AUTO_JSON = NULL;

	if (!self_made(c, &der, &key, e) || !cert_parse(der.data, der.len, &cert, e) ||
	    !pem_write("CERTIFICATE", buf_span(&der), &file, e) ||
	    !pem_write("PRIVATE KEY", secret_span(&key), &file, e))
		return false;

	const struct import_request r = {.file = buf_span(&file),
					 .file_name = "first certificate",
					 .store = "My",
					 .all_to_store = true,
					 .accept_warnings = true,
					 .friendly_name = "certbinder self-signed"};

	if (!import_file(c, &the_console, &r, &done, e))
		return false;
	text_copy(sha256_out, 65, cert->id);
	return true;
}

static bool make_default(struct core *c, const char *ip, uint16_t port, struct err *e)
{
	struct binding_row row = {.port = port, .is_default = true};
	struct binding_row agents;
	bool has_agents = false;

	text_copy(row.ip, sizeof row.ip, ip);
	row.state.check_usage = true;
	if (!first_certificate(c, row.state.cert, e) ||
	    !binding_row_agents(core_store(c), &agents, &has_agents, e) ||
	    !tx_bump(c, COUNTER_CHANGE_SEQ, &row.version, e) ||
	    !tx_bump(c, COUNTER_TLS_GENERATION, NULL, e))
		return false;
	row.state.agents = !has_agents;
	return binding_row_put(core_store(c), &row, e) && agent_files_follow(c, "bound", "", e) &&
	       audit_add(c, &the_console, "bind.first", "default",
			 json_pack("{s:o}", "after", binding_state_view(&row.state)), e);
}

static bool follow(struct core *c, const struct binding_row *row, const char *ip, uint16_t port,
		   struct err *e)
{
	struct binding_row other;
	int64_t version;
	bool taken = false;

	if (row->port == port && strcmp(row->ip, ip) == 0)
		return true;
	if (!binding_row_by_key(core_store(c), ip, port, row->host, &other, &taken, e))
		return false;
	if (taken)
		return err_reason(e, "binding.exists",
				  "the default binding cannot follow to %s:%u: another binding is "
				  "there; listen elsewhere, or remove it",
				  ip, (unsigned)port);
	return tx_bump(c, COUNTER_CHANGE_SEQ, &version, e) &&
	       tx_bump(c, COUNTER_TLS_GENERATION, NULL, e) &&
	       binding_row_move(core_store(c), row->id, ip, port, version, e);
}

bool served_first_start(struct core *c, const char *ip, uint16_t port, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;
	struct binding_row row;
	bool found = false;

	if (!tx_begin(c, &tx, e) || !binding_row_default(core_store(c), &row, &found, e))
		return false;
	if (found ? !follow(c, &row, ip, port, e) : !make_default(c, ip, port, e))
		return err_wrap(e, "default binding");
	return authentication_keys_first_start(c, e) && required_roots_first_start(c, e) &&
	       tx_commit(&tx, e);
}

bool served_listeners(struct core *c, const struct endpoint *more, size_t n, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;
	struct listener_row rows[LISTENERS_MAX];

	if (n > LISTENERS_MAX)
		return err_set(e, ERR_LIMIT, "%zu further listeners, at most %d", n, LISTENERS_MAX);
	for (size_t i = 0; i < n; i++) {
		text_copy(rows[i].ip, sizeof rows[i].ip, more[i].ip);
		rows[i].port = more[i].port;
	}
	return tx_begin(c, &tx, e) && listener_replace(core_store(c), rows, n, e) &&
	       tx_bump(c, COUNTER_TLS_GENERATION, NULL, e) && tx_commit(&tx, e);
}
