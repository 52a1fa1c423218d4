/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/access/access.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/password.h"
#include "base/text.h"
#include "core/access/access_impl.h"
#include "core/access/throttle.h"
#include "core/audit.h"
#include "core/permit.h"
#include "core/tx.h"
#include "store/accounts.h"
#include "store/settings.h"

#include <string.h>

#define META_CODE "setup_code"
#define CODE_BYTES 16

bool setup_needed(struct core *c, bool *out, struct err *e)
{
	int64_t admins;

	if (!store_account_count(core_store(c), ROLE_ADMIN, &admins, e))
		return false;
	*out = admins == 0;
	return true;
}

static bool setup_still_needed(struct core *c, struct err *e)
{
	bool needed = false;

	if (!setup_needed(c, &needed, e))
		return false;
	return needed || err_reason(e, "setup.done", "the console is set up already");
}

/* "0123-4567-...": hex in groups of four, as people read things out. */
static bool code_text(const uint8_t raw[static CODE_BYTES], struct secret *out, struct err *e)
{
	char hex[2 * CODE_BYTES + 1];
	struct buf b AUTO_BUF = {.secret = true};
	bool good;

	hex_lower(span_of(raw, CODE_BYTES), hex);
	for (size_t i = 0; hex[i]; i++) {
		if (i > 0 && i % 4 == 0)
			buf_add_char(&b, '-');
		buf_add_char(&b, hex[i]);
	}
	good = buf_ok(&b) ? secret_set(out, b.data, b.len, e) : err_nomem(e);
	secret_wipe(hex, sizeof(hex));
	return good;
}

/* Kept: the hash, and until when it counts. */
static bool code_keep(struct core *c, const uint8_t raw[static CODE_BYTES], struct err *e)
{
	uint8_t hash[SHA256_BYTES];
	char hex[2 * SHA256_BYTES + 1];
	struct buf b AUTO_BUF = BUF_INIT;

	sha256(span_of(raw, CODE_BYTES), hash);
	hex_lower(span_of(hash, sizeof(hash)), hex);
	buf_printf(&b, "{\"hash\":\"%s\",\"until\":%lld}", hex,
		   (long long)core_now_s(c) + SETUP_CODE_LIFE_S);
	return buf_ok(&b) ? store_meta_set(core_store(c), META_CODE, buf_span(&b), e)
			  : err_nomem(e);
}

bool setup_code_new(struct core *c, const struct actor *by, struct secret *out, struct err *e)
{
	struct secret raw AUTO_SECRET = SECRET_INIT, text AUTO_SECRET = SECRET_INIT;
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (!permit(by, PERM_ACCOUNTS, e) || !secret_random(&raw, CODE_BYTES, e) ||
	    !code_text(raw.data, &text, e) || !tx_begin(c, &tx, e) || !setup_still_needed(c, e) ||
	    !code_keep(c, raw.data, e) || !audit_add(c, by, "setup.code", "", NULL, e) ||
	    !tx_commit(&tx, e))
		return false;
	secret_move(out, &text);
	return true;
}

static bool code_matches(const struct secret *code, const char *hash_hex)
{
	uint8_t raw[CODE_BYTES], hash[SHA256_BYTES], want[SHA256_BYTES];
	char hex[2 * CODE_BYTES + 1];
	size_t n = 0;
	bool same;

	if (code->len == 0 || strlen((const char *)code->data) != code->len ||
	    !fingerprint_normalise((const char *)code->data, hex, sizeof(hex)) ||
	    !hex_decode(hex, strlen(hex), raw, sizeof(raw), &n) || n != CODE_BYTES)
		return false;
	sha256(span_of(raw, sizeof(raw)), hash);
	same = hex_decode(hash_hex, strlen(hash_hex), want, sizeof(want), &n) &&
	       n == sizeof(want) &&
	       secret_equal(span_of(hash, sizeof(hash)), span_of(want, sizeof(want)));
	secret_wipe(raw, sizeof(raw));
	secret_wipe(hex, sizeof(hex));
	return same;
}

static bool code_is_right(struct core *c, const struct secret *code, bool *out, struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;
	json_t *kept AUTO_JSON = NULL;
	const char *hash = NULL;
	int64_t until = 0;
	bool found = false;

	*out = false;
	if (!store_meta_get(core_store(c), META_CODE, &text, &found, e))
		return false;
	if (!found)
		return true;
	if (!json_read(buf_span(&text), &kept, e) || !json_get_str(kept, "hash", &hash, e) ||
	    !json_get_int(kept, "until", 0, INT64_MAX, &until, e))
		return false;
	*out = core_now_s(c) < until && code_matches(code, hash);
	return true;
}

bool setup_run(struct core *c, const struct actor *by, const struct secret *code, const char *user,
	       const struct secret *password, struct err *e)
{
	char hash[PASSWORD_HASH_SIZE];
	struct actor who = *by;
	struct tx tx AUTO(tx_end) = TX_INIT;
	bool right = false;

	if (!setup_still_needed(c, e) || !throttle_check(c, NULL, by->address, e) ||
	    !code_is_right(c, code, &right, e))
		return false;
	if (!right) {
		if (!throttle_failed(c, NULL, by->address, e))
			return false;
		return err_reason(e, "setup.code", "the setup code is wrong or void");
	}
	if (!access_name_check("an account", user, e) || !password_good(password, e) ||
	    !password_hash(password, hash, e))
		return false;
	who.name = user;
	/* again inside: two browsers may hold the same code */
	return tx_begin(c, &tx, e) && setup_still_needed(c, e) &&
	       code_is_right(c, code, &right, e) &&
	       (right || err_reason(e, "setup.code", "the setup code is wrong or void")) &&
	       account_insert(c, &who, user, ROLE_ADMIN, hash, "setup.run", e) &&
	       store_meta_unset(core_store(c), META_CODE, e) &&
	       throttle_passed(c, NULL, by->address, e) && tx_commit(&tx, e);
}
