/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/mem.h"
#include "tls/listeners.h"
#include "tls/ticket.h"

#include <arpa/inet.h>

/* Limits of the front that would take a machine of their own to come to from outside. */

static void connections_over_all_workers(void **state)
{
	struct sockaddr_storage client = {.ss_family = AF_INET};
	struct tls_front *f;
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(tls_front_new(&f, &e), &e);
	atomic_store(&f->n_open, TLS_CONNECTIONS_MAX - 1);
	assert_true(front_admit(f, &client));
	assert_false(front_admit(f, &client));
	assert_int_equal(atomic_load(&f->n_open), TLS_CONNECTIONS_MAX); /* not counted */
	front_leave(f, &client);
	assert_true(front_admit(f, &client));
	tls_front_free(f);
}

static void endpoints_of_one_front(void **state)
{
	struct tls_front *f;
	struct err e = ERR_INIT;
	uint16_t port;

	(void)state;
	unit_assert_ok(tls_front_new(&f, &e), &e);
	for (size_t i = 0; i < TLS_ENDPOINTS_MAX; i++)
		unit_assert_ok(tls_front_open(f, "127.0.0.1", 0, false, &port, &e), &e);
	assert_false(tls_front_open(f, "127.0.0.1", 0, false, &port, &e));
	assert_int_equal(e.code, ERR_LIMIT);
	assert_int_equal(f->n_endpoints, TLS_ENDPOINTS_MAX);
	tls_front_free(f);
}

/* A session that is len octets longer than an empty one; only a client's session has a ticket in it, of any length. */
static void session_of(mbedtls_ssl_session *s, size_t len)
{
	mbedtls_ssl_session_init(s);
	s->MBEDTLS_PRIVATE(tls_version) = MBEDTLS_SSL_VERSION_TLS1_2;
	s->MBEDTLS_PRIVATE(ciphersuite) = MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
	s->MBEDTLS_PRIVATE(ticket) = calloc(1, len + 1);
	s->MBEDTLS_PRIVATE(ticket_len) = len;
}

static size_t written(struct ticket_box *box, size_t len, uint8_t *out, size_t size,
		      uint32_t *life_s)
{
	mbedtls_ssl_session s;
	size_t n = 0;

	session_of(&s, len);
	assert_int_equal(ticket_write(box, &s, out, out + size, &n, life_s), 0);
	mbedtls_ssl_session_free(&s);
	return n;
}

static void bytes_of_a_ticket(void **state)
{
	struct ticket_scope scope = {.binding_id = 7, .resumable = true};
	struct ticket_expect x = {.scope = &scope};
	uint8_t ticket[2 * TICKET_BYTES_MAX];
	mbedtls_ssl_session s;
	struct ticket_box *box;
	struct err e = ERR_INIT;
	uint32_t life_s;

	(void)state;
	unit_assert_ok(ticket_box_new(&box, &e), &e);
	ticket_expect(&x);
	size_t empty = written(box, 0, ticket, sizeof(ticket), &life_s);
	size_t room = TICKET_BYTES_MAX - empty;
	assert_true(written(box, room + 1, ticket, sizeof(ticket), &life_s) <
		    100); /* opens nothing */
	assert_int_equal(life_s, 1);
	assert_int_equal(written(box, room, ticket, sizeof(ticket), &life_s), TICKET_BYTES_MAX);
	mbedtls_ssl_session_init(&s);
	assert_int_equal(ticket_parse(box, &s, ticket, TICKET_BYTES_MAX), 0);
	assert_int_equal(x.opened.binding_id, 7);
	mbedtls_ssl_session_free(&s);
	ticket_expect(NULL);
	ticket_box_free(box);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(connections_over_all_workers),
		cmocka_unit_test(endpoints_of_one_front),
		cmocka_unit_test(bytes_of_a_ticket),
	};

	return unit_run("tls/limits", tests, ARRAY_LEN(tests));
}
