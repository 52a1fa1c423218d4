/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/authentication/authentication_keys.h"

#include "base/digest.h"
#include "base/files.h"
#include "base/json.h"
#include "core/authentication/authentication_impl.h"
#include "core/authentication/publications.h"
#include "core/certs/certs.h"
#include "core/certs/keys.h"
#include "core/tx.h"
#include "core/view/view.h"
#include "store/authentication_keys.h"

#include <limits.h>
#include <string.h>

#define AGENT_FILES "PCCSRV/Pccnt/Common"
#define NTCER_FILE "OfcNTCer.dat"

static const struct actor the_console = {.name = "certbinderd",
					 .via = "system",
					 .address = "",
					 .request_id = "",
					 .role = ROLE_ADMIN};

bool authentication_keys_first_start(struct core *c, struct err *e)
{
	struct authentication_pair pair AUTO_PAIR = AUTHENTICATION_PAIR_INIT;
	struct authentication_key_row row;
	struct tx tx AUTO(tx_end) = TX_INIT;
	int64_t number;
	bool found = false;

	if (!tx_begin(c, &tx, e) || !authentication_key_row_current(core_store(c), &row, &found, e))
		return false;
	if (found)
		return tx_commit(&tx, e);
	if (!authentication_pair_make(c, NULL, &pair, e) ||
	    !authentication_keep(c, &the_console, &pair, true, true, core_now_s(c), e) ||
	    !epoch_advance(c, 0, e) ||
	    !authentication_switch(c, &the_console, &pair, &pair, "first", &number, e))
		return err_wrap(e, "first authentication certificate");
	return tx_commit(&tx, e);
}

json_t *authentication_view(const struct cert *cert, const char *reason, bool current,
			    bool exportable, int64_t made_s, int64_t replaced_s)
{
	return json_pack("{s:s, s:s, s:o, s:s, s:i, s:o, s:o, s:b, s:b, s:o, s:o, s:o}", "sha256",
			 cert->id, "thumbprint", cert->thumbprint, "subject", view_subject(cert),
			 "key", key_type_name(cert->key_type), "bits", (int)cert->key_bits,
			 "not_before", json_time(cert->not_before_s), "not_after",
			 json_time(cert->not_after_s), "current", current, "exportable", exportable,
			 "made", json_time(made_s), "replaced", view_time_or_null(replaced_s),
			 "reason", view_text_or_null(reason));
}

struct list_arg {
	struct core *c;
	json_t *items;
};

static bool list_one(void *arg, const struct authentication_key_row *row, struct err *e)
{
	struct list_arg *a = arg;
	struct cert *cert AUTO_CERT = NULL;
	struct store_key key = {.exportable = false};
	char spki[2 * SHA256_BYTES + 1];
	bool found = false;

	if (!certs_find(a->c, row->cert, &cert, e))
		return false;
	keys_spki_hex(cert->spki_sha256, spki);
	if (!keys_have(a->c, spki, &key, &found, e))
		return false;
	return json_array_append_new(a->items, authentication_view(cert, row->reason, row->current,
								   found && key.exportable,
								   row->made_s, row->replaced_s)) ==
		       0 ||
	       err_nomem(e);
}

bool authentication_keys_list(struct core *c, json_t **out, struct err *e)
{
	json_t *items AUTO_JSON = json_array();
	struct list_arg arg = {.c = c, .items = items};

	if (!items)
		return err_nomem(e);
	if (!authentication_key_row_list(core_store(c), list_one, &arg, e))
		return false;
	*out = json_pack("{s:O, s:I}", "items", items, "total", (json_int_t)json_array_size(items));
	return *out || err_nomem(e);
}

bool authentication_key_export(struct core *c, struct buf *der_out, struct err *e)
{
	struct authentication_key_row row;
	struct cert *cert AUTO_CERT = NULL;
	bool found = false;

	if (!authentication_key_row_current(core_store(c), &row, &found, e))
		return false;
	if (!found)
		return err_reason(
			e, "authentication_key.none",
			"there is no authentication certificate yet: start certbinderd once");
	if (!certs_find(c, row.cert, &cert, e))
		return false;
	buf_add(der_out, cert->der, cert->der_len);
	return buf_ok(der_out) || err_nomem(e);
}

/* What the file must hold, and whether it does; *want stays empty where there is no key yet. */
static bool ntcer_compare(struct core *c, struct buf *want, char path[PATH_MAX], bool *same,
			  struct err *e)
{
	struct authentication_key_row row;
	struct buf have AUTO_BUF = BUF_INIT;
	struct err ignored = ERR_INIT;
	char dir[PATH_MAX];
	bool found = false;

	*same = true;
	if (!authentication_key_row_current(core_store(c), &row, &found, e))
		return false;
	if (!found)
		return true;
	if (!authentication_key_export(c, want, e) ||
	    !path_join(dir, sizeof(dir), core_state_dir(c), AGENT_FILES, e) ||
	    !path_join(path, PATH_MAX, dir, NTCER_FILE, e))
		return false;
	/* One that cannot be read is one that must be written. */
	*same = file_exists(path) && file_read(path, CERT_MAX_BYTES, &have, &ignored) &&
		span_equal(buf_span(&have), buf_span(want));
	return true;
}

bool ntcer_holds(struct core *c, bool *out, struct err *e)
{
	struct buf want AUTO_BUF = BUF_INIT;
	char path[PATH_MAX];

	return ntcer_compare(c, &want, path, out, e);
}

static bool write_locked(struct core *c, bool *wrote, struct err *e)
{
	struct buf want AUTO_BUF = BUF_INIT;
	char path[PATH_MAX], dir[PATH_MAX];
	bool same = false;

	if (!ntcer_compare(c, &want, path, &same, e))
		return false;
	if (same)
		return true;
	*wrote = true;
	return path_join(dir, sizeof(dir), core_state_dir(c), AGENT_FILES, e) &&
	       dir_make(dir, 0755, e) && file_replace(path, 0644, buf_span(&want), e);
}

bool ntcer_write(struct core *c, bool *wrote_out, struct err *e)
{
	bool wrote = false, good;

	/* The lock alone is wanted: two programs must not write the file in the wrong order. */
	if (!store_begin(core_store(c), e))
		return err_wrap(e, "cannot write " NTCER_FILE);
	good = write_locked(c, &wrote, e);
	store_rollback(core_store(c));
	if (!good)
		return err_wrap(e, "cannot write " NTCER_FILE);
	if (wrote_out)
		*wrote_out = wrote;
	return true;
}
