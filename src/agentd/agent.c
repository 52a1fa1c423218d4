/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "agentd/agent.h"

#include "agentd/trust.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/reason.h"
#include "base/text.h"
#include "wire/agent_dir.h"

#include <string.h>
#include <unistd.h>

#define REFUSALS_LOGGED_MAX 20 /* of one kind, in full; then every 1000th */

const char *link_state_name(enum link_state s)
{
	static const char *const names[] = {[LINK_STARTING] = "starting",
					    [LINK_CURRENT] = "current",
					    [LINK_UNREACHABLE] = "unreachable",
					    [LINK_MISMATCHED] = "mismatched",
					    [LINK_REFUSED] = "refused"};

	return names[s];
}

/* A new agent needs a server and the certificate of its key; both stay out of an old one. */
static bool take_server(struct agent_state *s, const struct options *o, bool found, struct err *e)
{
	struct cert *root AUTO_CERT = NULL;

	if (!found && (!o->server.host[0] || !o->ntcer))
		return err_set(e, ERR_INVALID,
			       "the first start needs --server HOST and --ntcer FILE");
	if (!found)
		s->server = o->server;
	else if (o->server.host[0] && !agent_place_equal(&s->server, &o->server))
		log_notice("agent.server", "stays with %s:%u; IpXfer moves it to %s:%u",
			   s->server.host, (unsigned)s->server.https_port, o->server.host,
			   (unsigned)o->server.https_port);
	else if (o->server.http_port)
		s->server.http_port = o->server.http_port;
	if (s->held.number > 0 || !o->ntcer)
		return true;
	if (!agent_cert_file(o->ntcer, &root, e))
		return false;
	cert_unref(s->root);
	s->root = root;
	root = NULL;
	return true;
}

/* What was given anew counts; else the port that IpXfer set stays. */
static void take_listen(struct agent_state *s, const struct options *o)
{
	if (!o->listen_text || strcmp(o->listen_text, s->listen_given) == 0)
		return;
	text_copy(s->listen_given, sizeof(s->listen_given), o->listen_text);
	text_copy(s->listen_ip, sizeof(s->listen_ip), o->listen.ip);
	s->port = o->listen.port;
}

static bool take_password(struct agent_state *s, const char *path, struct err *e)
{
	struct secret password AUTO_SECRET = SECRET_INIT;

	if (!path)
		return true;
	if (!secret_read_file(&password, path, e))
		return false;
	if (password.len == 0)
		return err_set(e, ERR_INVALID, "the password in '%s' is empty", path);
	if (s->unload_hash[0] && password_check(&password, s->unload_hash) &&
	    !password_is_old(s->unload_hash))
		return true;
	return password_hash(&password, s->unload_hash, e);
}

static void locks_init(struct agent *a)
{
	pthread_mutex_init(&a->turn, NULL);
	pthread_mutex_init(&a->trust_turn, NULL);
	pthread_mutex_init(&a->trust_lock, NULL);
	pthread_mutex_init(&a->lock, NULL);
	agent_state_init(&a->state);
	if (gethostname(a->name, sizeof(a->name)) != 0 || !a->name[0])
		text_copy(a->name, sizeof(a->name), "localhost");
	a->name[sizeof(a->name) - 1] = '\0';
}

/* An agent whose trust directory is none of its own still hears commands; it says so wherever it is asked. */
static void trust_begin(struct agent *a)
{
	struct err why = ERR_INIT;

	if (!agent_trust_ready(a->dir, &why))
		log_warning("agent.trust", "%s", why.text);
}

bool agent_open(struct agent *a, const struct options *o, struct err *e)
{
	bool found = false;

	*a = (struct agent){.dir = o->state_dir};
	locks_init(a);
	if (!agent_state_load(a->dir, &a->state, &found, e) ||
	    !take_server(&a->state, o, found, e) ||
	    !take_password(&a->state, o->password_file, e) ||
	    !agent_identity_load(a->dir, true, clock_now_s(), &a->identity, e))
		return false;
	take_listen(&a->state, o);
	text_copy(a->id, sizeof(a->id), a->state.id);
	if (!agent_state_save(a->dir, &a->state, e) || !agent_state_copies(a->dir, &a->state, e))
		return false;
	trust_begin(a);
	return true;
}

void agent_close(struct agent *a)
{
	agent_identity_clear(&a->identity);
	agent_state_clear(&a->state);
	agent_trust_unref(a->trust);
	pthread_mutex_destroy(&a->turn);
	pthread_mutex_destroy(&a->trust_turn);
	pthread_mutex_destroy(&a->trust_lock);
	pthread_mutex_destroy(&a->lock);
}

bool agent_save(struct agent *a, struct err *e)
{
	return agent_state_save(a->dir, &a->state, e);
}

void agent_reload(struct agent *a)
{
	struct agent_state s AUTO_AGENT_STATE;
	struct err why = ERR_INIT;
	bool found = false;

	agent_state_init(&s);
	if (!agent_state_load(a->dir, &s, &found, &why) || !found) {
		log_error("agent.state", "cannot be read again: %s", why.text);
		return;
	}
	agent_state_clear(&a->state);
	a->state = s;
	agent_state_init(&s);
}

bool agent_reach(struct agent *a, struct agent_reach *out, struct err *e)
{
	const struct agent_state *s = &a->state;
	struct agent_reach r AUTO_AGENT_REACH = {.pins = CERT_LIST_INIT};
	bool good = true;

	pthread_mutex_lock(&a->lock);
	r.place = s->server;
	for (size_t i = 0; good && i < s->held.ipcer.n; i++)
		good = cert_list_add(&r.pins, s->held.ipcer.items[i], e);
	if (good && s->secret.len > 0)
		good = secret_set(&r.secret, s->secret.data, s->secret.len, e);
	pthread_mutex_unlock(&a->lock);
	if (!good)
		return false;
	*out = r;
	r = (struct agent_reach){.pins = CERT_LIST_INIT};
	return true;
}

void agent_reach_clear(struct agent_reach *r)
{
	cert_list_clear(&r->pins);
	secret_clear(&r->secret);
}

struct agent_link agent_link_of(const struct agent *a, const struct agent_reach *r)
{
	return (struct agent_link){
		.place = &r->place, .pins = &r->pins, .id = a->id, .secret = &r->secret};
}

struct agent_self agent_self_of(const struct agent *a)
{
	return (struct agent_self){
		.id = a->id, .name = a->name, .identity = &a->identity, .port = a->state.port};
}

/* With lock held. */
static bool update_fill(const struct agent *a, json_t *states)
{
	struct err ignored = ERR_INIT;
	json_t *update = NULL;

	return agent_updates_report(&a->state.updates, &update, &ignored) &&
	       (!update || json_object_set_new(states, "update", update) == 0);
}

json_t *agent_heartbeat_body(struct agent *a)
{
	json_t *body, *states, *roots = trust_state(a);

	pthread_mutex_lock(&a->lock);
	body = agent_heartbeat_json(&a->state.held, a->name, a->state.port);
	if (body && !update_fill(a, json_object_get(body, "states"))) {
		json_decref(body);
		body = NULL;
	}
	pthread_mutex_unlock(&a->lock);
	states = json_object_get(body, "states");
	(void)json_object_set_new(states, "time", json_integer((json_int_t)clock_now_s()));
	if (roots)
		(void)json_object_set_new(states, "roots", roots);
	return body;
}

static json_t *refusals_view(const struct agent_state *s)
{
	json_t *out = json_array();

	for (size_t i = 0; out && i < s->n_refusals; i++) {
		const struct agent_refusal *r = &s->refusals[i];

		(void)json_array_append_new(
			out,
			json_pack("{s:o, s:s, s:I, s:I, s:o}", "time", json_time(r->last_s),
				  "reason", r->reason, "count", (json_int_t)r->unreported, "total",
				  (json_int_t)r->total, "detail", json_text(span_str(r->detail))));
	}
	return out;
}

json_t *agent_status(struct agent *a)
{
	json_t *body = agent_heartbeat_body(a), *trust = trust_view(a), *more;
	const struct agent_state *s = &a->state;

	pthread_mutex_lock(&a->lock);
	more = json_pack("{s:s, s:s, s:i, s:s, s:o, s:o, s:o, s:I, s:I, s:b, s:o}", "id", a->id,
			 "server", s->server.host, "https_port", (int)s->server.https_port, "link",
			 link_state_name(a->link_state), "link_error",
			 json_text(span_str(a->link_error)), "last_contact",
			 a->contact_s ? json_time(a->contact_s) : json_null(), "refusals",
			 refusals_view(s), "configuration", (json_int_t)s->configuration.revision,
			 "sequence", (json_int_t)s->replay.seq, "registered", s->secret.len > 0,
			 "trust", trust);
	pthread_mutex_unlock(&a->lock);
	if (!body || !more || json_object_update(body, more) != 0) {
		json_decref(body);
		body = NULL;
	}
	json_decref(more);
	return body;
}

bool agent_refuse(struct agent *a, const struct err *why)
{
	const char *code = err_public(why)->code;
	int64_t now_s = clock_now_s(), total = 0;
	bool due;

	pthread_mutex_lock(&a->lock);
	agent_state_refused(&a->state, code, why->text, now_s);
	for (size_t i = 0; i < a->state.n_refusals; i++)
		if (strcmp(a->state.refusals[i].reason, code) == 0)
			total = a->state.refusals[i].total;
	due = agent_state_report_due(&a->state, now_s);
	pthread_mutex_unlock(&a->lock);
	if (total <= REFUSALS_LOGGED_MAX || total % 1000 == 0)
		log_notice("agent.refused", "code=%s total=%lld why=%s", code, (long long)total,
			   why->text);
	return due;
}
