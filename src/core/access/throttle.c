/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/access/throttle.h"

#include "base/digest.h"
#include "base/text.h"
#include "core/bindings/peer.h"
#include "core/tx.h"
#include "store/accounts.h"

#include <stdio.h>

#define SUBJECT_SIZE 96

/* An account's name by its hash, since what is tried as a name is anybody's to choose. */
static void account_subject(const char *account, char out[static SUBJECT_SIZE])
{
	uint8_t hash[SHA256_BYTES];
	char hex[2 * SHA256_BYTES + 1], lower[ACCOUNT_NAME_SIZE];
	size_t n = 0;

	for (; account[n] && n < sizeof(lower) - 1; n++)
		lower[n] = ascii_lower(account[n]);
	sha256(span_of(lower, n), hash);
	hex_lower(span_of(hash, sizeof(hash)), hex);
	snprintf(out, SUBJECT_SIZE, "account:%s", hex);
}

static void address_subject(const char *address, char out[static SUBJECT_SIZE])
{
	uint8_t caller[PEER_CALLER_BYTES];
	char hex[2 * PEER_CALLER_BYTES + 1];

	peer_caller(address ? address : "", caller);
	hex_lower(span_of(caller, sizeof(caller)), hex);
	snprintf(out, SUBJECT_SIZE, "address:%s", hex);
}

static int64_t wait_s(int64_t failures, int64_t free_ones, int64_t most_s)
{
	int64_t wait = 1;

	if (failures < free_ones)
		return 0;
	for (int64_t i = free_ones; i < failures && wait < most_s; i++)
		wait *= 2;
	return wait < most_s ? wait : most_s;
}

static bool subject_check(struct core *c, const char *subject, int64_t free_ones, int64_t most_s,
			  struct err *e)
{
	int64_t n, last, left, now = core_now_s(c);

	if (!store_failures_get(core_store(c), subject, &n, &last, e))
		return false;
	if (now - last > THROTTLE_FORGET_S)
		return true;
	if (last > now)
		last = now; /* the clock was set back: no reason to wait for longer */
	left = last + wait_s(n, free_ones, most_s) - now;
	if (left <= 0)
		return true;
	(void)err_reason(e, "auth.throttled", "too many failed attempts, wait %lld s",
			 (long long)left);
	e->wait_s = (int)left;
	return false;
}

bool throttle_check(struct core *c, const char *account, const char *address, struct err *e)
{
	char subject[SUBJECT_SIZE];

	address_subject(address, subject);
	if (!subject_check(c, subject, THROTTLE_ADDRESS_FREE, THROTTLE_ADDRESS_MAX_S, e))
		return false;
	if (!account)
		return true;
	account_subject(account, subject);
	return subject_check(c, subject, THROTTLE_ACCOUNT_FREE, THROTTLE_ACCOUNT_MAX_S, e);
}

static bool subject_failed(struct core *c, const char *subject, struct err *e)
{
	int64_t n, last, now = core_now_s(c);

	return store_failures_get(core_store(c), subject, &n, &last, e) &&
	       (now - last <= THROTTLE_FORGET_S ||
		store_failures_clear(core_store(c), subject, e)) &&
	       store_failures_add(core_store(c), subject, now, e);
}

bool throttle_failed(struct core *c, const char *account, const char *address, struct err *e)
{
	char subject[SUBJECT_SIZE];
	struct tx tx AUTO(tx_end) = TX_INIT;

	address_subject(address, subject);
	if (!tx_begin(c, &tx, e) || !subject_failed(c, subject, e))
		return false;
	if (account) {
		account_subject(account, subject);
		if (!subject_failed(c, subject, e))
			return false;
	}
	return tx_commit(&tx, e);
}

bool throttle_passed(struct core *c, const char *account, const char *address, struct err *e)
{
	char subject[SUBJECT_SIZE];

	address_subject(address, subject);
	if (!store_failures_clear(core_store(c), subject, e))
		return false;
	if (!account)
		return true;
	account_subject(account, subject);
	return store_failures_clear(core_store(c), subject, e);
}
