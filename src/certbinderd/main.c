/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/clock.h"
#include "base/harden.h"
#include "base/json.h"
#include "base/log.h"
#include "base/problem.h"
#include "base/reason.h"
#include "base/sandbox.h"
#include "certbinderd/agent_link.h"
#include "certbinderd/console.h"
#include "certbinderd/control_server.h"
#include "certbinderd/fetcher.h"
#include "certbinderd/keeper.h"
#include "certbinderd/lockdown.h"
#include "certbinderd/service.h"
#include "certbinderd/user.h"
#include "certbinderd/workers.h"
#include "core/access/access.h"
#include "core/console/backup.h"
#include "core/programs/witness.h"
#include "core/reading/reader.h"
#include "core/reading/zip.h"
#include "core/state_lock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define DRAIN_MS 10000 /* for running requests after SIGTERM; a second one ends at once */
#define DRAIN_LOOK_MS 20

/* Each connection is two descriptors and a half. */
static void descriptors_raise(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) != 0)
		return;
	l.rlim_cur = l.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &l);
}

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

static json_t *texts_json(char texts[][64], size_t n)
{
	json_t *a = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(a, json_string(texts[i]));
	return a;
}

static bool ready_say(struct console *k, struct core *core, struct err *e)
{
	bool setup = false;
	json_t *line;
	char *text;

	if (!setup_needed(core, &setup, e))
		return false;
	line = json_pack("{s:s, s:o, s:o, s:i, s:s, s:o, s:I, s:b}", "event", "ready", "https",
			 texts_json(k->https, k->config->https.n), "http",
			 texts_json(k->http_text, k->config->http.n), "pid", (int)getpid(),
			 "version", PACKAGE_VERSION, "state_dir",
			 json_text(span_str(k->config->state_dir)), "tls_generation",
			 (json_int_t)atomic_load(&k->tls_generation), "setup_needed", setup);
	text = line ? json_dumps(line, JSON_COMPACT) : NULL;
	json_decref(line);
	if (!text)
		return err_nomem(e);
	printf("%s\n", text);
	fflush(stdout);
	free(text); /* jansson's own allocation */
	return true;
}

/* True: a signal that ends the console came within ms (-1: whenever). */
static bool end_is_asked(struct console *k, const sigset_t *set, int ms)
{
	const struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
	struct err e = ERR_INIT;
	int64_t served;
	int sig;

	do
		sig = ms < 0 ? sigwaitinfo(set, NULL) : sigtimedwait(set, NULL, &wait);
	while (sig < 0 && errno == EINTR);
	if (sig == SIGHUP && !console_publish(k, &served, &e))
		log_warning("daemon.publish", "%s", e.text);
	return sig == SIGTERM || sig == SIGINT;
}

static void drain(struct console *k, struct workers *w, const sigset_t *set)
{
	int64_t until_ms = clock_mono_ms() + DRAIN_MS;
	struct tls_counters t = {.connections_open = 0};

	workers_drain(w);
	do {
		tls_front_counters(k->front, &t);
		if (t.connections_open == 0)
			return;
	} while (clock_mono_ms() < until_ms && !end_is_asked(k, set, DRAIN_LOOK_MS));
	log_notice("daemon.drain", "ended with %llu connections open",
		   (unsigned long long)t.connections_open);
}

/* Everything that runs, from publishing to the last join. */
static bool serve(struct console *k, struct core *core, const sigset_t *set, struct err *e)
{
	struct workers *workers = NULL;
	struct keeper *keeper = NULL;
	struct fetcher *fetcher = NULL;
	struct control_server *control = NULL;
	struct agent_link *link = NULL;
	int64_t served;
	bool good = workers_new(k, &workers, e) && console_publish(k, &served, e) &&
		    workers_start(workers, e) && control_server_start(k, &control, e) &&
		    keeper_start(k, &keeper, e) && fetcher_start(k, &fetcher, e) &&
		    agent_link_start(k, &link, e) && ready_say(k, core, e);

	if (good) {
		service_say("READY=1\nSTATUS=serving");
		while (!end_is_asked(k, set, service_watchdog_ms()))
			if (workers_answer(workers))
				service_say("WATCHDOG=1");
		service_say("STOPPING=1\nSTATUS=ending what runs");
		log_info("daemon.stop", "draining");
		drain(k, workers, set);
	}
	agent_link_stop(link);
	fetcher_stop(fetcher);
	keeper_stop(keeper);
	control_server_stop(control);
	if (workers)
		workers_stop(workers);
	console_jobs_end(k); /* a job may still answer: before the workers it answers to go */
	workers_free(workers);
	return good;
}

static bool run(struct config_file *config, int listen_fd, const sigset_t *set, struct err *e)
{
	struct console k = {.config = config,
			    .listen_fd = listen_fd,
			    .publish_lock = PTHREAD_MUTEX_INITIALIZER};
	struct core *core AUTO_CORE = NULL;
	struct err swept = ERR_INIT;
	int lock = -1;
	bool good;

	if (!core_open(config->state_dir, true, NULL, &core, e) ||
	    !state_lock(config->state_dir, &lock, e))
		return false;
	if (!backups_sweep(config->state_dir, &swept))
		log_warning("daemon.start", "%s", swept.text);
	good = core_check(core, e) && console_prepare(&k, core, config, e) && console_make(&k, e) &&
	       serve(&k, core, set, e);
	console_free(&k);
	(void)close(lock);
	return good;
}

static bool as_json; /* --json: a failure is told on standard output too */

static int fail(const struct err *e)
{
	return problem_tell("certbinderd", e, as_json);
}

int main(int argc, char **argv)
{
	static struct options options;
	struct err e = ERR_INIT;
	const struct service_environment service = {.notify_socket = getenv("NOTIFY_SOCKET"),
						    .watchdog_usec = getenv("WATCHDOG_USEC"),
						    .watchdog_pid = getenv("WATCHDOG_PID"),
						    .listen_pid = getenv("LISTEN_PID"),
						    .listen_fds = getenv("LISTEN_FDS")};
	int listen_fd = -1;
	sigset_t set;
	bool good;

	as_json = problem_wants_json(argc, argv);
	if (!options_read(argc, argv, getenv("CERTBINDER_STATE_DIR"), &options, &e))
		return fail(&e);
	if (options.ask != OPTIONS_RUN) {
		printf("%s", options.ask == OPTIONS_HELP ? options_help
							 : "certbinderd " PACKAGE_VERSION "\n");
		return 0;
	}
	log_init("certbinderd", LOG_INFO);
	json_wipe_on_free();
	zip_names_utf8();
	if (!process_harden(&e) || !service_begin(&service, &listen_fd, &e) ||
	    !user_become(options.user, &options.config, &e) || !reader_start(&e) ||
	    !witness_start(argv, &e) || !lockdown(&e))
		return fail(&e);
	log_info("daemon.reader", "files are read behind seccomp%s",
		 sandbox_landlock() > 0 ? " and Landlock" : "; this kernel has no Landlock");
	descriptors_raise();
	signals_block(&set);
	good = run(&options.config, listen_fd, &set, &e);
	witness_stop();
	reader_stop();
	return good ? 0 : fail(&e);
}
