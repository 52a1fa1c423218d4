/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/cli.h"

#include "base/buf.h"
#include "base/files.h"
#include "core/console/backup.h"
#include "core/console/console_backup.h"

#include <string.h>

#define EXIT_WARNINGS 10

static bool password_for(struct cli *c, bool twice, struct secret *out, struct err *e)
{
	bool given = false;

	return cli_password(c, "password of the backup", twice, out, &given, e) &&
	       (given ||
		err_set(e, ERR_INVALID, "'%s' needs --password-file where nobody can answer",
			c->command->words));
}

static bool run_create(struct cli *c, struct err *e)
{
	struct buf file AUTO_BUF = {.secret = true, .max = CONSOLE_BACKUP_MAX_BYTES};
	struct secret password AUTO_SECRET = SECRET_INIT;
	json_t *report AUTO_JSON = NULL;
	const json_t *id;
	size_t i;

	if (!password_for(c, true, &password, e) ||
	    !console_backup_create(c->core, &c->actor, &password, &file, &report, e) ||
	    !cli_write_file(c, c->args[0], buf_span(&file), true, e))
		return false;
	if (c->json)
		cli_json(c, report);
	cli_say(c, "the console is in %s", c->args[0]);
	json_array_foreach(json_object_get(report, "missing"), i, id)
	{
		c->exit_code = EXIT_WARNINGS;
		cli_note(c, "not in the backup, since it is not exportable: the key of %.16s...",
			 json_string_value(id));
	}
	return true;
}

/* A file, or the name of one of the console's own. */
static bool run_restore(struct cli *c, struct err *e)
{
	struct buf file AUTO_BUF = {.secret = true, .max = CONSOLE_BACKUP_MAX_BYTES};
	struct secret password AUTO_SECRET = SECRET_INIT;
	json_t *report AUTO_JSON = NULL;

	if (!cli_confirm(c, e, "Replace the console in '%s' by that of '%s'?", c->state_dir,
			 c->args[0]))
		return false;
	if (strchr(c->args[0], '/') || file_exists(c->args[0])) {
		if (!file_read(c->args[0], CONSOLE_BACKUP_MAX_BYTES, &file, e) ||
		    !password_for(c, false, &password, e))
			return false;
		if (file.len == 0)
			return err_reason(e, "backup.corrupt", "'%s' is empty", c->args[0]);
	}
	if (!console_backup_restore(c->state_dir, &c->hooks, &c->actor, buf_span(&file), c->args[0],
				    &password, &report, e))
		return false;
	if (c->json)
		cli_json(c, report);
	cli_say(c, "restored from %s; start the console", c->args[0]);
	if (*cli_member(report, "kept"))
		cli_say(c, "what was there is kept as backups/%s", cli_member(report, "kept"));
	return true;
}

static const struct cli_column columns[] = {{"NAME", "name", 0},
					    {"TIME", "time", 0},
					    {"CHANGE", "change_seq", 0},
					    {"BYTES", "size", 0}};

static bool run_list(struct cli *c, struct err *e)
{
	json_t *list = NULL;

	return backups_list(c->state_dir, &list, e) &&
	       cli_list(c, json_pack("{s:o}", "items", list), columns, ARRAY_LEN(columns),
			"no backup yet: the console makes one after each change");
}

static const struct cli_option password_options[] = {
	{"password-file", CLI_VALUE, "FILE", "holds the password of the backup"},
	{NULL, CLI_FLAG, NULL, NULL},
};

const struct cli_command cli_backup[] = {
	{.words = "backup create",
	 .args = "ZIP",
	 .min_args = 1,
	 .max_args = 1,
	 .options = password_options,
	 .run = run_create,
	 .summary = "the whole console in an encrypted ZIP"},
	{.words = "backup restore",
	 .args = "ZIP|NAME",
	 .min_args = 1,
	 .max_args = 1,
	 .options = password_options,
	 .flags = CLI_NO_STATE,
	 .run = run_restore,
	 .summary = "bring a console back: from a ZIP, or one of its own backups"},
	{.words = "backup list",
	 .args = "",
	 .flags = CLI_NO_STATE,
	 .run = run_list,
	 .summary = "the backups that the console made by itself"},
	{.words = NULL},
};
