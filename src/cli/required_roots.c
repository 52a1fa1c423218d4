/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/parts.h"

#include "base/files.h"
#include "base/json.h"
#include "core/required_roots.h"
#include "core/zip.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

static const struct cli_column list_columns[] = {
	{"ID", "id", 0},      {"STATE", "state", 0}, {"STORE", "store", 0},
	{"NAME", "name", 64}, {"SHA-1", "sha1", 0},  {"CONFIRMED BY", "confirmed_by", 24},
};

static const struct cli_column import_columns[] = {
	{"THUMBPRINT", "thumbprint", 0},
	{"STORE", "store", 0},
	{"SUBJECT", "subject", 60},
	{"ENTRY", "name", 60},
};

static const struct cli_column left_out_columns[] = {{"SUBJECT", "subject", 60}, {"WHY", "why", 0}};

static bool root_list(struct cli *c, struct err *e)
{
	json_t *list = NULL;

	return required_roots_list(c->core, &list, e) &&
	       cli_list(c, list, list_columns, ARRAY_LEN(list_columns), "the catalogue is empty");
}

static bool root_show(struct cli *c, struct err *e)
{
	json_t *entry = NULL;

	return required_root_show(c->core, c->args[0], &entry, e) && cli_print_object(c, entry);
}

static struct required_root_edit edit_of(struct cli *c)
{
	return (struct required_root_edit){.store = cli_str(c, "store"),
					   .sha1 = cli_str(c, "sha1"),
					   .sha256 = cli_str(c, "sha256"),
					   .needed_for = cli_str(c, "needed-for"),
					   .since = cli_str(c, "since")};
}

static bool root_add(struct cli *c, struct err *e)
{
	struct required_root_edit n = edit_of(c);
	json_t *entry = NULL;

	n.name = c->args[0];
	return required_root_add(c->core, &c->actor, &n, &entry, e) && cli_print_object(c, entry);
}

static bool root_change(struct cli *c, struct err *e)
{
	struct required_root_edit n = edit_of(c);
	json_t *entry = NULL;

	n.name = cli_str(c, "name");
	return required_root_change(c->core, &c->actor, c->args[0], &n, &entry, e) &&
	       cli_print_object(c, entry);
}

static bool root_confirm(struct cli *c, struct err *e)
{
	json_t *entry = NULL;

	return required_root_confirm(c->core, &c->actor, c->args[0], c->args[1], &entry, e) &&
	       cli_print_object(c, entry);
}

static bool root_remove(struct cli *c, struct err *e)
{
	if (!required_root_remove(c->core, &c->actor, c->args[0], e))
		return false;
	cli_say(c, "removed; the certificate stays where it is");
	return true;
}

static void dir_autop(DIR **d)
{
	if (*d)
		closedir(*d);
}

static bool zip_add_file(struct zip *z, const char *folder, const char *name, struct err *e)
{
	char path[4096];
	struct buf file AUTO_BUF = BUF_INIT;

	return path_join(path, sizeof(path), folder, name, e) &&
	       file_read(path, REQUIRED_ROOTS_IMPORT_MAX, &file, e) &&
	       zip_add(z, name, buf_span(&file), e);
}

/* A folder goes the way of a ZIP, so that it is taken whole or not at all. */
static bool read_folder(DIR *d, const char *path, struct buf *out, struct err *e)
{
	struct zip z AUTO_ZIP = ZIP_INIT;
	const struct dirent *entry;

	while ((entry = readdir(d)))
		if (entry->d_name[0] != '.' && entry->d_type != DT_DIR &&
		    !zip_add_file(&z, path, entry->d_name, e))
			return err_wrap(e, "'%s'", entry->d_name);
	return zip_write(&z, NULL, 0, out, e);
}

static bool read_path(const char *path, struct buf *out, struct err *e)
{
	DIR *d AUTO(dir_autop) = opendir(path);

	return d ? read_folder(d, path, out, e)
		 : file_read(path, REQUIRED_ROOTS_IMPORT_MAX, out, e);
}

static void print_import(struct cli *c, const json_t *result)
{
	const json_t *left_out = json_object_get(result, "left_out");
	size_t i;
	const json_t *w;

	if (c->json) {
		cli_json(c, result);
		return;
	}
	cli_table(c, json_object_get(result, "certificates"), import_columns,
		  ARRAY_LEN(import_columns));
	if (json_array_size(left_out) > 0) {
		cli_say(c, "\nleft out:");
		cli_table(c, left_out, left_out_columns, ARRAY_LEN(left_out_columns));
	}
	json_array_foreach(json_object_get(result, "warnings"), i, w)
	{
		cli_note(c, "note: %s", cli_member(w, "text"));
	}
}

static bool root_import(struct cli *c, struct err *e)
{
	struct buf file AUTO_BUF = BUF_INIT;
	json_t *result AUTO_JSON = NULL;
	struct required_roots_import r = {.file_name = c->args[0],
					  .unlisted = cli_has(c, "unlisted"),
					  .confirm = cli_has(c, "confirm"),
					  .dry_run = cli_has(c, "dry-run")};

	if (!read_path(c->args[0], &file, e))
		return false;
	r.file = buf_span(&file);
	if (!required_roots_import(c->core, &c->actor, &r, &result, e))
		return false;
	print_import(c, result);
	if (json_array_size(json_object_get(result, "left_out")) > 0)
		c->exit_code = 10;
	return true;
}

#define EDIT_OPTIONS                                                                               \
	{"store", CLI_VALUE, "STORE", "Root or CA"},                                               \
		{"sha1", CLI_VALUE, "HEX", "SHA-1 fingerprint; empty: not known"},                 \
		{"sha256", CLI_VALUE, "HEX", "SHA-256 fingerprint; empty: not known"},             \
		{"needed-for", CLI_VALUE, "TEXT", "what cannot be verified without it"},           \
		{"since", CLI_VALUE, "TEXT", "since which release"},                               \
	{                                                                                          \
		NULL, CLI_FLAG, NULL, NULL                                                         \
	}

static const struct cli_option add_options[] = {EDIT_OPTIONS};
static const struct cli_option change_options[] = {{"name", CLI_VALUE, "NAME", "another name"},
						   EDIT_OPTIONS};
static const struct cli_option import_options[] = {
	{"unlisted", CLI_FLAG, NULL, "also what the catalogue does not name"},
	{"confirm", CLI_FLAG, NULL, "what has the name of an unconfirmed entry is what it means"},
	{"dry-run", CLI_FLAG, NULL, "only say what would be done"},
	{NULL, CLI_FLAG, NULL, NULL},
};

const struct cli_command cli_root[] = {
	{"root list", "", 0, 0, NULL, 0, root_list, "what signature checks need, and what is here"},
	{"root show", "ID", 1, 1, NULL, 0, root_show, "one entry of the catalogue"},
	{"root add", "NAME", 1, 1, add_options, 0, root_add, "add an entry"},
	{"root change", "ID", 1, 1, change_options, 0, root_change, "change an entry"},
	{"root confirm", "ID CERT", 2, 2, NULL, 0, root_confirm,
	 "say that this certificate is the one an entry means"},
	{"root remove", "ID", 1, 1, NULL, 0, root_remove, "drop an entry"},
	{"root import", "PATH", 1, 1, import_options, 0, root_import,
	 "import roots and intermediates: a file, a folder, a ZIP or a P7B"},
	{"root coverage", "", 0, 0, NULL, 0, cli_root_coverage,
	 "what agents hold of the catalogue"},
	{"root agents", "[ID]", 0, 1, cli_root_agents_options, 0, cli_root_agents,
	 "who holds or lacks an entry"},
	{"root deploy", "", 0, 0, cli_root_deploy_options, 0, cli_root_deploy,
	 "send agents what they lack"},
	{"root policy", "[not_configured|on|off]", 0, 1, cli_root_policy_options, 0,
	 cli_root_policy, "whether automatic root updates are turned off"},
	{.words = NULL},
};
