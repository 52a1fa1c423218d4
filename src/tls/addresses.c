/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tls/addresses.h"

#include "base/mem.h"
#include "base/secret.h"

#include <pthread.h>
#include <string.h>

#define BUCKETS 4096

struct address {
	uint8_t bytes[16];
	unsigned n;
	struct address *next;
};

struct addresses {
	pthread_mutex_t lock; /* guards the buckets */
	uint32_t seed;	      /* nobody outside can aim at one bucket */
	struct address *buckets[BUCKETS];
};

bool addresses_new(struct addresses **out, struct err *e)
{
	struct addresses *a = mem_new(struct addresses);

	if (!a)
		return err_nomem(e);
	pthread_mutex_init(&a->lock, NULL);
	random_bytes(&a->seed, sizeof(a->seed));
	*out = a;
	return true;
}

void addresses_free(struct addresses *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		while (a->buckets[i]) {
			struct address *gone = a->buckets[i];

			a->buckets[i] = gone->next;
			mem_free(gone);
		}
	pthread_mutex_destroy(&a->lock);
	mem_free(a);
}

/* One user of IPv6 has at least a /64. */
static void key_of(const struct sockaddr_storage *who, uint8_t out[static 16])
{
	const struct sockaddr_in *in4 = (const struct sockaddr_in *)who;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)who;

	memset(out, 0, 16);
	if (who->ss_family == AF_INET)
		memcpy(out, &in4->sin_addr, 4);
	else if (who->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		memcpy(out, &in6->sin6_addr.s6_addr[12], 4);
	else if (who->ss_family == AF_INET6)
		memcpy(out, &in6->sin6_addr, 8);
}

static struct address **find(struct addresses *a, const uint8_t key[static 16])
{
	uint32_t h = a->seed;
	struct address **p;

	for (int i = 0; i < 16; i++)
		h = (h ^ key[i]) * 16777619u;
	p = &a->buckets[(h ^ h >> 16) % BUCKETS];
	while (*p && memcmp((*p)->bytes, key, 16) != 0)
		p = &(*p)->next;
	return p;
}

bool addresses_enter(struct addresses *a, const struct sockaddr_storage *who, unsigned max)
{
	struct address **p;
	uint8_t key[16];
	bool ok = true;

	key_of(who, key);
	pthread_mutex_lock(&a->lock);
	p = find(a, key);
	if (!*p) {
		*p = mem_new(struct address);
		if (*p)
			memcpy((*p)->bytes, key, 16);
	}
	ok = *p && (*p)->n < max;
	if (ok)
		(*p)->n++;
	pthread_mutex_unlock(&a->lock);
	return ok;
}

void addresses_leave(struct addresses *a, const struct sockaddr_storage *who)
{
	struct address **p;
	uint8_t key[16];

	key_of(who, key);
	pthread_mutex_lock(&a->lock);
	p = find(a, key);
	if (*p && --(*p)->n == 0) {
		struct address *gone = *p;

		*p = gone->next;
		mem_free(gone);
	}
	pthread_mutex_unlock(&a->lock);
}
