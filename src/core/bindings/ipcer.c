/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/bindings.h"

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "core/agents/agent_files.h"
#include "core/agents/agent_hosts.h"
#include "core/audit.h"
#include "core/authentication/authentication_keys.h"
#include "core/bindings/ipcer_candidate.h"
#include "core/permit.h"
#include "core/tx.h"
#include "x509/cert.h"

#include <limits.h>

#define IPCER_SHOWN_MAX 100 /* numbers in one answer, newest first */

static bool numbers_view(struct core *c, json_t **out, struct err *e)
{
	struct ipcer_row rows[IPCER_SHOWN_MAX];
	json_t *list AUTO_JSON = json_array();
	size_t n = 0;

	if (!list)
		return err_nomem(e);
	if (!ipcer_row_list(core_store(c), rows, IPCER_SHOWN_MAX, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		json_t *o = json_pack("{s:I, s:s, s:s, s:s?, s:o}", "number",
				      (json_int_t)rows[i].number, "sha256", rows[i].sha256,
				      "reason", rows[i].reason, "change",
				      rows[i].change_id[0] ? rows[i].change_id : NULL, "created",
				      json_time(rows[i].created_s));

		if (json_array_append_new(list, o) != 0)
			return err_nomem(e);
	}
	*out = list;
	list = NULL;
	return true;
}

static bool present_view(struct core *c, json_t *o, struct err *e)
{
	struct ipcer_row row;
	struct cert *cert AUTO_CERT = NULL;
	struct buf der AUTO_BUF = BUF_INIT, text AUTO_BUF = BUF_INIT;
	bool found = false;

	if (!ipcer_row_latest(core_store(c), &row, &der, &found, e))
		return false;
	if (!found)
		return json_object_set_new(o, "sha256", json_null()) == 0 || err_nomem(e);
	if (!cert_parse(der.data, der.len, &cert, e))
		return err_wrap(e, IPCER_FILE " number %lld", (long long)row.number);
	base64_encode(buf_span(&der), &text);
	if (json_object_set_new(o, "sha256", json_string(row.sha256)) != 0 ||
	    json_object_set_new(o, "thumbprint", json_string(cert->thumbprint)) != 0 ||
	    json_object_set_new(o, "number", json_integer(row.number)) != 0 ||
	    json_object_set_new(o, "der", json_string(buf_str(&text))) != 0)
		return err_nomem(e);
	return true;
}

bool ipcer_show(struct core *c, json_t **out, struct err *e)
{
	json_t *o AUTO_JSON = json_object(), *numbers AUTO_JSON = NULL, *next = NULL;
	char path[PATH_MAX];

	if (!o)
		return err_nomem(e);
	if (!ipcer_path(c, path, sizeof path, e) || !present_view(c, o, e) ||
	    !numbers_view(c, &numbers, e) || !agent_hosts_next_view(c, &next, e))
		return false;
	if (json_object_set_new(o, "next", next) != 0 ||
	    json_object_set_new(o, "numbers", json_incref(numbers)) != 0 ||
	    json_object_set_new(o, "path", json_text(span_str(path))) != 0)
		return err_nomem(e);
	*out = o;
	o = NULL;
	return true;
}

static bool publish_row(struct core *c, const struct actor *by, struct err *e)
{
	struct binding_row bound;
	bool found = false, added = false;

	if (!binding_row_agents(core_store(c), &bound, &found, e))
		return false;
	if (!found)
		return err_reason(e, "binding.not_found", "there is no agents' binding yet");
	return agent_files_follow(c, "published", "", e) &&
	       trusted_copy_add(c, bound.state.cert, &added, e) &&
	       audit_add(c, by, "ipcer.publish", IPCER_FILE,
			 json_pack("{s:s}", "cert", bound.state.cert), e);
}

/* Refused: *out says what was recognised, and what to do instead. */
static bool refuse(const struct ipcer_candidate *k, json_t **out, struct err *e)
{
	*out = json_pack("{s:O, s:o}", "candidate", k->view, "remedies",
			 ipcer_candidate_remedies(k));
	return err_reason(e, "ipcer.not_bound",
			  "the file holds %s, which the agents' binding does not show",
			  k->cert->thumbprint);
}

static bool announce(struct core *c, const struct actor *by, const struct cert *cert, struct err *e)
{
	int64_t number;

	return agent_hosts_announce(c, by, cert, &number, e) &&
	       audit_add(c, by, cert ? "ipcer.announce" : "ipcer.withdraw", IPCER_FILE,
			 json_pack("{s:s?, s:I}", "cert", cert ? cert->id : NULL, "publication",
				   (json_int_t)number),
			 e);
}

/* With k (what the file holds) or without (the bound certificate). */
static bool publish(struct core *c, const struct actor *by, const struct ipcer_request *r,
		    const struct ipcer_candidate *k, json_t **out, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;
	bool as_next = r->as_next && k && k->is != IPCER_BOUND;

	if (k && k->is != IPCER_BOUND && !r->as_next)
		return refuse(k, out, e);
	/* Whoever holds a key that is not here can pass as this server from then on. */
	if (as_next && !k->has_key && !permit(by, PERM_CHECK_OVERRIDE, e))
		return false;
	if (r->dry_run)
		return true;
	return tx_begin(c, &tx, e) &&
	       (as_next ? announce(c, by, k->cert, e) : publish_row(c, by, e)) &&
	       tx_commit(&tx, e) && agent_files_write(c, NULL, e);
}

bool ipcer_publish(struct core *c, const struct actor *by, const struct ipcer_request *r,
		   json_t **out, struct err *e)
{
	struct ipcer_candidate k AUTO(ipcer_candidate_clear) = {.cert = NULL};
	bool has_file = r->file.len > 0;

	if (!permit(by, PERM_BIND, e) || (has_file && !ipcer_candidate_read(c, r->file, &k, e)))
		return false;
	if (r->as_next && !has_file)
		return err_reason(e, "request.member", "a next certificate comes as a file");
	if (!publish(c, by, r, has_file ? &k : NULL, out, e) || !ipcer_show(c, out, e))
		return false;
	return !has_file || json_object_set_new(*out, "candidate", json_incref(k.view)) == 0 ||
	       err_nomem(e);
}

bool ipcer_next_show(struct core *c, json_t **out, struct err *e)
{
	if (!agent_hosts_next_view(c, out, e))
		return false;
	return !json_is_null(*out) ||
	       err_reason(e, "ipcer.no_next", "agents were told of no next certificate");
}

bool ipcer_withdraw(struct core *c, const struct actor *by, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;
	json_t *next AUTO_JSON = NULL;

	return permit(by, PERM_BIND, e) && tx_begin(c, &tx, e) && ipcer_next_show(c, &next, e) &&
	       announce(c, by, NULL, e) && tx_commit(&tx, e);
}

/* What programs that were killed while they wrote left lying; under the lock that writers hold. */
static bool leftovers_sweep(struct core *c, struct err *e)
{
	static const char *const names[] = {IPCER_FILE, "OfcNTCer.dat"};
	struct tx tx AUTO(tx_end) = TX_INIT;
	char dir[PATH_MAX], path[PATH_MAX];

	if (!tx_begin(c, &tx, e) ||
	    !path_join(dir, sizeof dir, core_state_dir(c), AGENT_FILES_DIR, e))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (!path_join(path, sizeof path, dir, names[i], e))
			return false;
		file_sweep(path);
	}
	return true;
}

bool agent_files_rebuild(struct core *c, struct err *e)
{
	if (!leftovers_sweep(c, e))
		return false;
	return agent_files_write(c, NULL, e) && ntcer_write(c, NULL, e);
}
