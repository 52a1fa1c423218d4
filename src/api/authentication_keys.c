/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/resources.h"
#include "base/json.h"
#include "base/num.h"
#include "core/authentication/authentication_keys.h"
#include "core/authentication/publications.h"

#include <string.h>

bool api_authentication_keys_list(struct api_call *c, struct err *e)
{
	json_t *keys = NULL;

	return authentication_keys_list(c->core, &keys, e) && api_reply_list(c, keys);
}

bool api_authentication_keys_rotate(struct api_call *c, struct err *e)
{
	struct secret password AUTO_SECRET = SECRET_INIT;
	struct authentication_rotation r = {.key = NULL};
	json_t *answer = NULL;
	bool given = false;

	if (!api_text(c, "key", &r.key, e) || !api_flag(c, "leaked", &r.leaked, e) ||
	    !api_secret(c, "password", &password, &given, e))
		return false;
	r.backup_password = given ? &password : NULL;
	return authentication_key_rotate(c->core, &c->actor, &r, &answer, e) &&
	       api_reply_created(c, "/api/v1/authentication-keys", answer);
}

bool api_authentication_keys_backup(struct api_call *c, struct err *e)
{
	struct secret password AUTO_SECRET = SECRET_INIT;
	struct buf file AUTO_BUF = {.secret = true, .max = AUTHENTICATION_BACKUP_MAX};
	json_t *report AUTO_JSON = NULL;
	bool given = false;

	return api_secret(c, "password", &password, &given, e) &&
	       authentication_keys_backup(c->core, &c->actor, &password, &file, &report, e) &&
	       api_reply_file(c, "application/zip", "OfficeScanAuth.zip", &file);
}

/* Restore and import differ only in what the file is. */
typedef bool (*take_fn)(struct core *core, const struct actor *by, struct span file,
			const struct secret *password, bool exportable, json_t **out,
			struct err *e);

static bool take_file(struct api_call *c, take_fn take, struct err *e)
{
	struct secret password AUTO_SECRET = SECRET_INIT;
	struct buf file AUTO_BUF = {.secret = true};
	json_t *answer = NULL;
	bool given = false, exportable = false;

	return api_file(c, &file, NULL, e) && api_flag(c, "exportable", &exportable, e) &&
	       api_secret(c, "password", &password, &given, e) &&
	       take(c->core, &c->actor, buf_span(&file), &password, exportable, &answer, e) &&
	       api_reply(c, 200, answer);
}

bool api_authentication_keys_restore(struct api_call *c, struct err *e)
{
	return take_file(c, authentication_keys_restore, e);
}

bool api_authentication_keys_import(struct api_call *c, struct err *e)
{
	return take_file(c, authentication_key_import, e);
}

bool api_publications_list(struct api_call *c, struct err *e)
{
	struct page page;
	json_t *list = NULL;

	return api_page(c, &page, e) && publications_list(c->core, &page, &list, e) &&
	       api_reply_list(c, list);
}

/* "latest", or a number. */
bool api_publications_show(struct api_call *c, struct err *e)
{
	const char *text = api_param(c, "number");
	struct buf token AUTO_BUF = BUF_INIT;
	uint64_t number = 0;

	if (strcmp(text, "latest") != 0 && (!num_u64(text, INT64_MAX, &number) || number == 0))
		return err_reason(e, "publication.not_found",
				  "a publication has a number, or is 'latest'");
	return publication_token(c->core, (int64_t)number, &token, e) &&
	       api_reply_file(c, "application/jose", "publication.jws", &token);
}

bool api_ntcer_file(struct api_call *c, struct err *e)
{
	struct buf der AUTO_BUF = BUF_INIT;

	return authentication_key_export(c->core, &der, e) &&
	       api_reply_file(c, "application/pkix-cert", "OfcNTCer.dat", &der);
}
