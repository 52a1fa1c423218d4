/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/check_rules.h"

#include "base/text.h"
#include "core/bindings/own_connection.h"
#include "core/certs/trust_stores.h"
#include "core/console/settings.h"
#include "store/certificates.h"
#include "store/stores.h"

void check_input_clear(struct check_input *in)
{
	trust_view_unref(in->view);
	material_clear(&in->material);
	*in = (struct check_input)CHECK_INPUT_INIT;
}

bool cert_is_in(struct core *c, const char *store, const char *sha256, bool *out, struct err *e)
{
	struct store_row row;
	int64_t cert_id = 0;
	bool found = false;

	*out = false;
	if (!store_row_find(core_store(c), store, &row, &found, e) ||
	    !store_cert_id(core_store(c), sha256, &cert_id, e))
		return false;
	if (!found || cert_id == 0)
		return true;
	return store_member_has(core_store(c), row.id, cert_id, out, e);
}

static bool places_load(struct core *c, const char *sha256, struct check_input *in, struct err *e)
{
	bool my = false, hosting = false;

	if (!cert_is_in(c, "My", sha256, &my, e) ||
	    !cert_is_in(c, "WebHosting", sha256, &hosting, e) ||
	    !cert_is_in(c, "Disallowed", sha256, &in->in_disallowed, e))
		return false;
	in->in_host_store = my || hosting;
	return true;
}

/* What the floors above say. Both look at the world outside, so they run in no transaction. */
static void hooks_ask(struct core *c, struct check_input *in)
{
	const struct core_hooks *h = core_hooks(c);
	const struct endpoint *ep = &in->plan->endpoint;
	const struct material *m = &in->material;

	if (!in->plan->has_before && h->try_endpoint) {
		in->open_tried = true;
		(void)h->try_endpoint(h->arg, ep->ip, ep->port, &in->open); /* kept as an answer */
	}
	if (m->state == MATERIAL_GOOD && h->try_load) {
		in->load_tried = true;
		(void)h->try_load(h->arg, m->cert, &m->chain, &m->pkcs8, &in->load);
	}
}

bool binding_try_load(struct core *c, const char *cert_sha256, struct err *e)
{
	const struct core_hooks *h = core_hooks(c);
	struct material m AUTO_MATERIAL = MATERIAL_INIT;
	struct trust_view *view = NULL;
	bool good;

	if (!trust_stores_view(c, &view, e))
		return false;
	good = material_load(c, cert_sha256, view, &m, e);
	trust_view_unref(view);
	if (!good)
		return false;
	if (m.state != MATERIAL_GOOD)
		return err_reason(e, "chain.not_loadable", "%s", m.why);
	return !h->try_load || h->try_load(h->arg, m.cert, &m.chain, &m.pkcs8, e);
}

/* How the asker's own connection would fare, where it came over this binding. */
static bool own_judge(struct core *c, const struct bind_plan *p, struct check_input *in,
		      struct err *e)
{
	struct own_connection own = {.after = &p->after, .chain = p->own_chain, .view = in->view};
	int64_t mode = 0;

	if (p->own_binding == 0 || !p->has_before || p->own_binding != p->before.id)
		return true;
	if (!settings_get_int(c, "trust_mode", &mode, e))
		return false;
	own.mode = (enum trust_mode)mode;
	return own_connection_judge(&own, in->now_s, &in->own_is_refused, in->own_why,
				    sizeof in->own_why, e);
}

static bool agents_count(struct core *c, const struct bind_plan *p, struct check_input *in,
			 struct err *e)
{
	in->is_for_agents = p->after.agents && (p->changes_cert || !p->before.state.agents);
	return !in->is_for_agents || agents_share_of(c, p->after.cert, &in->agents, e);
}

static bool rows_load(struct core *c, const struct bind_plan *plan, struct check_input *in,
		      struct err *e)
{
	return trust_stores_view(c, &in->view, e) &&
	       material_load(c, plan->after.cert, in->view, &in->material, e) &&
	       places_load(c, plan->after.cert, in, e) && own_judge(c, plan, in, e) &&
	       agents_count(c, plan, in, e) &&
	       bind_plan_name(c, &plan->endpoint, in->name, sizeof in->name, e);
}

bool check_input_load(struct core *c, const struct bind_plan *plan, struct check_input *out,
		      struct err *e)
{
	struct check_input in AUTO(check_input_clear) = CHECK_INPUT_INIT;
	bool good;

	in.core = c;
	in.plan = plan;
	in.now_s = core_now_s(c);
	if (!store_begin_read(core_store(c), e))
		return false;
	good = rows_load(c, plan, &in, e);
	store_rollback(core_store(c));
	if (!good)
		return false;
	hooks_ask(c, &in);
	*out = in;
	in = (struct check_input)CHECK_INPUT_INIT;
	return true;
}
