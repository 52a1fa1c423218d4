/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "agentd/commands.h"

#include "agentd/errands.h"
#include "agentd/link.h"
#include "agentd/trust.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/reason.h"
#include "wire/command.h"

#include <string.h>

/* NULL: no memory. A failure to do it is part of the result: the command was taken. */
typedef json_t *(*command_fn)(struct agent *a, const struct command *c);

static json_t *with_error(json_t *result, bool good, const struct err *e)
{
	if (result && !good) {
		(void)json_object_set_new(result, "error", json_string(err_public(e)->code));
		(void)json_object_set_new(result, "detail", json_text(span_str(e->text)));
	}
	return result;
}

static json_t *do_status(struct agent *a, const struct command *c)
{
	(void)c;
	return agent_status(a);
}

static json_t *do_update_files(struct agent *a, const struct command *c)
{
	struct err e = ERR_INIT;
	bool moved = false, good = errand_follow(a, &moved, &e);
	json_t *held = agent_heartbeat_body(a), *result;

	(void)c;   /* the number it names is a hint: the walk finds out */
	if (moved) /* the next command shall be signed with the key that is known now */
		link_wake(a->link);
	result = held ? json_pack("{s:O, s:O, s:O}", "publication",
				  json_object_get(held, "publication"), "ntcer_sha256",
				  json_object_get(held, "ntcer_sha256"), "ipcer_sha256",
				  json_object_get(held, "ipcer_sha256"))
		      : NULL;
	json_decref(held);
	return with_error(result, good, &e);
}

static json_t *do_configuration(struct agent *a, const struct command *c)
{
	struct err e = ERR_INIT;
	bool good = errand_configuration(a, &e);
	json_t *result;

	(void)c;
	pthread_mutex_lock(&a->lock);
	result = json_pack("{s:I}", "revision", (json_int_t)a->state.configuration.revision);
	pthread_mutex_unlock(&a->lock);
	return with_error(result, good, &e);
}

static json_t *do_update_check(struct agent *a, const struct command *c)
{
	return json_pack("{s:b}", "started", link_update_check(a->link, c->jti));
}

static json_t *do_roots(struct agent *a, const struct command *c)
{
	return command_roots(a, c->args);
}

static const struct {
	const char *name;
	command_fn run;
} commands[] = {
	{"status", do_status},
	{"update-files", do_update_files},
	{"configuration", do_configuration},
	{"update-check", do_update_check},
	{"roots", do_roots},
};

static command_fn command_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return commands[i].run;
	return NULL;
}

/* With lock held: judges it and, if it may be acted on, has that on disk. */
static bool take(struct agent *a, struct span token, struct command *out, command_fn *run_out,
		 struct err *e)
{
	const struct agent_state *s = &a->state;
	const struct command_judge judge = {.key = s->held.ntcer,
					    .agent_id = s->id,
					    .seen = &s->replay,
					    .now_s = clock_now_s(),
					    .skew_s = s->configuration.skew_s};
	struct command c AUTO_COMMAND = COMMAND_INIT;

	if (!s->held.ntcer)
		return err_reason(e, "command.signature", "the agent knows no key yet");
	if (!command_verify(&judge, token, &c, e))
		return false;
	*run_out = command_find(c.cmd);
	if (!*run_out)
		return err_reason(e, "command.unknown", "there is no command '%s'", c.cmd);
	if (!replay_add(&a->state.replay, c.seq, c.jti, command_remember_s(&c), judge.now_s, e) ||
	    !agent_save(a, e))
		return false;
	*out = c;
	c = (struct command)COMMAND_INIT;
	return true;
}

static bool is_refusal(const struct err *e)
{
	return e->reason && strncmp(e->reason->code, "command.", strlen("command.")) == 0;
}

static void refuse(struct http_call *call, struct agent *a, const struct err *e)
{
	if (is_refusal(e) && agent_refuse(a, e))
		link_wake(a->link);
	if (err_is(e, "command.signature")) /* perhaps the agent is the one who is behind */
		link_stranger(a->link);
	http_reply_problem(call, e, NULL);
}

void commands_answer(struct http_call *call)
{
	struct agent *a = http_app(call);
	struct command c AUTO_COMMAND = COMMAND_INIT;
	struct err e = ERR_INIT;
	command_fn run = NULL;
	json_t *result, *answer;
	bool good;

	pthread_mutex_lock(&a->lock);
	good = take(a, http_body(call), &c, &run, &e);
	pthread_mutex_unlock(&a->lock);
	if (!good) {
		refuse(call, a, &e);
		return;
	}
	log_info("agent.command", "cmd=%s seq=%lld jti=%s", c.cmd, (long long)c.seq, c.jti);
	result = run(a, &c);
	answer = result ? json_pack("{s:s, s:s, s:o}", "jti", c.jti, "cmd", c.cmd, "result", result)
			: NULL;
	if (!answer) {
		(void)err_nomem(&e);
		http_reply_problem(call, &e, NULL);
		return;
	}
	http_reply_json(call, 200, answer);
}
