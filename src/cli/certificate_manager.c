/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/certificate_manager.h"

#include "base/json.h"
#include "base/text.h"
#include "cli/key_work.h"
#include "core/agents/agents.h"
#include "core/authentication/authentication_keys.h"

#include <string.h>

#define EN_DASH "\xe2\x80\x93" /* U+2013: what word processors make of "-" */

struct request {
	struct secret password;
	const char *path; /* ZIP, PFX, .dat or CSV; NULL: none wanted */
};

typedef bool (*work_fn)(struct cli *c, const struct request *r, struct err *e);

static bool do_create(struct cli *c, const struct request *r, struct err *e)
{
	return key_work_rotate(c, NULL, false, &r->password, e);
}

static bool do_backup(struct cli *c, const struct request *r, struct err *e)
{
	return key_work_backup(c, r->path, &r->password, e);
}

static bool do_restore(struct cli *c, const struct request *r, struct err *e)
{
	return key_work_restore(c, r->path, &r->password, true, e);
}

static bool do_restore_fixed(struct cli *c, const struct request *r, struct err *e)
{
	return key_work_restore(c, r->path, &r->password, false, e);
}

static bool do_export(struct cli *c, const struct request *r, struct err *e)
{
	return key_work_export(c, r->path, e);
}

static bool do_import(struct cli *c, const struct request *r, struct err *e)
{
	return key_work_import(c, r->path, &r->password, true, e);
}

static bool do_import_fixed(struct cli *c, const struct request *r, struct err *e)
{
	return key_work_import(c, r->path, &r->password, false, e);
}

static bool do_list(struct cli *c, const struct request *r, struct err *e)
{
	struct buf csv AUTO_BUF = BUF_INIT;
	int64_t n = 0;

	if (!agents_mismatched_csv(c->core, &csv, &n, e) ||
	    !cli_write_file(c, r->path, buf_span(&csv), false, e))
		return false;
	if (c->json) {
		json_t *done AUTO_JSON =
			json_pack("{s:s, s:I}", "file", r->path, "agents", (json_int_t)n);

		cli_json(c, done);
	}
	cli_say(c, "%lld agents with a mismatched certificate are in %s", (long long)n, r->path);
	return true;
}

struct tool_switch {
	const char *name;
	bool password;
	const char *path; /* what it is called in the usage; NULL: none */
	work_fn work;
	const char *summary;
};

static const struct tool_switch switches[] = {
	{"c", true, NULL, do_create,
	 "a new certificate replaces the current one; a backup is written first"},
	{"b", true, "ZIP", do_backup, "back all certificates and keys up"},
	{"r", true, "ZIP", do_restore, "restore all; the keys are exportable"},
	{"re", true, "ZIP", do_restore_fixed, "restore all; the keys are not exportable"},
	{"e", false, "FILE", do_export, "export the agents' public key (OfcNTCer.dat)"},
	{"i", true, "PFX", do_import, "import a certificate; the key is exportable"},
	{"ine", true, "PFX", do_import_fixed, "import a certificate; the key is not exportable"},
	{"l", false, "CSV", do_list, "list agents with a mismatched certificate"},
};

/* "-r", "-RE", "/r" or one with an en dash, as seeds of the original write them. */
static const struct tool_switch *switch_of(const char *arg)
{
	size_t skip = arg[0] == '-' || arg[0] == '/'   ? 1
		      : text_starts_with(arg, EN_DASH) ? strlen(EN_DASH)
						       : 0;

	for (size_t i = 0; skip && i < ARRAY_LEN(switches); i++)
		if (text_equal_nocase(arg + skip, switches[i].name))
			return &switches[i];
	return NULL;
}

static void usage(const struct cli_env *env, FILE *to)
{
	fprintf(to, "usage: %s [--state-dir DIR] [--json] [--password-file FILE] SWITCH ...\n\n",
		env->program);
	for (size_t i = 0; i < ARRAY_LEN(switches); i++)
		fprintf(to, "  -%-4s%-9s %-5s%s\n", switches[i].name,
			switches[i].password ? "PASSWORD" : "",
			switches[i].path ? switches[i].path : "", switches[i].summary);
	fputs("\nA PASSWORD of \"-\" is asked for; with --password-file it is left out.\n", to);
}

struct line {
	const struct tool_switch *what;
	const char *password_file;
	char *plain[2];
	int n_plain;
	bool help, version;
};

static bool take_value(int argc, char **argv, int *i, const char **out, struct err *e)
{
	if (*i + 1 >= argc)
		return err_set(e, ERR_INVALID, "%s needs a value", argv[*i]);
	*out = argv[++*i];
	return true;
}

static bool take(struct cli *c, struct line *l, int argc, char **argv, int *i, struct err *e)
{
	char *arg = argv[*i];

	if (strcmp(arg, "--state-dir") == 0)
		return take_value(argc, argv, i, &c->state_dir, e);
	if (text_equal_nocase(arg, "--password-file"))
		return take_value(argc, argv, i, &l->password_file, e);
	if (strcmp(arg, "--json") == 0)
		return c->json = true;
	if (strcmp(arg, "--yes") == 0)
		return c->yes = true;
	if (strcmp(arg, "--help") == 0)
		return l->help = true;
	if (strcmp(arg, "--version") == 0)
		return l->version = true;
	if (!l->what) {
		l->what = switch_of(arg);
		return l->what || err_set(e, ERR_INVALID, "no switch '%s'", arg);
	}
	if (l->n_plain == (int)ARRAY_LEN(l->plain))
		return err_set(e, ERR_INVALID, "one argument too many: '%s'",
			       l->what->path ? arg : "...");
	l->plain[l->n_plain++] = arg;
	return true;
}

static bool password_take(struct cli *c, struct line *l, struct request *r, struct err *e)
{
	char *given;

	if (l->password_file)
		return secret_read_file(&r->password, l->password_file, e);
	given = l->plain[0];
	if (given[0] == '-' && given[1] == '\0')
		return cli_ask_password(c, "password",
					l->what->work == do_create || l->what->work == do_backup,
					&r->password, e);
	cli_note(c, "warning: a password on the command line is seen by everybody on this machine; "
		    "use --password-file "
		    "or \"-\"");
	if (!secret_set(&r->password, given, strlen(given), e))
		return false;
	secret_wipe(given, strlen(given)); /* and out of ps(1) */
	return true;
}

static bool request_make(struct cli *c, struct line *l, struct request *r, struct err *e)
{
	int in_line = l->what->password && !l->password_file;
	int wanted = in_line + (l->what->path ? 1 : 0);

	if (l->n_plain != wanted)
		return err_set(e, ERR_INVALID, "-%s needs %s%s%s%s", l->what->name,
			       in_line ? "PASSWORD" : "", in_line && l->what->path ? " and " : "",
			       l->what->path ? l->what->path : "",
			       wanted == 0 ? "no argument" : "");
	r->path = l->what->path ? l->plain[in_line] : NULL;
	if (l->what->password && !password_take(c, l, r, e))
		return false;
	return !l->what->password || r->password.len > 0 ||
	       err_set(e, ERR_PASSWORD, "an empty password protects nothing");
}

/* The tool's own command line beside the one that all commands share; cli comes first. */
struct manager {
	struct cli cli;
	struct line line;
};

static bool run(struct cli *c, struct err *e)
{
	struct line *l = &((struct manager *)(void *)c)->line;
	struct request r = {.path = NULL};
	bool good = request_make(c, l, &r, e) && l->what->work(c, &r, e);

	secret_clear(&r.password);
	return good;
}

int certificate_manager_main(int argc, char **argv, const struct cli_env *env)
{
	static const struct cli_command tool = {
		.words = "CertificateManager", .args = "", .run = run};
	struct manager m = {.cli = {.env = env, .command = &tool}};
	struct err e = ERR_INIT;

	for (int i = 1; i < argc; i++)
		if (!take(&m.cli, &m.line, argc, argv, &i, &e))
			return cli_fail(&m.cli, &e);
	if (m.line.version)
		fprintf(env->out, "%s %s\n", env->program, PACKAGE_VERSION);
	else if (m.line.help)
		usage(env, env->out);
	if (m.line.version || m.line.help)
		return 0;
	if (!m.line.what) {
		usage(env, env->err);
		return 2;
	}
	return cli_run(&m.cli);
}
