/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "agentd/agent.h"
#include "agentd/link.h"
#include "agentd/listener.h"
#include "agentd/local.h"
#include "agentd/updater.h"
#include "base/harden.h"
#include "base/json.h"
#include "base/log.h"
#include "base/problem.h"
#include "base/reason.h"
#include "core/programs/witness.h"
#include "core/reading/zip.h"
#include "core/state_lock.h"
#include "wire/agent_dir.h"
#include "wire/fetch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Before any thread is made, so that all of them block what the main thread waits for. */
static void signals_block(sigset_t *set)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};

	(void)sigaction(SIGPIPE, &ignore, NULL);
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, set, NULL);
}

static bool ready_say(const struct agent *a, struct err *e)
{
	bool v6 = strchr(a->state.listen_ip, ':') != NULL;
	char listen[64];
	json_t *line;
	char *text;

	(void)snprintf(listen, sizeof(listen), "%s%s%s:%u", v6 ? "[" : "", a->state.listen_ip,
		       v6 ? "]" : "", (unsigned)a->state.port);
	line = json_pack("{s:s, s:s, s:s, s:i, s:s}", "event", "ready", "listen", listen, "id",
			 a->id, "pid", (int)getpid(), "version", PACKAGE_VERSION);
	text = line ? json_dumps(line, JSON_COMPACT) : NULL;
	json_decref(line);
	if (!text)
		return err_nomem(e);
	printf("%s\n", text);
	fflush(stdout);
	free(text); /* jansson's own allocation */
	return true;
}

/* SIGHUP: a round with the server now. */
static void wait_for_the_end(struct agent *a, const sigset_t *set)
{
	int sig;

	do {
		sig = sigwaitinfo(set, NULL);
		if (sig == SIGHUP)
			link_wake(a->link);
	} while (sig == SIGHUP || (sig < 0 && errno == EINTR));
}

/* The listener asks for the link, and the local socket for both: made in this order, ended in the
 * inverse one; the link's thread starts last. */
static bool serve(struct agent *a, const sigset_t *set, struct err *e)
{
	struct local *local = NULL;
	bool good = link_new(a, &a->link, e) && updater_new(a, &a->updater, e) &&
		    listener_start(a, &a->listener, e) && local_start(a, &local, e) &&
		    ready_say(a, e) && updater_start(a->updater, e) && link_start(a->link, e);

	if (good)
		wait_for_the_end(a, set);
	wire_end();
	local_stop(local);
	listener_stop(a->listener);
	updater_stop(a->updater); /* each of the two may wake the other */
	link_free(a->link);
	updater_free(a->updater);
	return good;
}

static bool run(const struct options *o, const sigset_t *set, struct err *e)
{
	struct agent a;
	int lock = -1;
	bool good;

	if (!agent_dir_ready(o->state_dir, true, e) || !state_lock(o->state_dir, &lock, e))
		return false;
	good = agent_open(&a, o, e) && wire_start(e) && serve(&a, set, e);
	agent_close(&a);
	(void)close(lock);
	return good;
}

static bool as_json; /* --json: a failure is told on standard output too */

static int fail(const struct err *e)
{
	return problem_tell("certbinder-agentd", e, as_json);
}

int main(int argc, char **argv)
{
	struct options options;
	struct err e = ERR_INIT;
	sigset_t set;
	bool good;

	as_json = problem_wants_json(argc, argv);
	if (!options_read(argc, argv, getenv("CERTBINDER_STATE_DIR"), &options, &e))
		return fail(&e);
	if (options.ask != OPTIONS_RUN) {
		printf("%s", options.ask == OPTIONS_HELP ? options_help
							 : "certbinder-agentd " PACKAGE_VERSION
							   "\n");
		return 0;
	}
	log_init("certbinder-agentd", LOG_INFO);
	json_wipe_on_free();
	zip_names_utf8();
	if (!process_harden(&e) || !witness_start(argv, &e))
		return fail(&e);
	signals_block(&set);
	good = run(&options, &set, &e);
	witness_stop();
	return good ? 0 : fail(&e);
}
