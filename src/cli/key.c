/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/cli.h"

#include "base/json.h"
#include "cli/key_work.h"
#include "core/authentication/authentication_keys.h"

static const struct cli_column columns[] = {
	{"THUMBPRINT", "thumbprint", 0}, {"KEY", "key", 0},
	{"EXPIRES", "not_after", 0},	 {"CURRENT", "current", 0},
	{"EXPORTABLE", "exportable", 0}, {"REPLACED", "replaced", 0},
	{"REASON", "reason", 0},
};

static bool run_list(struct cli *c, struct err *e)
{
	json_t *answer = NULL;

	return authentication_keys_list(c->core, &answer, e) &&
	       cli_list(c, answer, columns, ARRAY_LEN(columns),
			"no authentication certificate yet");
}

static bool run_create(struct cli *c, struct err *e)
{
	return authentication_keys_first_start(c->core, e) && ntcer_write(c->core, NULL, e) &&
	       run_list(c, e);
}

static bool password_for(struct cli *c, const char *prompt, bool twice, struct secret *out,
			 struct err *e)
{
	bool given = false;

	return cli_password(c, prompt, twice, out, &given, e) &&
	       (given ||
		err_set(e, ERR_INVALID, "'%s' needs --password-file where nobody can answer",
			c->command->words));
}

static bool run_rotate(struct cli *c, struct err *e)
{
	struct secret password AUTO_SECRET = SECRET_INIT;
	bool backup = !cli_has(c, "no-backup");

	return cli_confirm(
		       c, e,
		       "Make a new authentication certificate and announce it to all agents?") &&
	       (!backup || password_for(c, "password for the backup", true, &password, e)) &&
	       key_work_rotate(c, cli_str(c, "key"), cli_has(c, "leaked"),
			       backup ? &password : NULL, e);
}

static bool run_backup(struct cli *c, struct err *e)
{
	struct secret password AUTO_SECRET = SECRET_INIT;

	return password_for(c, "password for the backup", true, &password, e) &&
	       key_work_backup(c, c->args[0], &password, e);
}

static bool run_restore(struct cli *c, struct err *e)
{
	struct secret password AUTO_SECRET = SECRET_INIT;

	return cli_confirm(c, e, "Replace the current authentication certificate by that of '%s'?",
			   c->args[0]) &&
	       password_for(c, "password of the backup", false, &password, e) &&
	       key_work_restore(c, c->args[0], &password, !cli_has(c, "not-exportable"), e);
}

static bool run_import(struct cli *c, struct err *e)
{
	struct secret password AUTO_SECRET = SECRET_INIT;

	return cli_confirm(c, e, "Replace the current authentication certificate by that of '%s'?",
			   c->args[0]) &&
	       password_for(c, "password of the PFX", false, &password, e) &&
	       key_work_import(c, c->args[0], &password, cli_has(c, "exportable"), e);
}

static bool run_export(struct cli *c, struct err *e)
{
	return key_work_export(c, c->args[0], e);
}

static const struct cli_option rotate_options[] = {
	{"key", CLI_VALUE, "ec256|rsa2048|rsa3072|rsa4096",
	 "kind of the new key; ec256 unless said"},
	{"leaked", CLI_FLAG, NULL, "the former key is in wrong hands: agents must not believe it"},
	{"password-file", CLI_VALUE, "FILE",
	 "holds the password of the backup that is written first"},
	{"no-backup", CLI_FLAG, NULL, "write none"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option password_options[] = {
	{"password-file", CLI_VALUE, "FILE", "holds the password"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option restore_options[] = {
	{"password-file", CLI_VALUE, "FILE", "holds the password of the backup"},
	{"not-exportable", CLI_FLAG, NULL, "the keys cannot leave this machine again"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option import_options[] = {
	{"password-file", CLI_VALUE, "FILE", "holds the password of the PFX"},
	{"exportable", CLI_FLAG, NULL, "the key may leave in a backup"},
	{NULL, CLI_FLAG, NULL, NULL},
};

const struct cli_command cli_key[] = {
	{.words = "key list",
	 .args = "",
	 .run = run_list,
	 .summary = "authentication certificates, current and former"},
	{.words = "key create",
	 .args = "",
	 .flags = CLI_CREATES,
	 .run = run_create,
	 .summary = "make the first one, if there is none"},
	{.words = "key rotate",
	 .args = "",
	 .options = rotate_options,
	 .run = run_rotate,
	 .summary = "make a new one and announce it to agents"},
	{.words = "key backup",
	 .args = "ZIP",
	 .min_args = 1,
	 .max_args = 1,
	 .options = password_options,
	 .run = run_backup,
	 .summary = "all keys and publications in an encrypted ZIP"},
	{.words = "key restore",
	 .args = "ZIP",
	 .min_args = 1,
	 .max_args = 1,
	 .options = restore_options,
	 .flags = CLI_CREATES,
	 .run = run_restore,
	 .summary = "bring the keys of a backup in"},
	{.words = "key import",
	 .args = "PFX",
	 .min_args = 1,
	 .max_args = 1,
	 .options = import_options,
	 .flags = CLI_CREATES,
	 .run = run_import,
	 .summary = "make the certificate of a PFX the current one"},
	{.words = "key export",
	 .args = "FILE",
	 .min_args = 1,
	 .max_args = 1,
	 .run = run_export,
	 .summary = "write OfcNTCer.dat, the public half"},
	{.words = NULL},
};
