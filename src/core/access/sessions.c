/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/access/access.h"

#include "base/buf.h"
#include "base/password.h"
#include "base/text.h"
#include "core/access/access_impl.h"
#include "core/access/account_certificates.h"
#include "core/access/throttle.h"
#include "core/audit.h"
#include "core/console/settings.h"
#include "core/tx.h"
#include "store/accounts.h"
#include "store/sessions.h"

#define SEEN_EVERY_S 60 /* how exactly the last use of a session is kept */

/* Another value than the cookie, computable from it alone: nothing more to keep, and a page that
 * can make the browser send the cookie still does not know it. */
static void csrf_of(struct span cookie, char out[static 2 * SHA256_BYTES + 1])
{
	struct sha256_state
		state; /* no buffer: where memory is short it would be everybody's value */
	uint8_t hash[SHA256_BYTES];

	sha256_begin(&state);
	sha256_add(&state, span_str("certbinder csrf"));
	sha256_add(&state, cookie);
	sha256_end(&state, hash);
	secret_wipe(&state, sizeof(state));
	hex_lower(span_of(hash, sizeof(hash)), out);
}

static void identity_fill(const struct store_session *s, const char *account, enum role role,
			  struct span cookie, struct identity *out)
{
	*out = (struct identity){.role = role, .is_session = true};
	text_copy(out->name, sizeof(out->name), account);
	text_copy(out->session_id, sizeof(out->session_id), s->id);
	text_copy(out->certificate, sizeof(out->certificate), s->certificate);
	csrf_of(cookie, out->csrf);
}

/* Takes as long for a name that does not exist as for a wrong password. */
static bool password_verify(struct core *c, const char *user, const struct secret *password,
			    struct store_account *a, bool *right, struct err *e)
{
	char hash[PASSWORD_HASH_SIZE];
	bool found = false;

	if (!store_account_find(core_store(c), user, a, &found, e))
		return false;
	*right = found && password_check(password, a->password);
	return found || password->len > PASSWORD_MAX_BYTES || password_hash(password, hash, e);
}

/* certificate: SHA-256 of the one that opens it; NULL: a password does. */
static bool session_insert(struct core *c, const struct actor *by, struct store_account *a,
			   const char *certificate, struct span cookie, struct store_session *s,
			   struct err *e)
{
	struct actor who = *by;
	int64_t most;

	if (!settings_get_int(c, "session_max_s", &most, e))
		return false;
	*s = (struct store_session){.account_id = a->id,
				    .created_at_s = core_now_s(c),
				    .seen_at_s = core_now_s(c),
				    .expires_at_s = core_now_s(c) + most};
	public_id_make(s->id);
	bearer_hash(cookie, s->hash);
	text_copy(s->address, sizeof(s->address), by->address ? by->address : "");
	text_copy(s->certificate, sizeof(s->certificate), certificate ? certificate : "");
	a->last_login_at_s = core_now_s(c);
	who.name = a->name;
	return store_session_insert(core_store(c), s, e) &&
	       store_account_update(core_store(c), a, e) &&
	       audit_add(c, &who, "session.open", a->name,
			 certificate ? json_pack("{s:s}", "certificate", certificate) : NULL, e);
}

/* Between the check of the password and here the account may have gone or changed. */
static bool session_write(struct core *c, const struct actor *by, const struct store_account *seen,
			  const char *new_hash, struct span cookie, struct identity *out,
			  struct err *e)
{
	struct store_account a;
	struct store_session s;
	struct tx tx AUTO(tx_end) = TX_INIT;
	bool found = false;

	if (!tx_begin(c, &tx, e) || !store_account_find(core_store(c), seen->name, &a, &found, e))
		return false;
	if (!found || a.id != seen->id ||
	    !secret_equal(span_str(a.password), span_str(seen->password)))
		return err_reason(e, "auth.failed", "user or password is wrong");
	if (new_hash[0] != '\0')
		text_copy(a.password, sizeof(a.password), new_hash);
	if (!throttle_passed(c, a.name, by->address, e) ||
	    !session_insert(c, by, &a, NULL, cookie, &s, e) || !tx_commit(&tx, e))
		return false;
	identity_fill(&s, a.name, (enum role)a.role, cookie, out);
	return true;
}

bool session_open(struct core *c, const struct actor *by, const char *user,
		  const struct secret *password, struct secret *cookie_out, struct identity *out,
		  struct err *e)
{
	struct store_account a;
	struct secret cookie AUTO_SECRET = SECRET_INIT;
	char new_hash[PASSWORD_HASH_SIZE] = "";
	bool right = false;

	if (!throttle_check(c, user, by->address, e) ||
	    !password_verify(c, user, password, &a, &right, e))
		return false;
	if (!right) {
		if (!throttle_failed(c, user, by->address, e))
			return false;
		return err_reason(e, "auth.failed", "user or password is wrong");
	}
	if (password_is_old(a.password) && !password_hash(password, new_hash, e))
		return false;
	if (!bearer_make("", &cookie, e) ||
	    !session_write(c, by, &a, new_hash, secret_span(&cookie), out, e))
		return false;
	secret_move(cookie_out, &cookie);
	return true;
}

void access_touch(struct core *c, access_seen_fn seen, const char *id)
{
	struct err ignored = ERR_INIT;
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (store_in_transaction(core_store(c)))
		return;
	store_set_impatient(core_store(c), true);
	if (!tx_begin(c, &tx, &ignored) || !seen(core_store(c), id, core_now_s(c), &ignored) ||
	    !tx_commit(&tx, &ignored))
		tx_end(&tx);
	store_set_impatient(core_store(c), false);
}

static bool certificate_session(struct core *c, const struct actor *by, const struct cert_match *m,
				struct span cookie, struct identity *out, struct err *e)
{
	struct store_account a;
	struct store_session s;
	struct tx tx AUTO(tx_end) = TX_INIT;
	bool found = false;

	if (!tx_begin(c, &tx, e) || !store_account_find(core_store(c), m->account, &a, &found, e))
		return false;
	if (!found || a.id != m->account_id)
		return err_reason(e, "auth.certificate_unknown",
				  "the account of the certificate is gone");
	if (!session_insert(c, by, &a, m->sha256, cookie, &s, e) || !tx_commit(&tx, e))
		return false;
	identity_fill(&s, a.name, (enum role)a.role, cookie, out);
	return true;
}

bool session_open_by_certificate(struct core *c, const struct actor *by, const struct verdict *v,
				 struct secret *cookie_out, struct identity *out, struct err *e)
{
	struct secret cookie AUTO_SECRET = SECRET_INIT;
	struct cert_match m;

	if (!account_cert_identify(c, v, &m, e))
		return false;
	if (m.standing == CERT_DENIED)
		return err_reason(e, "auth.mapping_denied", "%s", m.why);
	if (m.standing != CERT_ALLOWED)
		return err_reason(e, "auth.certificate_unknown",
				  "no account is mapped to this client certificate");
	if (!bearer_make("", &cookie, e) ||
	    !certificate_session(c, by, &m, secret_span(&cookie), out, e))
		return false;
	secret_move(cookie_out, &cookie);
	return true;
}

bool session_check(struct core *c, struct span cookie, struct identity *out, struct err *e)
{
	uint8_t hash[SHA256_BYTES];
	struct store_session s;
	int64_t idle, now = core_now_s(c);
	bool found = false;

	bearer_hash(cookie, hash);
	if (!store_session_find(core_store(c), hash, &s, &found, e) ||
	    !settings_get_int(c, "session_idle_s", &idle, e))
		return false;
	if (!found || now >= s.expires_at_s || now - s.seen_at_s >= idle)
		return err_reason(e, "auth.session_expired", "the session has ended");
	if (now - s.seen_at_s >= SEEN_EVERY_S)
		access_touch(c, store_session_seen, s.id);
	identity_fill(&s, s.account, (enum role)s.role, cookie, out);
	return true;
}

bool session_close(struct core *c, const struct actor *by, struct span cookie, struct err *e)
{
	uint8_t hash[SHA256_BYTES];
	struct store_session s;
	struct tx tx AUTO(tx_end) = TX_INIT;
	bool found = false;

	bearer_hash(cookie, hash);
	if (!tx_begin(c, &tx, e) || !store_session_find(core_store(c), hash, &s, &found, e))
		return false;
	if (!found)
		return tx_commit(&tx, e);
	return store_session_delete(core_store(c), s.id, e) &&
	       audit_add(c, by, "session.close", s.account, NULL, e) && tx_commit(&tx, e);
}
