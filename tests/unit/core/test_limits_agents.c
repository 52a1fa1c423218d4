/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/clock.h"
#include "base/json.h"
#include "core/agents/agent_desk.h"
#include "core/agents/agent_impl.h"
#include "core/agents/rollout_engine.h"
#include "core/agents/rollout_outcome.h"
#include "core/agents/rollouts.h"
#include "core/authentication/authentication_keys.h"
#include "core/authentication/jws.h"
#include "core/core_impl.h"
#include "lib/core_fixture.h"
#include "lib/unit.h"
#include "store/db.h"

#include <stdio.h>
#include <string.h>

/* Limits of what agents say and of what is sent to them, from both sides. */

static struct err e;
#define OK(call) unit_assert_ok((call), &e)

/* ---- reports ---- */

static json_t *text_of(size_t n)
{
	struct buf b AUTO_BUF = BUF_INIT;

	for (size_t i = 0; i < n; i++)
		buf_add_char(&b, 'x');
	return json_string(buf_str(&b));
}

/* A report with this member in place of the usual one; stolen. */
static bool reads(const char *member, json_t *value, struct agent_report *out)
{
	json_t *body AUTO_JSON = json_pack("{s:s, s:i}", "name", "pc-1", "port", 21112);

	e = (struct err)ERR_INIT;
	assert_int_equal(json_object_set_new(body, member, value), 0);
	return agent_report_read(body, INT64_C(1795305600), out, &e);
}

static void assert_most(const char *member, json_t *most, json_t *one_more)
{
	struct agent_report good AUTO_REPORT = AGENT_REPORT_INIT,
				 bad AUTO_REPORT = AGENT_REPORT_INIT;

	OK(reads(member, json_incref(most), &good));
	assert_false(reads(member, json_incref(one_more), &bad));
	unit_assert_reason(&e, "request.member");
	json_decref(most);
	json_decref(one_more);
}

static json_t *digests(size_t n)
{
	json_t *list = json_array();

	while (n-- > 0)
		json_array_append_new(list, json_string("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
							"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
	return list;
}

/* {"a":"xxx"} of n bytes. */
static json_t *object_of(size_t n)
{
	return json_pack("{s:o}", "a", text_of(n - strlen("{\"a\":\"\"}")));
}

static void what_an_agent_says_of_itself(void **state)
{
	(void)state;
	assert_most("name", text_of(AGENT_NAME_MAX), text_of(AGENT_NAME_MAX + 1));
	assert_most("versions", object_of(AGENT_VERSIONS_MAX), object_of(AGENT_VERSIONS_MAX + 1));
	assert_most("states", object_of(AGENT_STATES_MAX), object_of(AGENT_STATES_MAX + 1));
	assert_most("port", json_integer(AGENT_PORT_MIN), json_integer(AGENT_PORT_MIN - 1));
	assert_most("ipcer_sha256", digests(AGENT_IPCER_MAX), digests(AGENT_IPCER_MAX + 1));
}

static void addresses_whose_registrations_are_counted(void **state)
{
	struct agent_rate *r = NULL;
	char address[16];

	(void)state;
	OK(agent_rate_new(&r, &e));
	OK(agent_rate_take(r, "192.0.2.1", 1, 1000, &e));
	assert_false(agent_rate_take(r, "192.0.2.1", 1, 1001, &e));
	for (int i = 0; i < 50; i++) { /* a few others push nobody out */
		(void)snprintf(address, sizeof address, "198.51.100.%d", i);
		OK(agent_rate_take(r, address, 1, 1002, &e));
	}
	assert_false(agent_rate_take(r, "192.0.2.1", 1, 1003, &e));
	for (int i = 0; i < 8 * AGENT_REGISTER_ADDRESSES_MAX; i++) { /* the oldest make room */
		(void)snprintf(address, sizeof address, "10.%d.%d.%d", i >> 16, i >> 8 & 255,
			       i & 255);
		OK(agent_rate_take(r, address, 1, 1004, &e));
	}
	OK(agent_rate_take(r, "192.0.2.1", 1, 1005, &e));
	agent_rate_free(r);
}

/* A bucket that all share, besides that of each address. */
static void registrations_of_all_addresses_in_a_minute(void **state)
{
	const int most = 60000; /* REGISTER_PER_MINUTE_MAX */
	struct agent_rate *r = NULL;

	(void)state;
	OK(agent_rate_new(&r, &e));
	for (int i = 0; i < most; i++)
		OK(agent_rate_take(r, "192.0.2.1", most + 1, 1000, &e));
	assert_false(agent_rate_take(r, "192.0.2.1", most + 1, 1000, &e));
	unit_assert_reason(&e, "agent.rate");
	assert_false(agent_rate_take(r, "198.51.100.1", 1, 1000, &e));
	OK(agent_rate_take(r, "198.51.100.2", 1, 1002, &e)); /* it fills again */
	agent_rate_free(r);
}

/* ---- rows ---- */

/* n agents a...1, a...2 with ids of 32 hex digits, all at 127.0.0.1. */
static void add_agents(struct core *c, int n)
{
	OK(db_run(core_store(c),
		  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)"
		  " INSERT INTO agents (id, name, address, port, listener_sha256, secret_hash,"
		  " ntcer_sha256, ipcer_sha256, registered_at, last_seen_at, is_proved)"
		  " SELECT printf('%032x', i), 'pc', '127.0.0.1', 21112, '', x'00', '', '', 0, 0, 1"
		  " FROM n",
		  DB_ARGS(db_i(n)), &e));
}

static int64_t number(struct core *c, const char *sql)
{
	int64_t n = -1;

	OK(db_get_int(core_store(c), sql, DB_NO_ARGS, &n, NULL, &e));
	return n;
}

static void heartbeats_that_wait_for_the_database(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct heartbeat_queue *q = NULL;
	char id[AGENT_ID_SIZE];

	(void)state;
	OK(store_begin(core_store(c), &e));
	add_agents(c, AGENT_HEARTBEATS_MAX + 1);
	OK(store_commit(core_store(c), &e));
	OK(heartbeat_queue_new(&q, &e));
	for (int i = 1; i <= AGENT_HEARTBEATS_MAX + 1; i++) {
		(void)snprintf(id, sizeof id, "%032x", (unsigned)i);
		heartbeat_put(q, id, "127.0.0.1", 5000, NULL, true);
	}
	OK(heartbeats_write(c, q, &e));
	assert_int_equal(number(c, "SELECT count(*) FROM agents WHERE last_seen_at = 5000"),
			 AGENT_HEARTBEATS_MAX);
	/* the one that was left out comes again */
	heartbeat_put(q, id, "127.0.0.1", 6000, NULL, true);
	OK(heartbeats_write(c, q, &e));
	assert_int_equal(number(c, "SELECT count(*) FROM agents WHERE last_seen_at = 6000"), 1);
	heartbeat_queue_free(q);
}

/* ---- commands ---- */

static bool start(struct core *c, json_t *args, json_t *agents)
{
	struct rollout_request r = ROLLOUT_REQUEST_INIT;
	json_t *out AUTO_JSON = NULL;

	e = (struct err)ERR_INIT;
	r.cmd = "status";
	r.args = args;
	r.agents = agents;
	return rollout_start(c, &fixture_admin, &r, &out, &e);
}

static void arguments_of_a_command(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *most AUTO_JSON = object_of(ROLLOUT_ARGS_MAX);
	json_t *more AUTO_JSON = object_of(ROLLOUT_ARGS_MAX + 1);

	(void)state;
	OK(start(c, most, NULL));
	assert_int_equal(number(c, "SELECT length(args) FROM rollouts"), ROLLOUT_ARGS_MAX);
	assert_false(start(c, more, NULL));
	unit_assert_reason(&e, "request.member");
}

static void agents_that_one_request_names(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *agents AUTO_JSON = json_array();
	char id[AGENT_ID_SIZE];

	(void)state;
	add_agents(c, ROLLOUT_AGENTS_MAX + 1);
	for (int i = 1; i <= ROLLOUT_AGENTS_MAX + 1; i++) {
		(void)snprintf(id, sizeof id, "%032x", (unsigned)i);
		json_array_append_new(agents, json_string(id));
		if (i == ROLLOUT_AGENTS_MAX)
			OK(start(c, NULL, agents));
	}
	assert_false(start(c, NULL, agents));
	unit_assert_reason(&e, "request.member");
	assert_int_equal(number(c, "SELECT count(*) FROM rollout_agents"), ROLLOUT_AGENTS_MAX);
}

static void change_state(struct core *c, const char *id, enum rollout_step step, bool good)
{
	json_t *out AUTO_JSON = NULL;

	e = (struct err)ERR_INIT;
	assert_int_equal(rollout_change(c, &fixture_admin, id, step, &out, &e), good);
}

static void rollouts_at_a_time(void **state)
{
	struct core *c AUTO_CORE = fixture_open();

	(void)state;
	add_agents(c, 1);
	for (int i = 0; i < ROLLOUT_RUNNING_MAX; i++)
		OK(start(c, NULL, NULL));
	assert_false(start(c, NULL, NULL));
	assert_int_equal(e.code, ERR_BUSY);
	change_state(c, "1", ROLLOUT_PAUSE, true); /* one that pauses keeps its place */
	assert_false(start(c, NULL, NULL));
	change_state(c, "1", ROLLOUT_CANCEL, true);
	OK(start(c, NULL, NULL));
}

static bool notify(struct core *c, json_t **out)
{
	e = (struct err)ERR_INIT;
	return agent_notify(c, &fixture_admin, "00000000000000000000000000000001", "status", NULL,
			    out, &e);
}

static void notifications_at_a_time(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *out AUTO_JSON = NULL;

	(void)state;
	add_agents(c, 1);
	OK(db_run(core_store(c),
		  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)"
		  " INSERT INTO rollouts (kind, cmd, args, state, parallel, attempts, jitter_ms,"
		  " actor, created_at) SELECT 'notify', 'status', '{}', 'running', 1, 1, 0, 'a', 0"
		  " FROM n",
		  DB_ARGS(db_i(ROLLOUT_NOTIFIES_MAX - 1)), &e));
	OK(notify(c, &out));
	json_decref(out);
	out = NULL;
	assert_false(notify(c, &out));
	assert_int_equal(e.code, ERR_BUSY);
	OK(start(c, NULL, NULL)); /* rollouts are counted apart */
}

/* Those that ended, the newest; others stay whatever their number. */
static void rollouts_that_are_kept(void **state)
{
	struct core *c AUTO_CORE = fixture_open();

	(void)state;
	for (int64_t more = 0; more < 2; more++) {
		OK(db_run(core_store(c), "DELETE FROM rollouts", DB_NO_ARGS, &e));
		OK(db_run(core_store(c),
			  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE"
			  " i < ?1) INSERT INTO rollouts (id, kind, cmd, args, state, parallel,"
			  " attempts, jitter_ms, actor, created_at, ended_at) SELECT i, 'rollout',"
			  " 'status', '{}', 'done', 1, 1, 0, 'a', 0, 1 FROM n",
			  DB_ARGS(db_i(ROLLOUT_KEEP - 1 + more)), &e));
		OK(start(c, NULL, NULL)); /* of no agent: it ends at once */
		assert_int_equal(number(c, "SELECT count(*) FROM rollouts"), ROLLOUT_KEEP);
		assert_int_equal(number(c, "SELECT min(id) FROM rollouts"), 1 + more);
	}
}

/* What is taken at once: an engine that has a batch of work more than it may. */
static void commands_of_one_transaction(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct dispatch *due[2 * ROLLOUT_BATCH_MAX];
	struct rollout_engine *x = NULL;
	json_t *claims AUTO_JSON = NULL, *header AUTO_JSON = NULL;
	size_t n = 0;

	(void)state;
	OK(authentication_keys_first_start(c, &e));
	add_agents(c, ROLLOUT_BATCH_MAX + 10);
	OK(start(c, NULL, NULL));
	OK(db_run(core_store(c), "UPDATE rollouts SET parallel = 100000", DB_NO_ARGS, &e));
	OK(rollout_engine_new(c, &x, &e));
	OK(rollout_engine_take(x, c, ARRAY_LEN(due), due, &n, &e));
	assert_int_equal(n, ROLLOUT_BATCH_MAX);
	/* exp is so long after iat */
	OK(jws_peek(buf_span(&due[0]->token), &header, &claims, &e));
	assert_int_equal(json_integer_value(json_object_get(claims, "exp")) -
				 json_integer_value(json_object_get(claims, "iat")),
			 ROLLOUT_COMMAND_LIFE_S);
	for (size_t i = 0; i < n; i++)
		dispatch_free(due[i]);
	OK(rollout_engine_take(x, c, ARRAY_LEN(due), due, &n, &e));
	assert_int_equal(n, 10);
	for (size_t i = 0; i < n; i++)
		dispatch_free(due[i]);
	rollout_engine_free(x);
}

/* An agent that does not answer, at its nth attempt. The pause lies between the two. */
static void pause_after(struct core *c, struct rollout_engine *x, int64_t attempts,
			int64_t *no_longer, int64_t *no_shorter)
{
	struct dispatch *d = NULL;
	size_t n = 0;
	int64_t before_ms, due_ms;

	OK(db_run(core_store(c), "UPDATE rollout_agents SET state = 0, due_ms = 0", DB_NO_ARGS,
		  &e));
	OK(rollout_engine_take(x, c, 1, &d, &n, &e));
	assert_int_equal(n, 1);
	d->attempts = attempts;
	d->attempts_max = attempts + 1;
	const struct dispatch_result r = {.dispatch = d, .error = "nobody"};
	before_ms = clock_now_ms();
	OK(rollout_engine_record(x, c, &r, 1, &e));
	*no_shorter = clock_now_ms();
	due_ms = number(c, "SELECT due_ms FROM rollout_agents");
	*no_longer = due_ms - before_ms;
	*no_shorter = due_ms - *no_shorter;
	dispatch_free(d);
}

static void milliseconds_between_two_attempts(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct rollout_engine *x = NULL;
	int64_t least = INT64_MAX, most = 0;

	(void)state;
	OK(authentication_keys_first_start(c, &e));
	add_agents(c, 1);
	OK(start(c, NULL, NULL));
	OK(rollout_engine_new(c, &x, &e));
	for (int i = 0; i < 40; i++) {
		int64_t no_longer, no_shorter;

		pause_after(c, x, 9 + i, &no_longer, &no_shorter);
		least = no_longer < least ? no_longer : least;
		most = no_shorter > most ? no_shorter : most;
	}
	assert_in_range(least, ROLLOUT_BACKOFF_MS * 256 * 3 / 4, ROLLOUT_BACKOFF_MAX_MS);
	assert_in_range(most, ROLLOUT_BACKOFF_MAX_MS, ROLLOUT_BACKOFF_MAX_MS * 5 / 4);
	rollout_engine_free(x);
}

static void rollouts_that_are_on_their_way(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct rollout_engine *x = NULL;

	(void)state;
	OK(rollout_engine_new(c, &x, &e));
	for (int64_t i = 1; i <= FLIGHTS_MAX; i++)
		assert_non_null(rollout_flight(x, i));
	assert_null(rollout_flight(x, FLIGHTS_MAX + 1));
	assert_non_null(rollout_flight(x, 1)); /* known already */
	rollout_engine_free(x);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_an_agent_says_of_itself),
		cmocka_unit_test(addresses_whose_registrations_are_counted),
		cmocka_unit_test(registrations_of_all_addresses_in_a_minute),
		cmocka_unit_test(heartbeats_that_wait_for_the_database),
		cmocka_unit_test(arguments_of_a_command),
		cmocka_unit_test(agents_that_one_request_names),
		cmocka_unit_test(rollouts_at_a_time),
		cmocka_unit_test(notifications_at_a_time),
		cmocka_unit_test(rollouts_that_are_kept),
		cmocka_unit_test(commands_of_one_transaction),
		cmocka_unit_test(milliseconds_between_two_attempts),
		cmocka_unit_test(rollouts_that_are_on_their_way),
	};

	return unit_run("core/limits_agents", tests, ARRAY_LEN(tests));
}
