/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/files.h"
#include "base/text.h"
#include "core/authentication/publications.h"
#include "core/trust/crl_egress.h"
#include "lib/signer.h"
#include "lib/unit.h"
#include "wire/agent_dir.h"
#include "wire/agent_state.h"
#include "wire/download.h"
#include "wire/fetch.h"
#include "wire/publication.h"
#include "wire/sender.h"
#include "wire/walk.h"
#include "x509/pem.h"

#include <stdio.h>
#include <string.h>

/* Limits of what agents and their server say to each other, from both sides. */

static struct err e;
#define OK(call) unit_assert_ok((call), &e)

static json_t *der_of(const struct cert *c)
{
	struct buf text AUTO_BUF = BUF_INIT;

	base64_encode(span_of(c->der, c->der_len), &text);
	return json_string(buf_str(&text));
}

static void host_certificates_of_one_publication(void **state)
{
	struct signer s;

	(void)state;
	signer_make(&s, "server");
	for (size_t more = 0; more < 2; more++) {
		struct publication p AUTO_PUBLICATION = PUBLICATION_INIT;
		struct buf token AUTO_BUF = BUF_INIT;
		json_t *ipcer = json_array();

		for (size_t i = 0; i < PUBLICATION_IPCER_MAX + more; i++)
			json_array_append_new(ipcer, der_of(s.cert));
		signer_sign(&s, PUBLICATION_TYP,
			    json_pack("{s:i, s:s, s:o, s:o, s:s, s:s}", "number", 1, "prev_sha256",
				      "", "ntcer", der_of(s.cert), "ipcer", ipcer, "reason",
				      "first", "created", "2026-11-22T00:00:00Z"),
			    &token);
		e = (struct err)ERR_INIT;
		assert_int_equal(publication_begin(s.cert, buf_span(&token), &p, &e), more == 0);
		if (more == 1)
			unit_assert_reason(&e, "jws.corrupt");
	}
	signer_clear(&s);
}

struct endless {
	int64_t newest;
	int n_asked;
};

/* A server that has publications without end, none of them by the key that is looked for. */
static bool fetch_endless(void *arg, int64_t number, struct buf *token_out, bool *found_out,
			  struct err *why)
{
	struct endless *x = arg;
	struct buf text AUTO_BUF = BUF_INIT;

	(void)why;
	x->n_asked++;
	base64url_encode(span_str("{\"alg\":\"ES256\",\"kid\":\"none\"}"), token_out);
	buf_add_char(token_out, '.');
	buf_printf(&text, "{\"number\":%lld}",
		   (long long)(number == WALK_LATEST ? x->newest : number));
	base64url_encode(buf_span(&text), token_out);
	buf_add_str(token_out, ".AAAA");
	*found_out = true;
	return true;
}

static void numbers_looked_at_in_one_walk(void **state)
{
	struct signer s;

	(void)state;
	signer_make(&s, "server");
	for (int64_t more = -1; more < 2; more++) {
		struct endless x = {.newest = WALK_STEPS_MAX + more};
		const struct walk_source source = {.fetch = fetch_endless, .arg = &x};
		struct publication p AUTO_PUBLICATION = PUBLICATION_INIT;

		e = (struct err)ERR_INIT;
		assert_false(walk_begin(s.cert, &source, &p, &e));
		unit_assert_reason(&e, "agent.unproved");
		assert_int_equal(x.n_asked, WALK_STEPS_MAX + (more < 0 ? more : 0));
	}
	signer_clear(&s);
}

static void bytes_of_a_certificate_file(void **state)
{
	struct signer s;

	(void)state;
	signer_make(&s, "server");
	for (size_t more = 0; more < 2; more++) {
		struct cert *c AUTO_CERT = NULL;
		struct buf text AUTO_BUF = BUF_INIT;

		OK(pem_write("CERTIFICATE", span_of(s.cert->der, s.cert->der_len), &text, &e));
		while (text.len < AGENT_CERT_FILE_MAX + more)
			buf_add_char(&text, '\n');
		OK(file_replace(unit_path("file.pem"), 0600, buf_span(&text), &e));
		e = (struct err)ERR_INIT;
		assert_int_equal(agent_cert_file(unit_path("file.pem"), &c, &e), more == 0);
		assert_int_equal(e.code, more == 0 ? ERR_OK : ERR_LIMIT);
	}
	signer_clear(&s);
}

static void bytes_of_the_state_of_an_agent(void **state)
{
	struct agent_state s AUTO_AGENT_STATE;
	bool found;

	(void)state;
	agent_state_init(&s);
	OK(agent_state_load(unit_dir(), &s, &found, &e)); /* makes an id */
	OK(agent_state_save(unit_dir(), &s, &e));
	for (size_t more = 0; more < 2; more++) {
		struct agent_state back AUTO_AGENT_STATE;
		struct buf text AUTO_BUF = BUF_INIT;

		agent_state_init(&back);
		OK(file_read(unit_path(AGENT_STATE_FILE), AGENT_STATE_MAX_BYTES, &text, &e));
		while (text.len < AGENT_STATE_MAX_BYTES + more)
			buf_add_char(&text, ' ');
		OK(file_replace(unit_path(AGENT_STATE_FILE), 0600, buf_span(&text), &e));
		e = (struct err)ERR_INIT;
		assert_int_equal(agent_state_load(unit_dir(), &back, &found, &e), more == 0);
		assert_int_equal(e.code, more == 0 ? ERR_OK : ERR_LIMIT);
	}
}

static void seconds_between_heartbeats(void **state)
{
	struct agent_state s AUTO_AGENT_STATE;

	(void)state;
	agent_state_init(&s);
	text_copy(s.id, sizeof s.id, "00000000000000000000000000000000");
	for (int64_t more = 0; more < 2; more++) {
		struct agent_state back AUTO_AGENT_STATE;
		json_t *v AUTO_JSON = NULL;

		s.configuration.heartbeat_s = AGENT_HEARTBEAT_MAX_S + more;
		v = agent_state_json(&s);
		agent_state_init(&back);
		e = (struct err)ERR_INIT;
		assert_int_equal(agent_state_read(v, &back, &e), more == 0);
	}
}

static void bytes_of_an_address(void **state)
{
	struct crl_egress list;
	char url[DOWNLOAD_URL_MAX + 2];

	(void)state;
	OK(wire_start(&e));
	OK(crl_egress_parse("127.0.0.1", &list, &e));
	for (size_t more = 0; more < 2; more++) {
		struct buf out AUTO_BUF = BUF_INIT;
		const struct download_request r = {.url = url, .egress = &list, .max_bytes = 100};

		memset(url, 'a', sizeof url);
		memcpy(url, "http://127.0.0.1:1/", 19); /* nobody listens there */
		url[DOWNLOAD_URL_MAX + more] = '\0';
		e = (struct err)ERR_INIT;
		assert_false(download_get(&r, NULL, &out, &e));
		unit_assert_reason(&e, more == 0 ? "download.failed" : "egress.refused");
	}
}

static void none(void *ctx, const struct sender_answer *a)
{
	(void)a;
	++*(int *)ctx;
}

static void commands_on_their_way(void **state)
{
	static const uint8_t key[32] = {0};
	const struct sender_post p = {
		.address = "127.0.0.1", .port = 1, .listener_sha256 = key, .body = span_str("x")};
	struct sender *s = NULL;
	int n_answered = 0;

	(void)state;
	OK(sender_new(none, &n_answered, &s, &e));
	for (int i = 0; i < SENDER_PARALLEL_MAX; i++) {
		assert_int_equal(sender_room(s), SENDER_PARALLEL_MAX - i);
		OK(sender_post(s, &p, &e));
	}
	assert_false(sender_post(s, &p, &e));
	assert_int_equal(e.code, ERR_BUSY);
	while (n_answered < SENDER_PARALLEL_MAX) /* nobody listens: all come back */
		OK(sender_run(s, 100, &e));
	OK(sender_post(s, &p, &e));
	sender_free(s, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_certificates_of_one_publication),
		cmocka_unit_test(numbers_looked_at_in_one_walk),
		cmocka_unit_test(bytes_of_a_certificate_file),
		cmocka_unit_test(bytes_of_the_state_of_an_agent),
		cmocka_unit_test(seconds_between_heartbeats),
		cmocka_unit_test(bytes_of_an_address),
		cmocka_unit_test(commands_on_their_way),
	};

	return unit_run("wire/limits", tests, ARRAY_LEN(tests));
}
