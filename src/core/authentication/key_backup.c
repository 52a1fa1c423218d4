/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/authentication/key_backup.h"

#include "base/mem.h"

#include <string.h>

void key_backup_clear(struct key_backup *b)
{
	for (size_t i = 0; i < b->n_keys; i++) {
		cert_unref(b->keys[i].cert);
		secret_clear(&b->keys[i].pkcs8);
		buf_clear(&b->keys[i].pfx);
	}
	for (size_t i = 0; i < b->n_publications; i++)
		mem_free(b->publications[i].token);
	mem_free(b->keys);
	mem_free(b->publications);
	*b = (struct key_backup)KEY_BACKUP_INIT;
}

bool key_backup_add_key(struct key_backup *b, struct cert *cert, const struct secret *pkcs8,
			bool current, int64_t made_s, int64_t replaced_s, struct err *e)
{
	struct key_backup_key *grown;
	struct secret copy AUTO_SECRET = SECRET_INIT;

	if (b->n_keys >= KEY_BACKUP_KEYS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d authentication certificates",
			       KEY_BACKUP_KEYS_MAX);
	if (pkcs8 && !secret_set(&copy, pkcs8->data, pkcs8->len, e))
		return false;
	grown = mem_grow(b->keys, b->n_keys, b->n_keys + 1, sizeof(*grown));
	if (!grown)
		return err_nomem(e);
	b->keys = grown;
	b->keys[b->n_keys] = (struct key_backup_key){
		.cert = cert_ref(cert),
		.current = current,
		.made_s = made_s,
		.replaced_s = replaced_s,
		.pfx = {.secret = true},
	};
	secret_move(&b->keys[b->n_keys].pkcs8, &copy);
	b->n_keys++;
	return true;
}

bool key_backup_add_publication(struct key_backup *b, int64_t number, const char *token,
				struct err *e)
{
	struct key_backup_publication *grown;
	char *copy;

	if (b->n_publications > 0 && number != b->publications[b->n_publications - 1].number + 1)
		return err_reason(e, "backup.corrupt",
				  "publication %lld does not follow the one before it",
				  (long long)number);
	copy = mem_str(token);
	grown = copy ? mem_grow(b->publications, b->n_publications, b->n_publications + 1,
				sizeof(*grown))
		     : NULL;
	if (!grown) {
		mem_free(copy);
		return err_nomem(e);
	}
	b->publications = grown;
	b->publications[b->n_publications++] =
		(struct key_backup_publication){.number = number, .token = copy};
	return true;
}

void key_backup_use(struct key_backup *b, struct key_backup *prepared)
{
	for (size_t i = 0; i < prepared->n_keys; i++) {
		struct key_backup_key *from = &prepared->keys[i];

		for (size_t at = 0; at < b->n_keys; at++) {
			if (b->keys[at].pfx.len > 0 ||
			    strcmp(b->keys[at].cert->id, from->cert->id) != 0)
				continue;
			b->keys[at].pfx = from->pfx;
			from->pfx = (struct buf)BUF_INIT;
			break;
		}
	}
}

size_t key_backup_n_missing(const struct key_backup *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n_keys; i++)
		n += b->keys[i].pkcs8.len == 0;
	return n;
}
