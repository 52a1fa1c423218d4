/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/parts.h"

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "core/reading/reader.h"
#include "core/reading/zip.h"
#include "core/roots/required_roots.h"

#include <dirent.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define ZIP_END ".zip"

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

static const struct cli_column left_out_columns[] = {
	{"SUBJECT", "subject", 60}, {"SHA-256", "sha256", 0}, {"WHY", "why", 0}};

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

static bool is_zip(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && text_equal_nocase(dot, ZIP_END);
}

/* As www/js/clients/roots.js has them. */
static bool is_taken(const char *name)
{
	return required_roots_takes_name(name) || is_zip(name);
}

static bool zip_add_members(struct zip *z, struct span file, const char *name, struct err *e)
{
	struct zip inner AUTO_ZIP = ZIP_INIT;
	char path[PATH_MAX];

	if (!reader_zip(file, NULL, &inner, e))
		return false;
	for (size_t i = 0; i < inner.n; i++)
		if (!path_join(path, sizeof(path), name, inner.members[i].name, e) ||
		    !zip_add(z, path, buf_span(&inner.members[i].data), e))
			return false;
	return true;
}

static bool zip_add_file(struct zip *z, const char *folder, const char *name, struct err *e)
{
	char path[PATH_MAX];
	struct buf file AUTO_BUF = BUF_INIT;

	if (!path_join(path, sizeof(path), folder, name, e) ||
	    !file_read(path, REQUIRED_ROOTS_IMPORT_MAX, &file, e))
		return false;
	return is_zip(name) ? zip_add_members(z, buf_span(&file), name, e)
			    : zip_add(z, name, buf_span(&file), e);
}

/* A folder within, or a pipe or device that would never end. Not d_type: not every file system tells it. */
static bool is_no_file(DIR *d, const char *name)
{
	struct stat st;

	return fstatat(dirfd(d), name, &st, 0) == 0 && !S_ISREG(st.st_mode);
}

static bool name_take(struct zip *z, DIR *d, const char *folder, const char *name, json_t *skipped,
		      struct err *e)
{
	if (is_no_file(d, name) || !is_taken(name))
		return json_array_append_new(skipped, json_text(span_str(name))) == 0 ||
		       err_nomem(e);
	return zip_add_file(z, folder, name, e) || err_wrap(e, "'%s'", name);
}

/* A folder goes the way of a ZIP, so that it is taken whole or not at all. */
static bool read_folder(DIR *d, const char *path, struct buf *out, json_t *skipped, struct err *e)
{
	struct zip z AUTO_ZIP = ZIP_INIT;
	const struct dirent *entry;

	while ((entry = readdir(d)))
		if (entry->d_name[0] != '.' && !name_take(&z, d, path, entry->d_name, skipped, e))
			return false;
	if (z.n == 0)
		return err_reason(e, "file.no_certificate",
				  "no file in '%s' is named like a certificate", path);
	return zip_write(&z, NULL, 0, out, e);
}

static bool read_path(const char *path, struct buf *out, bool *folder, json_t *skipped,
		      struct err *e)
{
	DIR *d AUTO(dir_autop) = opendir(path);

	*folder = d != NULL;
	return d ? read_folder(d, path, out, skipped, e)
		 : file_read(path, REQUIRED_ROOTS_IMPORT_MAX, out, e);
}

static void print_skipped(struct cli *c, const json_t *skipped)
{
	size_t i;
	const json_t *name;

	json_array_foreach(skipped, i, name)
	{
		struct buf text AUTO_BUF = BUF_INIT;

		text_escape(&text, span_str(json_string_value(name)));
		cli_note(c, "skipped, since it is no file or not named like a certificate: %s",
			 buf_str(&text));
	}
}

static void print_left_out(struct cli *c, const json_t *left_out)
{
	size_t i;
	const json_t *one;
	bool unconfirmed = false;

	if (json_array_size(left_out) == 0)
		return;
	cli_say(c, "\nleft out:");
	cli_table(c, left_out, left_out_columns, ARRAY_LEN(left_out_columns));
	json_array_foreach(left_out, i, one)
	{
		unconfirmed |= strcmp(cli_member(one, "code"), "unconfirmed") == 0;
	}
	if (unconfirmed)
		cli_note(c, "compare its SHA-256 with what its issuer publishes, then import it "
			    "again with --confirm");
}

static void print_import(struct cli *c, const json_t *result)
{
	size_t i;
	const json_t *w;

	if (c->json) {
		cli_json(c, result);
		return;
	}
	cli_table(c, json_object_get(result, "certificates"), import_columns,
		  ARRAY_LEN(import_columns));
	print_left_out(c, json_object_get(result, "left_out"));
	json_array_foreach(json_object_get(result, "warnings"), i, w)
	{
		cli_note(c, "note: %s", cli_member(w, "text"));
	}
	print_skipped(c, json_object_get(result, "skipped"));
}

static bool root_import(struct cli *c, struct err *e)
{
	struct buf file AUTO_BUF = BUF_INIT;
	json_t *result AUTO_JSON = NULL, *skipped AUTO_JSON = json_array();
	bool folder = false;
	struct required_roots_import r = {.file_name = c->args[0],
					  .unlisted = cli_has(c, "unlisted"),
					  .confirm = cli_has(c, "confirm"),
					  .dry_run = cli_has(c, "dry-run")};

	if (!skipped)
		return err_nomem(e);
	if (!read_path(c->args[0], &file, &folder, skipped, e))
		return false;
	r.file = buf_span(&file);
	if (!required_roots_import(c->core, &c->actor, &r, &result, e))
		return !folder && err_wrap(e, "'%s'", c->args[0]);
	if (json_array_extend(json_object_get(result, "skipped"), skipped) != 0)
		return err_nomem(e);
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
