/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/secret.h"

#include "base/files.h"
#include "base/mem.h"

#include <assert.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t start_once = PTHREAD_ONCE_INIT;

/* Without the system's generator there is nothing that this program may do. */
static void start(void)
{
	if (sodium_init() < 0)
		abort();
}

/*
 * sodium_malloc() gives pages of its own between guards, locked as far as the limit on locked
 * memory allows, with MADV_DONTDUMP, and sodium_free() wipes them.
 */
bool secret_alloc(struct secret *s, size_t len, struct err *e)
{
	uint8_t *p;

	pthread_once(&start_once, start);
	if (len > SECRET_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "secret of %zu bytes, at most %zu", len,
			       SECRET_MAX_BYTES);
	p = mem_should_fail() ? NULL : sodium_malloc(len + 1);
	if (!p)
		return err_nomem(e);
	memset(p, 0, len + 1);
	secret_clear(s);
	s->data = p;
	s->len = len;
	return true;
}

/* p may point into s itself: the old memory goes last. */
bool secret_set(struct secret *s, const void *p, size_t len, struct err *e)
{
	struct secret fresh AUTO_SECRET = SECRET_INIT;

	if (!secret_alloc(&fresh, len, e))
		return false;
	if (len > 0)
		memcpy(fresh.data, p, len);
	secret_move(s, &fresh);
	return true;
}

bool secret_random(struct secret *s, size_t len, struct err *e)
{
	if (!secret_alloc(s, len, e))
		return false;
	random_bytes(s->data, len);
	return true;
}

bool secret_read_file(struct secret *s, const char *path, struct err *e)
{
	struct buf content AUTO_BUF = {.secret = true};
	size_t len;

	if (!file_read(path, SECRET_MAX_BYTES, &content, e))
		return false;
	len = content.len;
	if (len > 0 && content.data[len - 1] == '\n') {
		len--;
		if (len > 0 && content.data[len - 1] == '\r')
			len--;
	}
	return secret_set(s, content.data, len, e);
}

void secret_clear(struct secret *s)
{
	sodium_free(s->data);
	s->data = NULL;
	s->len = 0;
}

void secret_move(struct secret *to, struct secret *from)
{
	struct secret moved = *from;

	if (to == from)
		return;
	*from = (struct secret)SECRET_INIT;
	secret_clear(to);
	*to = moved;
}

struct span secret_span(const struct secret *s)
{
	return span_of(s->data, s->len);
}

bool secret_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || sodium_memcmp(a.p, b.p, a.len) == 0);
}

void secret_wipe(void *p, size_t len)
{
	if (len > 0)
		sodium_memzero(p, len);
}

void random_bytes(void *p, size_t len)
{
	pthread_once(&start_once, start);
	randombytes_buf(p, len);
}
