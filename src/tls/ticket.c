/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tls/ticket.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/secret.h"
#include "tls/front.h"

#include <mbedtls/gcm.h>
#include <pthread.h>
#include <string.h>

/* name, nonce, sealed (issued, binding, certificate, session), tag */
#define NAME_BYTES 8
#define NONCE_BYTES 12
#define TAG_BYTES 16
#define KEY_BYTES 32
#define SCOPE_BYTES (8 + 8 + SHA256_BYTES)
#define OVERHEAD_BYTES (NAME_BYTES + NONCE_BYTES + TAG_BYTES)

struct ticket_key {
	uint8_t name[NAME_BYTES];
	int64_t born_s; /* on the monotonic clock: a jump of the wall clock keeps no key alive */
	uint8_t bytes[KEY_BYTES];
};

struct ticket_box {
	pthread_rwlock_t lock; /* guards the keys; never held while anything is sealed */
	struct ticket_key keys[TICKET_KEYS];
	unsigned newest;
};

static _Thread_local struct ticket_expect *expected;

void ticket_expect(struct ticket_expect *x)
{
	expected = x;
}

static int64_t mono_s(void)
{
	return clock_mono_ms() / 1000;
}

static void make_key(struct ticket_box *b, unsigned place)
{
	struct ticket_key *k = &b->keys[place];

	random_bytes(k->name, sizeof(k->name));
	random_bytes(k->bytes, sizeof(k->bytes));
	k->born_s = mono_s();
	b->newest = place;
}

bool ticket_box_new(struct ticket_box **out, struct err *e)
{
	struct ticket_box *b = mem_new(struct ticket_box);

	if (!b)
		return err_nomem(e);
	pthread_rwlock_init(&b->lock, NULL);
	/* all of them random: an unused place opens nothing */
	for (unsigned i = 0; i < TICKET_KEYS; i++)
		make_key(b, i);
	*out = b;
	return true;
}

void ticket_box_free(struct ticket_box *b)
{
	if (!b)
		return;
	pthread_rwlock_destroy(&b->lock);
	secret_wipe(b->keys, sizeof(b->keys));
	mem_free(b);
}

static void sealing_key(struct ticket_box *b, struct ticket_key *out)
{
	bool old;

	pthread_rwlock_rdlock(&b->lock);
	*out = b->keys[b->newest];
	pthread_rwlock_unlock(&b->lock);
	old = mono_s() - out->born_s >= TICKET_KEY_LIFE_S;
	if (!old)
		return;
	pthread_rwlock_wrlock(&b->lock);
	if (mono_s() - b->keys[b->newest].born_s >= TICKET_KEY_LIFE_S)
		make_key(b, (b->newest + 1) % TICKET_KEYS);
	*out = b->keys[b->newest];
	pthread_rwlock_unlock(&b->lock);
}

static bool opening_key(struct ticket_box *b, const uint8_t *name, struct ticket_key *out)
{
	bool found = false;

	pthread_rwlock_rdlock(&b->lock);
	for (unsigned i = 0; i < TICKET_KEYS && !found; i++) {
		found = memcmp(b->keys[i].name, name, NAME_BYTES) == 0;
		if (found)
			*out = b->keys[i];
	}
	pthread_rwlock_unlock(&b->lock);
	return found && mono_s() - out->born_s < TICKET_KEY_LIFE_S + TLS_TICKET_LIFE_S;
}

static void put_i64(uint8_t *p, int64_t v)
{
	for (int i = 7; i >= 0; i--) {
		p[i] = (uint8_t)v;
		v >>= 8;
	}
}

static int64_t get_i64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return (int64_t)v;
}

static int crypt(const struct ticket_key *k, int mode, const uint8_t *nonce, uint8_t *data,
		 size_t len, uint8_t *tag)
{
	mbedtls_gcm_context gcm;
	int ret;

	mbedtls_gcm_init(&gcm);
	ret = mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, k->bytes, KEY_BYTES * 8);
	if (ret == 0 && mode == MBEDTLS_GCM_ENCRYPT)
		ret = mbedtls_gcm_crypt_and_tag(&gcm, mode, len, nonce, NONCE_BYTES, k->name,
						NAME_BYTES, data, data, TAG_BYTES, tag);
	else if (ret == 0)
		ret = mbedtls_gcm_auth_decrypt(&gcm, len, nonce, NONCE_BYTES, k->name, NAME_BYTES,
					       tag, TAG_BYTES, data, data);
	mbedtls_gcm_free(&gcm);
	return ret;
}

/* A ticket that opens nothing: TLS 1.3 has no empty ones, and a failure here would end the
 * handshake. */
static int write_dud(unsigned char *start, const unsigned char *end, size_t *len,
		     uint32_t *lifetime_s)
{
	size_t n = (size_t)(end - start);

	*len = n < NAME_BYTES ? n : NAME_BYTES;
	random_bytes(start, *len);
	*lifetime_s = 1;
	return 0;
}

int ticket_write(void *box, const mbedtls_ssl_session *session, unsigned char *start,
		 const unsigned char *end, size_t *len, uint32_t *lifetime_s)
{
	const struct ticket_scope *scope = expected ? expected->scope : NULL;
	uint8_t *nonce = start + NAME_BYTES, *sealed = nonce + NONCE_BYTES;
	struct ticket_key k;
	size_t n = 0;
	int ret;

	if (!scope || !scope->resumable || (size_t)(end - start) < OVERHEAD_BYTES + SCOPE_BYTES)
		return write_dud(start, end, len, lifetime_s);
	ret = mbedtls_ssl_session_save(session, sealed + SCOPE_BYTES,
				       (size_t)(end - sealed) - SCOPE_BYTES - TAG_BYTES, &n);
	if (ret != 0 || OVERHEAD_BYTES + SCOPE_BYTES + n > TICKET_BYTES_MAX)
		return write_dud(start, end, len, lifetime_s);
	put_i64(sealed, clock_now_s());
	put_i64(sealed + 8, scope->binding_id);
	memcpy(sealed + 16, scope->cert_sha256, SHA256_BYTES);
	n += SCOPE_BYTES;
	sealing_key(box, &k);
	memcpy(start, k.name, NAME_BYTES);
	random_bytes(nonce, NONCE_BYTES);
	ret = crypt(&k, MBEDTLS_GCM_ENCRYPT, nonce, sealed, n, sealed + n);
	secret_wipe(&k, sizeof(k));
	if (ret != 0)
		return write_dud(start, end, len, lifetime_s);
	*len = OVERHEAD_BYTES + n;
	*lifetime_s = TLS_TICKET_LIFE_S;
	return 0;
}

static bool in_scope(const struct ticket_scope *want, const uint8_t *scope_bytes)
{
	return want && want->resumable && get_i64(scope_bytes + 8) == want->binding_id &&
	       memcmp(scope_bytes + 16, want->cert_sha256, SHA256_BYTES) == 0;
}

/* Any failure but memory means a full handshake, which is what EXPIRED asks for most politely. */
int ticket_parse(void *box, mbedtls_ssl_session *session, unsigned char *buf, size_t len)
{
	uint8_t *nonce = buf + NAME_BYTES, *sealed = nonce + NONCE_BYTES;
	struct ticket_key k;
	int64_t age_s;
	size_t n;
	int ret;

	if (!expected || len < OVERHEAD_BYTES + SCOPE_BYTES || len > TICKET_BYTES_MAX)
		return MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED;
	if (!opening_key(box, buf, &k))
		return MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED;
	n = len - OVERHEAD_BYTES;
	ret = crypt(&k, MBEDTLS_GCM_DECRYPT, nonce, sealed, n, sealed + n);
	secret_wipe(&k, sizeof(k));
	if (ret != 0 || !in_scope(expected->scope, sealed))
		return MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED;
	age_s = clock_now_s() - get_i64(sealed);
	if (age_s < -60 || age_s > TLS_TICKET_LIFE_S)
		return MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED;
	ret = mbedtls_ssl_session_load(session, sealed + SCOPE_BYTES, n - SCOPE_BYTES);
	if (ret != 0)
		return MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED;
	expected->opened = *expected->scope;
	return 0;
}
