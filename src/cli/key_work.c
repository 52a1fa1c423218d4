/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/key_work.h"

#include "base/files.h"
#include "base/json.h"
#include "core/authentication/authentication_keys.h"
#include "x509/pfx.h"

#define EXIT_WARNINGS 10

/* Keys that may not leave are not in the backup: said, and an exit code of its own. */
static void say_missing(struct cli *c, const json_t *answer)
{
	const json_t *missing = json_object_get(answer, "missing"), *id;
	size_t i;

	if (json_array_size(missing) == 0)
		return;
	c->exit_code = EXIT_WARNINGS;
	json_array_foreach(missing, i, id)
		cli_note(c, "not in the backup, since it is not exportable: key %.16s...",
			 json_string_value(id));
}

static void say_switched(struct cli *c, const json_t *answer, const char *what)
{
	const json_t *cert = json_object_get(answer, "certificate");

	if (c->json)
		cli_json(c, answer);
	cli_say(c, "%s: certificate %s, publication %lld", what, cli_member(cert, "thumbprint"),
		(long long)json_integer_value(json_object_get(answer, "publication")));
	if (*cli_member(answer, "backup"))
		cli_say(c, "backup: %s", cli_member(answer, "backup"));
	say_missing(c, answer);
}

bool key_work_rotate(struct cli *c, const char *key, bool leaked,
		     const struct secret *backup_password, struct err *e)
{
	const struct authentication_rotation r = {
		.key = key, .leaked = leaked, .backup_password = backup_password};
	json_t *answer AUTO_JSON = NULL;

	if (!authentication_key_rotate(c->core, &c->actor, &r, &answer, e))
		return false;
	say_switched(c, answer, "a new authentication certificate is current");
	return true;
}

bool key_work_backup(struct cli *c, const char *path, const struct secret *password, struct err *e)
{
	struct buf file AUTO_BUF = {.secret = true, .max = AUTHENTICATION_BACKUP_MAX};
	json_t *answer AUTO_JSON = NULL;

	if (!authentication_keys_backup(c->core, &c->actor, password, &file, &answer, e) ||
	    !cli_write_file(c, path, buf_span(&file), true, e))
		return false;
	if (c->json)
		cli_json(c, answer);
	cli_say(c, "%lld authentication keys are in %s",
		(long long)json_integer_value(json_object_get(answer, "keys")), path);
	say_missing(c, answer);
	return true;
}

bool key_work_restore(struct cli *c, const char *path, const struct secret *password,
		      bool exportable, struct err *e)
{
	struct buf file AUTO_BUF = {.secret = true};
	json_t *answer AUTO_JSON = NULL;

	if (!file_read(path, AUTHENTICATION_BACKUP_MAX, &file, e) ||
	    !authentication_keys_restore(c->core, &c->actor, buf_span(&file), password, exportable,
					 &answer, e))
		return false;
	say_switched(c, answer, "restored");
	return true;
}

bool key_work_import(struct cli *c, const char *path, const struct secret *password,
		     bool exportable, struct err *e)
{
	struct buf file AUTO_BUF = {.secret = true};
	json_t *answer AUTO_JSON = NULL;

	if (!file_read(path, PFX_MAX_BYTES, &file, e) ||
	    !authentication_key_import(c->core, &c->actor, buf_span(&file), password, exportable,
				       &answer, e))
		return false;
	say_switched(c, answer, "imported");
	return true;
}

bool key_work_export(struct cli *c, const char *path, struct err *e)
{
	struct buf der AUTO_BUF = BUF_INIT;

	if (!authentication_key_export(c->core, &der, e) ||
	    !cli_write_file(c, path, buf_span(&der), false, e))
		return false;
	if (c->json) {
		json_t *told AUTO_JSON =
			json_pack("{s:s, s:I}", "file", path, "bytes", (json_int_t)der.len);

		cli_json(c, told);
	}
	cli_say(c, "wrote %s", path);
	return true;
}
