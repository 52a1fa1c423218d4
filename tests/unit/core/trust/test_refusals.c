/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/mem.h"
#include "core/trust/refusals.h"
#include "tests/lib/core_fixture.h"
#include "tests/lib/unit.h"

#include <pthread.h>
#include <stdatomic.h>

/*
 * The queue between the door and the database.
 */
#define ROUNDS 250

static atomic_bool ended;

struct flusher {
	struct core *core;
	struct refusal_queue *queue;
};

static void *flush_again_and_again(void *arg)
{
	struct flusher *f = arg;
	struct err e = ERR_INIT;

	while (!atomic_load(&ended))
		unit_assert_ok(refusals_flush(f->core, f->queue, &e), &e);
	return NULL;
}

static void newest_is(struct core *c, const char *client)
{
	const struct refusal_query newest = {.substatus = -1, .page = {.limit = 1}};
	json_t *list AUTO_JSON = NULL;
	struct err e = ERR_INIT;

	unit_assert_ok(refusals_list(c, &newest, &list, &e), &e);
	assert_string_equal(fixture_at(list, "items.0.client"), client);
}

/* The console's own thread flushes too: what it is about to write is not missed by who reads. */
static void what_was_refused_is_found_whoever_wrote_it(void **state)
{
	struct core *c = fixture_open();
	struct flusher f = {.core = fixture_open()};
	struct verdict *v AUTO(verdict_autop) = NULL;
	struct served *served = mem_new(struct served);
	struct peer *peer = peer_new();
	struct err e = ERR_INIT;
	pthread_t other;
	(void)state;

	unit_assert_ok(refusal_queue_new(&f.queue, &e) &&
			       verdict_unreadable("no certificate", &v, &e),
		       &e);
	served->refs = 1;
	assert_int_equal(pthread_create(&other, NULL, flush_again_and_again, &f), 0);
	for (int i = 1; i <= ROUNDS; i++) {
		(void)snprintf(peer->client_ip, sizeof(peer->client_ip), "192.0.2.%d", i);
		refusal_put(f.queue, peer, served, v, 1795305600 + i);
		unit_assert_ok(refusals_flush(c, f.queue, &e), &e);
		newest_is(c, peer->client_ip);
	}
	atomic_store(&ended, true);
	pthread_join(other, NULL);
	refusal_queue_free(f.queue);
	peer_free(peer);
	served_unref(served);
	core_close(f.core);
	core_close(c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_refused_is_found_whoever_wrote_it),
	};

	return unit_run("core/refusals", tests, ARRAY_LEN(tests));
}
