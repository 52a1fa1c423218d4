/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/agent_state.h"

#include "base/files.h"
#include "base/text.h"
#include "wire/command.h"

#include <limits.h>
#include <string.h>

#define NEW_ID_BYTES 16

bool agent_place_equal(const struct agent_place *a, const struct agent_place *b)
{
	return text_equal_nocase(a->host, b->host) && a->https_port == b->https_port;
}

bool agent_place_is_sound(const struct agent_place *p)
{
	for (const char *c = p->host; *c; c++)
		if (!ascii_is_alpha(*c) && !ascii_is_digit(*c) && !strchr(".-_:", *c))
			return false;
	return p->host[0] != '\0' && p->host[0] != '-' && p->https_port != 0;
}

static const char *const root_policies[] = {[ROOT_POLICY_NOT_CONFIGURED] = "not_configured",
					    [ROOT_POLICY_ON] = "on",
					    [ROOT_POLICY_OFF] = "off"};

const char *agent_root_policy_name(enum agent_root_policy p)
{
	return root_policies[p];
}

enum agent_root_policy agent_root_policy_of(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(root_policies); i++)
		if (strcmp(word, root_policies[i]) == 0)
			return (enum agent_root_policy)i;
	return ROOT_POLICY_ON;
}

void agent_state_init(struct agent_state *s)
{
	*s = (struct agent_state){
		.listen_ip = "*",
		.port = AGENT_PORT_DEFAULT,
		.configuration = {.heartbeat_s = AGENT_HEARTBEAT_DEFAULT_S,
				  .skew_s = COMMAND_SKEW_MAX_S},
		.updates = AGENT_UPDATES_INIT,
	};
}

void agent_state_clear(struct agent_state *s)
{
	secret_clear(&s->secret);
	cert_unref(s->root);
	publication_clear(&s->held);
	secret_clear(&s->former.secret);
	cert_list_clear(&s->former.pins);
	replay_clear(&s->replay);
	catalogue_clear(&s->catalogue);
	agent_state_init(s);
}

bool agent_state_load(const char *dir, struct agent_state *out, bool *found_out, struct err *e)
{
	struct buf text AUTO_BUF = {.secret = true};
	json_t *v AUTO_JSON = NULL;
	struct err why = ERR_INIT;
	uint8_t id[NEW_ID_BYTES];
	char path[PATH_MAX];

	if (!path_join(path, sizeof(path), dir, AGENT_STATE_FILE, e))
		return false;
	file_sweep(path);
	*found_out = file_exists(path);
	if (!*found_out) {
		agent_state_init(out);
		random_bytes(id, sizeof(id));
		hex_lower(span_of(id, sizeof(id)), out->id);
		return true;
	}
	if (!file_read(path, AGENT_STATE_MAX_BYTES, &text, e))
		return false;
	if (json_read(buf_span(&text), &v, &why) && agent_state_read(v, out, &why))
		return true;
	if (why.code == ERR_NOMEM || err_is(&why, "store.newer_schema")) {
		*e = why;
		return err_wrap(e, "%s", path);
	}
	return err_set(e, ERR_FORMAT,
		       "'%s' is damaged (%.100s): remove it, and the agent begins anew", path,
		       why.text);
}

bool agent_state_save(const char *dir, const struct agent_state *s, struct err *e)
{
	struct buf text AUTO_BUF = {.secret = true};
	json_t *v AUTO_JSON = agent_state_json(s);
	char path[PATH_MAX];

	if (!v)
		return err_nomem(e);
	return path_join(path, sizeof(path), dir, AGENT_STATE_FILE, e) && json_write(v, &text, e) &&
	       file_replace(path, 0600, buf_span(&text), e);
}

static bool copy_write(const char *dir, const char *name, struct span content, struct err *e)
{
	struct buf old AUTO_BUF = BUF_INIT;
	struct err ignored = ERR_INIT;
	char path[PATH_MAX];

	if (!path_join(path, sizeof(path), dir, name, e))
		return false;
	file_sweep(path);
	if (file_exists(path) && file_read(path, JSON_MAX_BYTES, &old, &ignored) &&
	    span_equal(buf_span(&old), content))
		return true;
	return file_replace(path, 0644, content, e);
}

bool agent_state_copies(const char *dir, const struct agent_state *s, struct err *e)
{
	const struct publication *p = &s->held;

	if (!p->ntcer)
		return true;
	return copy_write(dir, AGENT_NTCER_FILE, span_of(p->ntcer->der, p->ntcer->der_len), e) &&
	       (p->ipcer.n == 0 ||
		copy_write(dir, AGENT_IPCER_FILE,
			   span_of(p->ipcer.items[0]->der, p->ipcer.items[0]->der_len), e)) &&
	       copy_write(dir, AGENT_PUBLICATION_FILE, buf_span(&p->token), e);
}

void agent_state_refused(struct agent_state *s, const char *reason, const char *detail,
			 int64_t now_s)
{
	struct agent_refusal *r = NULL;

	for (size_t i = 0; i < s->n_refusals; i++)
		if (strcmp(s->refusals[i].reason, reason) == 0)
			r = &s->refusals[i];
	if (!r) {
		/* there are fewer kinds than places */
		r = &s->refusals[s->n_refusals < REFUSAL_KINDS_MAX ? s->n_refusals++
								   : REFUSAL_KINDS_MAX - 1];
		text_copy(r->reason, sizeof(r->reason), reason);
	}
	text_copy(r->detail, sizeof(r->detail), detail);
	r->last_s = now_s;
	r->unreported++;
	r->total++;
}

bool agent_state_report_due(const struct agent_state *s, int64_t now_s)
{
	int64_t since_s = now_s - s->refusals_reported_s;

	if (since_s >= 0 && since_s < AGENT_REPORT_S) /* below 0: the clock was set back */
		return false;
	for (size_t i = 0; i < s->n_refusals; i++)
		if (s->refusals[i].unreported > 0)
			return true;
	return false;
}
