/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/*
 * certbinder-agentsim HOST PORT AGENTS [THREADS [SAMPLES]]
 * Reads commands from standard input, one a line, and answers each with a line of JSON:
 *	register | walk | beat [SECONDS] | offline PERCENT | online | state | server PORT | quit
 */
struct sim sim;
static unsigned n_threads = 16;
static atomic_size_t next_agent;
static atomic_long n_good, n_bad;
static int64_t ends_ms;

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

typedef bool (*work_fn)(struct link *l, struct agent *a);

static bool walk_one(struct link *l, struct agent *a)
{
	static _Thread_local char answer[SIM_TEXT_MAX];
	char path[128];

	for (;;) {
		int status;

		(void)snprintf(path, sizeof(path), SIM_COMMON "publications/%lld",
			       (long long)a->number + 1);
		status = link_ask(l, a, false, "GET", path, NULL, answer, sizeof(answer));
		if (status == 404)
			return true;
		if (status != 200 || !agent_step(a, answer))
			return false;
	}
}

/* Once more after a walk, where the server shows what the agent does not know yet. */
static int ask_pinned(struct link *l, struct agent *a, const char *path, const char *body,
		      char *answer, size_t size)
{
	int status = link_ask(l, a, true, "POST", path, body, answer, size);

	if (status == -1 && walk_one(l, a))
		status = link_ask(l, a, true, "POST", path, body, answer, size);
	return status;
}

static bool register_one(struct link *l, struct agent *a)
{
	char answer[2048], *token = agent_token(a), *body;
	json_t *o;
	int status;

	a->secret[0] = '\0';
	if (asprintf(&body, "{\"token\":\"%s\"}", token) < 0)
		abort();
	status = ask_pinned(l, a, SIM_BASE "/register", body, answer, sizeof(answer));
	free(token);
	free(body);
	o = status == 201 ? json_loads(answer, 0, NULL) : NULL;
	if (o)
		(void)snprintf(a->secret, sizeof(a->secret), "%s",
			       json_string_value(json_object_get(o, "secret")));
	else if (atomic_fetch_add(&sim.failed, 1) == 0)
		fprintf(stderr, "registration: %d %s\n", status, status > 0 ? answer : "");
	json_decref(o);
	return o != NULL;
}

static bool beat_one(struct link *l, struct agent *a)
{
	json_t *report = agent_report(a);
	char answer[2048], *body = json_dumps(report, JSON_COMPACT);
	int status = ask_pinned(l, a, SIM_BASE "/heartbeat", body, answer, sizeof(answer));

	free(body);
	json_decref(report);
	if (status != 200 && status != 401)
		fprintf(stderr, "heartbeat: %d %.300s\n", status, status > 0 ? answer : "");
	if (status == 401) /* a restored server does not know it: it registers again by itself */
		return register_one(l, a);
	return status == 200;
}

static work_fn work;

static void *run(void *arg)
{
	struct link *l = link_new();

	(void)arg;
	for (;;) {
		size_t i = atomic_fetch_add(&next_agent, 1);

		if (ends_ms ? now_ms() >= ends_ms : i >= sim.n)
			break;
		if (!atomic_load(&sim.agents[i % sim.n].is_offline))
			atomic_fetch_add(work(l, &sim.agents[i % sim.n]) ? &n_good : &n_bad, 1);
	}
	link_free(l);
	return NULL;
}

/* All agents that are online, or all of them again and again for so many seconds. */
static void everyone(const char *name, work_fn fn, long seconds)
{
	pthread_t threads[256];
	int64_t began = now_ms();

	work = fn;
	atomic_store(&next_agent, 0);
	atomic_store(&n_good, 0);
	atomic_store(&n_bad, 0);
	ends_ms = seconds ? began + 1000 * seconds : 0;
	for (unsigned i = 0; i < n_threads; i++)
		pthread_create(&threads[i], NULL, run, NULL);
	for (unsigned i = 0; i < n_threads; i++)
		pthread_join(threads[i], NULL);
	printf("{\"did\":\"%s\",\"ok\":%ld,\"failed\":%ld,\"ms\":%lld}\n", name,
	       atomic_load(&n_good), atomic_load(&n_bad), (long long)(now_ms() - began));
}

static void offline(long percent)
{
	long n = 0;

	for (size_t i = 0; i < sim.n; i++) {
		bool away = random() % 100 < percent;

		atomic_store(&sim.agents[i].is_offline, away);
		n += away;
	}
	printf("{\"did\":\"offline\",\"n\":%ld}\n", n);
}

static void state(void)
{
	int64_t least = INT64_MAX, most = 0;

	for (size_t i = 0; i < sim.n; i++) {
		int64_t n = sim.agents[i].number;

		least = n < least ? n : least;
		most = n > most ? n : most;
	}
	printf("{\"agents\":%zu,\"least\":%lld,\"most\":%lld,\"accepted\":%ld,\"refused\":%ld,"
	       "\"handshakes\":%ld,\"backwards\":%ld,\"failed\":%ld}\n",
	       sim.n, (long long)least, (long long)most, atomic_load(&sim.accepted),
	       atomic_load(&sim.refused), atomic_load(&sim.handshakes), atomic_load(&sim.backwards),
	       atomic_load(&sim.failed));
}

static bool obey(char *line)
{
	char *word = strtok(line, " \n"), *more = strtok(NULL, " \n");
	long n = more ? strtol(more, NULL, 10) : 0;

	if (!word || strcmp(word, "quit") == 0)
		return false;
	if (strcmp(word, "register") == 0)
		everyone(word, register_one, 0);
	else if (strcmp(word, "walk") == 0)
		everyone(word, walk_one, 0);
	else if (strcmp(word, "beat") == 0)
		everyone(word, beat_one, n);
	else if (strcmp(word, "offline") == 0 || strcmp(word, "online") == 0)
		offline(n);
	else if (strcmp(word, "server") == 0) {
		sim.port = (uint16_t)n;
		printf("{\"did\":\"server\"}\n");
	} else
		state();
	fflush(stdout);
	return true;
}

int main(int argc, char **argv)
{
	const struct rlimit many = {.rlim_cur = 20000, .rlim_max = 20000};
	char line[256];

	if (argc < 4) {
		fprintf(stderr,
			"usage: certbinder-agentsim HOST PORT AGENTS [THREADS [SAMPLES]]\n");
		return 2;
	}
	sim.host = argv[1];
	sim.port = (uint16_t)strtol(argv[2], NULL, 10);
	sim.n = strtoul(argv[3], NULL, 10);
	if (argc > 4)
		n_threads = (unsigned)strtol(argv[4], NULL, 10);
	if (argc > 5)
		(void)snprintf(sim.sample, sizeof(sim.sample), "%s", argv[5]);
	if (n_threads < 1 || n_threads > 256 || sim.n < 1)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	setrlimit(RLIMIT_NOFILE, &many);
	srandom(20261122);
	sim.agents = calloc(sim.n, sizeof(*sim.agents));
	for (size_t i = 0; i < sim.n; i++)
		if (!agent_make(&sim.agents[i], 0, random() % (2 * 86000) - 86000))
			return 1;
	if (!listener_start())
		return 1;
	printf("{\"event\":\"ready\",\"agents\":%zu}\n", sim.n);
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin) && obey(line))
		;
	return 0;
}
