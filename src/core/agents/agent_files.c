/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/agents/agent_files.h"

#include "base/files.h"
#include "base/text.h"
#include "core/tx.h"
#include "store/certificates.h"
#include "store/stores.h"
#include "x509/cert.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool ipcer_path(const struct core *c, char *out, size_t size, struct err *e)
{
	char dir[PATH_MAX];

	return path_join(dir, sizeof dir, core_state_dir(c), AGENT_FILES_DIR, e) &&
	       path_join(out, size, dir, IPCER_FILE, e);
}

bool ipcer_file_read(struct core *c, struct buf *out, bool *found_out, struct err *e)
{
	char path[PATH_MAX];

	if (!ipcer_path(c, path, sizeof path, e))
		return false;
	*found_out = file_exists(path);
	return !*found_out || file_read(path, CERT_MAX_BYTES, out, e);
}

static bool ids_of(struct core *c, const char *sha256, int64_t *store_id, int64_t *cert_id,
		   struct err *e)
{
	struct store_row row;
	bool found = false;

	if (!store_row_find(core_store(c), "TrustedPeople", &row, &found, e) ||
	    !store_cert_id(core_store(c), sha256, cert_id, e))
		return false;
	*store_id = found ? row.id : 0;
	return true;
}

bool trusted_copy_is_there(struct core *c, const char *sha256, bool *out, struct err *e)
{
	int64_t store_id, cert_id;

	*out = false;
	if (!ids_of(c, sha256, &store_id, &cert_id, e))
		return false;
	if (!store_id || !cert_id)
		return true;
	return store_member_has(core_store(c), store_id, cert_id, out, e);
}

bool trusted_copy_add(struct core *c, const char *sha256, bool *added_out, struct err *e)
{
	int64_t store_id, cert_id;

	*added_out = false;
	if (!ids_of(c, sha256, &store_id, &cert_id, e))
		return false;
	if (!store_id || !cert_id)
		return err_reason(e, "cert.not_found", "no certificate %.16s... for TrustedPeople",
				  sha256);
	return store_member_add(core_store(c), store_id, cert_id, core_now_s(c), added_out, e) &&
	       (!*added_out || tx_bump(c, COUNTER_TRUST_GENERATION, NULL, e));
}

/* The copy that we put there for the former certificate; its last place is never taken from it. */
static bool trusted_copy_drop(struct core *c, const char *sha256, struct err *e)
{
	int64_t store_id, cert_id, n = 0;
	bool there = false;

	if (!ids_of(c, sha256, &store_id, &cert_id, e))
		return false;
	if (!store_id || !cert_id)
		return true;
	if (!store_member_has(core_store(c), store_id, cert_id, &there, e) ||
	    !store_member_count(core_store(c), cert_id, &n, e))
		return false;
	if (!there || n < 2)
		return true;
	return store_member_drop(core_store(c), store_id, cert_id, e) &&
	       tx_bump(c, COUNTER_TRUST_GENERATION, NULL, e);
}

struct der_arg {
	const char *sha256;
	struct buf *out;
};

static bool der_take(void *arg, const struct store_cert *row, struct err *e)
{
	struct der_arg *a = arg;

	(void)e;
	if (strcmp(row->sha256, a->sha256) == 0)
		buf_add_span(a->out, row->der);
	return true;
}

static bool is_digest_of(const char *id, struct span der)
{
	uint8_t digest[SHA256_BYTES];
	char hex[2 * SHA256_BYTES + 1];

	sha256(der, digest);
	hex_lower(span_of(digest, sizeof digest), hex);
	return strcmp(hex, id) == 0;
}

/* The DER of a certificate whose row is whole; empty when it is not. */
static bool der_of(struct core *c, const char *id, struct buf *out, struct err *e)
{
	struct der_arg arg = {.sha256 = id, .out = out};

	if (!store_cert_named(core_store(c), id, NULL, der_take, &arg, e))
		return false;
	if (!is_digest_of(id, buf_span(out)))
		buf_reset(out);
	return buf_ok(out) || err_nomem(e);
}

bool agent_files_follow(struct core *c, const char *reason, const char *change_id, struct err *e)
{
	struct binding_row bound;
	struct ipcer_row last = {.number = 0}, next = {.created_s = core_now_s(c)};
	struct ipcer_next_row announced;
	struct buf der AUTO_BUF = BUF_INIT, last_der AUTO_BUF = BUF_INIT;
	bool found = false, has_last = false, has_announced = false, moved;

	if (!binding_row_agents(core_store(c), &bound, &found, e) ||
	    !ipcer_row_latest(core_store(c), &last, &last_der, &has_last, e) ||
	    !ipcer_next_read(core_store(c), &announced, NULL, &has_announced, e))
		return false;
	moved = !has_last || strcmp(last.sha256, bound.state.cert) != 0;
	/* a row whose bytes were damaged is followed by a good one */
	if (!found || (!moved && is_digest_of(last.sha256, buf_span(&last_der))))
		return true;
	if (!der_of(c, bound.state.cert, &der, e))
		return false;
	if (der.len == 0)
		return true;
	text_copy(next.sha256, sizeof next.sha256, bound.state.cert);
	text_copy(next.reason, sizeof next.reason, reason);
	text_copy(next.change_id, sizeof next.change_id, change_id);
	if (has_announced && strcmp(announced.sha256, next.sha256) == 0 &&
	    !ipcer_next_drop(core_store(c), e))
		return false; /* it was the next one and is the present one now */
	if (!trusted_copy_add(c, next.sha256, &next.trusted_by_us, e))
		return false;
	if (!moved)
		next.trusted_by_us |= last.trusted_by_us;
	return (!has_last || !moved || !last.trusted_by_us ||
		trusted_copy_drop(c, last.sha256, e)) &&
	       ipcer_row_insert(core_store(c), &next, buf_span(&der), e);
}

static bool write_locked(struct core *c, bool *wrote, struct err *e)
{
	struct buf want AUTO_BUF = BUF_INIT, have AUTO_BUF = BUF_INIT;
	struct ipcer_row last;
	struct err ignored = ERR_INIT;
	char path[PATH_MAX], dir[PATH_MAX];
	bool found = false, there = false;

	if (!ipcer_row_latest(core_store(c), &last, &want, &found, e))
		return false;
	if (!found)
		return true;
	/* One that cannot be read is one that must be written. */
	if (ipcer_file_read(c, &have, &there, &ignored) && there &&
	    span_equal(buf_span(&have), buf_span(&want)))
		return true;
	if (!path_join(dir, sizeof dir, core_state_dir(c), AGENT_FILES_DIR, e) ||
	    !dir_make(dir, 0755, e) || !ipcer_path(c, path, sizeof path, e))
		return false;
	(void)rmdir(path); /* an empty folder in its place, which nothing is renamed over */
	if (!file_replace(path, 0644, buf_span(&want), e))
		return false;
	*wrote = true;
	return true;
}

bool agent_files_write(struct core *c, bool *wrote_out, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT; /* the lock is all that is wanted of it */
	bool wrote = false;

	if (!tx_begin(c, &tx, e) || !write_locked(c, &wrote, e))
		return err_wrap(e, "cannot write " IPCER_FILE);
	if (wrote_out)
		*wrote_out = wrote;
	return true;
}
