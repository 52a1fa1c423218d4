/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/agent_state.h"

#include "lib/signer.h"
#include "lib/unit.h"

#include "base/files.h"
#include "base/text.h"
#include "wire/agent_dir.h"
#include "wire/agent_identity.h"
#include "wire/transfer.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static struct signer key, host;

static void fill(struct agent_state *s)
{
	struct buf token AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;

	signer_publish(&key, 3, "renewed", key.cert, host.cert, &token);
	text_copy(s->server.host, sizeof(s->server.host), "server.example");
	s->server.https_port = 4343;
	s->server.http_port = 8080;
	unit_assert_ok(secret_set(&s->secret, "the secret", 10, &e), &e);
	unit_assert_ok(publication_begin(key.cert, buf_span(&token), &s->held, &e), &e);
	unit_assert_ok(replay_add(&s->replay, 9, "jti", INT64_MAX, 1, &e), &e);
	s->configuration = (struct agent_configuration){4, 30, 600, .root_policy = ROOT_POLICY_ON,
							.ipc_signatures = true};
	s->catalogue.revision = 12;
	agent_state_refused(s, "command.audience", "somebody else", 1000);
	text_copy(s->unload_hash, sizeof(s->unload_hash), "$argon2id$");
	text_copy(s->former.place.host, sizeof(s->former.place.host), "old.example");
	s->former.place.https_port = 443;
	unit_assert_ok(cert_list_add(&s->former.pins, host.cert, &e), &e);
	unit_assert_ok(secret_set(&s->former.secret, "old", 3, &e), &e);
}

static void is_the_same_after_a_restart(void **state)
{
	struct agent_state s AUTO_AGENT_STATE, back AUTO_AGENT_STATE;
	struct err e = ERR_INIT;
	bool found = true;

	(void)state;
	agent_state_init(&s);
	agent_state_init(&back);
	unit_assert_ok(agent_state_load(unit_dir(), &s, &found, &e), &e);
	assert_false(found);
	assert_int_equal(strlen(s.id), 32);
	fill(&s);
	unit_assert_ok(agent_state_save(unit_dir(), &s, &e), &e);
	unit_assert_ok(agent_state_load(unit_dir(), &back, &found, &e), &e);
	assert_true(found);
	assert_string_equal(back.id, s.id);
	assert_true(agent_place_equal(&back.server, &s.server) && back.server.http_port == 8080);
	assert_true(secret_equal(secret_span(&back.secret), secret_span(&s.secret)));
	assert_true(back.held.number == 3 && cert_equal(back.held.ntcer, key.cert));
	assert_true(replay_has(&back.replay, "jti") && back.replay.seq == 9);
	assert_true(back.configuration.revision == 4 && back.configuration.skew_s == 600);
	assert_true(back.configuration.root_policy == ROOT_POLICY_ON &&
		    back.configuration.ipc_signatures);
	assert_int_equal(back.catalogue.revision, 12);
	assert_true(back.n_refusals == 1 && back.refusals[0].unreported == 1);
	assert_string_equal(back.unload_hash, "$argon2id$");
	assert_string_equal(back.former.place.host, "old.example");
	assert_true(cert_list_has(&back.former.pins, host.cert) && back.former.secret.len == 3);
}

static void the_state_is_for_its_owner_alone_and_copies_are_made_again(void **state)
{
	struct agent_state s AUTO_AGENT_STATE;
	struct buf got AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	struct stat st;

	(void)state;
	agent_state_init(&s);
	fill(&s);
	unit_assert_ok(agent_state_save(unit_dir(), &s, &e), &e);
	assert_int_equal(stat(unit_path(AGENT_STATE_FILE), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	unit_assert_ok(file_replace(unit_path(AGENT_NTCER_FILE), 0644, span_str("broken"), &e), &e);
	unit_assert_ok(agent_state_copies(unit_dir(), &s, &e), &e);
	unit_assert_ok(file_read(unit_path(AGENT_NTCER_FILE), CERT_MAX_BYTES, &got, &e), &e);
	unit_assert_span(buf_span(&got), span_of(key.cert->der, key.cert->der_len));
	buf_reset(&got);
	unit_assert_ok(file_read(unit_path(AGENT_IPCER_FILE), CERT_MAX_BYTES, &got, &e), &e);
	unit_assert_span(buf_span(&got), span_of(host.cert->der, host.cert->der_len));
}

static void refuses_a_state_that_is_none(void **state)
{
	static const char *const texts[] = {"", "{}", "[]", "{\"version\":1}", "{\"version\":2}"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct agent_state s = {.port = 42};
		struct err e = ERR_INIT;
		bool found;

		unit_assert_ok(
			file_replace(unit_path(AGENT_STATE_FILE), 0600, span_str(texts[i]), &e),
			&e);
		assert_false(agent_state_load(unit_dir(), &s, &found, &e));
		assert_int_equal(e.code, strstr(texts[i], "2") ? ERR_CONFLICT : ERR_FORMAT);
		assert_int_equal(s.port, 42);
	}
}

static void a_refusal_that_is_no_text_is_kept_all_the_same(void **state)
{
	struct agent_state s AUTO_AGENT_STATE, back AUTO_AGENT_STATE;
	struct err e = ERR_INIT;
	bool found = false;

	(void)state;
	agent_state_init(&s);
	agent_state_init(&back);
	fill(&s);
	agent_state_refused(&s, "trust.folder", "Root/\xff.cer is none", 2000);
	unit_assert_ok(agent_state_save(unit_dir(), &s, &e), &e);
	unit_assert_ok(agent_state_load(unit_dir(), &back, &found, &e), &e);
	assert_int_equal(back.n_refusals, 2);
	assert_non_null(strstr(back.refusals[1].detail, ".cer is none"));
}

static void refusals_are_reported_once_an_hour(void **state)
{
	struct agent_state s AUTO_AGENT_STATE;
	char reason[16];

	(void)state;
	agent_state_init(&s);
	assert_false(agent_state_report_due(&s, 5000));
	agent_state_refused(&s, "command.early", "", 5000);
	agent_state_refused(&s, "command.early", "", 5001);
	assert_true(s.n_refusals == 1 && s.refusals[0].total == 2);
	assert_true(agent_state_report_due(&s, 5002));
	s.refusals_reported_s = 5002;
	assert_false(agent_state_report_due(&s, 5002 + AGENT_REPORT_S - 1));
	assert_true(agent_state_report_due(&s, 5002 + AGENT_REPORT_S));
	s.refusals[0].unreported = 0;
	assert_false(agent_state_report_due(&s, 5002 + AGENT_REPORT_S));
	for (int i = 0; i < 3 * REFUSAL_KINDS_MAX; i++) {
		(void)snprintf(reason, sizeof(reason), "reason %d", i);
		agent_state_refused(&s, reason, "", 6000);
	}
	assert_int_equal(s.n_refusals, REFUSAL_KINDS_MAX);
}

static void a_place_is_a_name_and_nothing_else(void **state)
{
	static const char *const good[] = {"server", "server.example", "192.0.2.1", "2001:db8::1",
					   "under_score"};
	static const char *const bad[] = {"",	 "a/b", "a b", "a@b",  "a#b",
					  "a?b", "-a",	"a%b", "a\nb", "[::1]"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct agent_place p = {.https_port = 1};

		text_copy(p.host, sizeof(p.host), good[i]);
		assert_true(agent_place_is_sound(&p));
		p.https_port = 0;
		assert_false(agent_place_is_sound(&p));
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct agent_place p = {.https_port = 1};

		text_copy(p.host, sizeof(p.host), bad[i]);
		assert_false(agent_place_is_sound(&p));
	}
}

static void the_key_is_made_once(void **state)
{
	struct agent_identity one AUTO_AGENT_IDENTITY = AGENT_IDENTITY_INIT,
				  two AUTO_AGENT_IDENTITY = AGENT_IDENTITY_INIT;
	struct err e = ERR_INIT;
	struct stat st;

	(void)state;
	assert_false(agent_identity_load(unit_dir(), false, 1795305600, &one, &e));
	e = (struct err)ERR_INIT;
	unit_assert_ok(agent_identity_load(unit_dir(), true, 1795305600, &one, &e), &e);
	unit_assert_ok(agent_identity_load(unit_dir(), true, 1795305600, &two, &e), &e);
	assert_true(cert_equal(one.cert, two.cert));
	assert_true(cert_common_name_matches(one.cert, AGENT_COMMON_NAME));
	assert_int_equal(stat(unit_path(AGENT_KEY_FILE), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void files_of_administrators_are_DER_or_PEM(void **state)
{
	struct cert *c AUTO_CERT = NULL;
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(file_replace(unit_path("a.dat"), 0644,
				    span_of(key.cert->der, key.cert->der_len), &e),
		       &e);
	unit_assert_ok(agent_cert_file(unit_path("a.dat"), &c, &e), &e);
	assert_true(cert_equal(c, key.cert));
	assert_false(agent_cert_file("\\\\server\\share\\OfcNTCer.dat", &c, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_non_null(strstr(e.text, "Windows share"));
	assert_false(agent_cert_file(unit_path("none"), &c, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_false(agent_dir_ready(unit_path("none"), false, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_false(agent_dir_ready(unit_path("a.dat"), true, &e));
}

static void a_transfer_moves_the_state_at_once(void **state)
{
	struct agent_state s AUTO_AGENT_STATE;
	struct transfer t AUTO_TRANSFER = {.port = 4000, .to = {.host = "new", .https_port = 1}};
	struct err e = ERR_INIT;

	(void)state;
	agent_state_init(&s);
	fill(&s);
	unit_assert_ok(publication_copy(&s.held, &t.held, &e), &e);
	unit_assert_ok(secret_set(&t.registration.secret, "new secret", 10, &e), &e);
	t.registration.heartbeat_s = 77;
	unit_assert_ok(transfer_apply(&s, &t, 5, &e), &e);
	assert_string_equal(s.server.host, "new");
	assert_string_equal(s.former.place.host, "server.example");
	assert_true(s.former.secret.len == 10 && cert_list_has(&s.former.pins, host.cert));
	assert_true(s.port == 4000 && s.configuration.heartbeat_s == 77);
	assert_true(s.replay.seq == 0 && replay_has(&s.replay, "jti"));
	assert_int_equal(s.held.number, 3);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_the_same_after_a_restart),
		cmocka_unit_test(the_state_is_for_its_owner_alone_and_copies_are_made_again),
		cmocka_unit_test(refuses_a_state_that_is_none),
		cmocka_unit_test(a_refusal_that_is_no_text_is_kept_all_the_same),
		cmocka_unit_test(refusals_are_reported_once_an_hour),
		cmocka_unit_test(a_place_is_a_name_and_nothing_else),
		cmocka_unit_test(the_key_is_made_once),
		cmocka_unit_test(files_of_administrators_are_DER_or_PEM),
		cmocka_unit_test(a_transfer_moves_the_state_at_once),
	};
	int failed;

	signer_make(&key, "key");
	signer_make(&host, "host");
	failed = unit_run("wire/agent_state", tests, ARRAY_LEN(tests));
	signer_clear(&key);
	signer_clear(&host);
	return failed;
}
