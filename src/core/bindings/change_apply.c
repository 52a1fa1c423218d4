/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/change_apply.h"

#include "base/text.h"
#include "core/bindings/bindings.h"
#include "core/console/settings.h"
#include "core/tx.h"
#include "store/stores.h"

#include <string.h>

/* What a change goes back to must still be there: nothing holds it once a change is closed. */
bool change_former_is_there(struct core *c, const struct change_row *r, bool *out, struct err *e)
{
	struct store_row row;

	if (!r->has_before || r->kind == CHANGE_OF_TRUST_MODE) {
		*out = true;
		return true;
	}
	if (!binding_cert_is_there(core_store(c), r->before.cert, out, e))
		return false;
	if (!*out || r->before.issuer_store[0] == '\0')
		return true;
	return store_row_find(core_store(c), r->before.issuer_store, &row, out, e);
}

/* Rules for client certificates are part of what verdicts rest on: those that connections remember
 * are made anew. */
static bool trust_moves(struct core *c, const struct binding_state *a,
			const struct binding_state *b, struct err *e)
{
	if (a->client_certs == b->client_certs && strcmp(a->issuer_store, b->issuer_store) == 0 &&
	    a->revocation == b->revocation && a->check_usage == b->check_usage &&
	    a->revocation_freshness_s == b->revocation_freshness_s)
		return true;
	return tx_bump(c, COUNTER_TRUST_GENERATION, NULL, e);
}

static bool binding_apply(struct core *c, struct change_row *r, struct binding_row *b,
			  struct err *e)
{
	struct binding_row former;
	struct endpoint ep;
	bool found = false;

	*b = (struct binding_row){.id = 0};
	if (r->has_before && !binding_row_by_id(core_store(c), r->binding_id, b, &found, e))
		return false;
	if (r->has_before && !found)
		return err_reason(e, "binding.not_found", "the binding %s is gone", r->endpoint);
	if (!r->has_before) {
		if (!endpoint_parse(r->endpoint, &ep, e))
			return false;
		text_copy(b->ip, sizeof b->ip, ep.ip);
		text_copy(b->host, sizeof b->host, ep.host);
		b->port = ep.port;
	}
	if (!tx_bump(c, COUNTER_CHANGE_SEQ, &b->version, e))
		return false;
	if (r->after.agents && !b->state.agents) {
		if (!binding_row_agents(core_store(c), &former, &found, e) ||
		    !binding_row_clear_agents(core_store(c), b->version, e))
			return false;
		r->agents_from = found ? former.id : 0;
	}
	if (r->has_before && !trust_moves(c, &b->state, &r->after, e))
		return false;
	b->state = r->after;
	return binding_row_put(core_store(c), b, e);
}

static bool mode_write(struct core *c, int mode, int64_t *generation, struct err *e)
{
	return settings_write_trust_mode(c, mode, e) &&
	       tx_bump(c, COUNTER_TRUST_GENERATION, generation, e);
}

bool change_apply(struct core *c, struct change_row *r, struct err *e)
{
	struct binding_row b;

	if (r->kind == CHANGE_OF_TRUST_MODE)
		return mode_write(c, r->mode_after, &r->generation, e);
	if (!binding_apply(c, r, &b, e))
		return false;
	r->binding_id = b.id;
	return tx_bump(c, COUNTER_TLS_GENERATION, &r->generation, e);
}

/* The agents' mark goes back to where it came from, if that is still there. */
static bool agents_mark_back(struct core *c, const struct change_row *r, struct err *e)
{
	struct binding_row from;
	bool found = false;

	if (!r->after.agents || r->before.agents || r->agents_from == 0)
		return true;
	if (!binding_row_by_id(core_store(c), r->agents_from, &from, &found, e))
		return false;
	if (!found)
		return true;
	from.state.agents = true;
	return tx_bump(c, COUNTER_CHANGE_SEQ, &from.version, e) &&
	       binding_row_put(core_store(c), &from, e);
}

static bool binding_undo(struct core *c, const struct change_row *r, struct err *e)
{
	struct binding_row b;
	bool found = false;

	if (!r->has_before)
		return binding_row_delete(core_store(c), r->binding_id, e) &&
		       agents_mark_back(c, r, e);
	if (!binding_row_by_id(core_store(c), r->binding_id, &b, &found, e))
		return false;
	if (!found)
		return err_reason(e, "binding.not_found", "the binding %s is gone", r->endpoint);
	if (!trust_moves(c, &b.state, &r->before, e))
		return false;
	b.state = r->before;
	return tx_bump(c, COUNTER_CHANGE_SEQ, &b.version, e) &&
	       binding_row_put(core_store(c), &b, e) && agents_mark_back(c, r, e);
}

bool change_undo(struct core *c, const struct change_row *r, struct err *e)
{
	if (r->kind == CHANGE_OF_TRUST_MODE)
		return mode_write(c, r->mode_before, NULL, e);
	return binding_undo(c, r, e) && tx_bump(c, COUNTER_TLS_GENERATION, NULL, e);
}
