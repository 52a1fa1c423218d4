/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/cli.h"

#include "base/buf.h"

#include <string.h>

/*
 * Usage, help and completion, all made from the one table.
 */

static void usage_of(const struct cli *c, const struct cli_command *k, FILE *to)
{
	fprintf(to, "  %s %s%s%s", c->env->program, k->words, *k->args ? " " : "", k->args);
	for (const struct cli_option *o = k->options; o && o->name; o++) {
		bool is_needed = o->kind == CLI_NEEDED;

		fprintf(to, " %s--%s", is_needed ? "" : "[", o->name);
		if (o->kind != CLI_FLAG)
			fprintf(to, " %s", o->value);
		fputs(is_needed ? "" : o->kind == CLI_MANY ? "]..." : "]", to);
	}
	fputc('\n', to);
}

static void options_of(const struct cli_option *list, FILE *to)
{
	for (const struct cli_option *o = list; o && o->name; o++) {
		char left[64];

		snprintf(left, sizeof(left), "--%s%s%s", o->name, o->value ? " " : "",
			 o->value ? o->value : "");
		fprintf(to,
			strlen(left) < 30 ? "  %-30s%s\n"
					  : "  %s\n                                %s\n",
			left, o->help);
	}
}

static void commands_of(const struct cli_group *g, FILE *to)
{
	for (const struct cli_command *k = g->commands; k->words; k++) {
		char left[80];

		snprintf(left, sizeof(left), "%s%s%s", k->words, *k->args ? " " : "", k->args);
		fprintf(to, "  %-33s %s\n", left, k->summary);
	}
}

void cli_usage(const struct cli *c, FILE *to)
{
	fputs("usage:\n", to);
	if (c->command) {
		usage_of(c, c->command, to);
		return;
	}
	if (c->group)
		commands_of(c->group, to);
	else
		for (const struct cli_group *g = cli_groups; g->name; g++)
			fprintf(to, "  %s %-12s%s\n", c->env->program, g->name, g->summary);
	fprintf(to, "'%s %s --help' tells more\n", c->env->program,
		c->group ? c->group->name : "COMMAND");
}

void cli_help(const struct cli *c)
{
	FILE *to = c->env->out;

	if (c->command) {
		fprintf(to, "%s\n\nusage:\n", c->command->summary);
		usage_of(c, c->command, to);
		fputs("\noptions:\n", to);
		options_of(c->command->options, to);
		options_of(cli_global_options, to);
		return;
	}
	fprintf(to, "%s: TLS web console and certificate binder\n\nusage: %s COMMAND [OPTIONS]\n\n",
		c->env->program, c->env->program);
	for (const struct cli_group *g = cli_groups; g->name; g++) {
		if (c->group && g != c->group)
			continue;
		fprintf(to, "%s\n", g->summary);
		commands_of(g, to);
	}
	fputs("\noptions of all commands:\n", to);
	options_of(cli_global_options, to);
	fputs("\nexit codes: 0 done, 1 general, 2 usage, 3 not found, 4 refused by a check, 5 not\n"
	      "allowed, 6 conflict or stale, 7 server not reachable, 8 wrong password, 9 timed out "
	      "or\n"
	      "not confirmed, 10 done with warnings named\n",
	      to);
}

static void add_options(struct buf *out, const struct cli_option *list, const char *before)
{
	for (; list && list->name; list++)
		buf_printf(out, "%s--%s", before, list->name);
}

static void bash(struct buf *out, const char *program)
{
	buf_printf(out, "# completion of %s for bash\n_%s() {\n", program, program);
	buf_add_str(out, "\tlocal word=${COMP_WORDS[COMP_CWORD]} words= w=() x\n"
			 "\tfor x in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do [[ $x == -* ]] || "
			 "w+=(\"$x\"); done\n"
			 "\tcase \"${w[0]} ${w[1]}\" in\n");
	for (const struct cli_group *g = cli_groups; g->name; g++) {
		for (const struct cli_command *k = g->commands; k->words; k++) {
			buf_printf(out, "\t'%s%s') words='", k->words,
				   strchr(k->words, ' ') ? "" : " ");
			add_options(out, k->options, " ");
			add_options(out, cli_global_options, " ");
			buf_add_str(out, "';;\n");
		}
		buf_printf(out, "\t'%s '*) words='", g->name);
		for (const struct cli_command *k = g->commands; k->words; k++)
			if (strchr(k->words, ' '))
				buf_printf(out, " %s", strchr(k->words, ' ') + 1);
		buf_add_str(out, "';;\n");
	}
	buf_add_str(out, "\t' ') words='");
	for (const struct cli_group *g = cli_groups; g->name; g++)
		buf_printf(out, " %s", g->name);
	buf_printf(out,
		   "';;\n\tesac\n\tCOMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n"
		   "complete -o default -F _%s %s\n",
		   program, program);
}

static void fish(struct buf *out, const char *program)
{
	buf_printf(out, "# completion of %s for fish\n", program);
	for (const struct cli_group *g = cli_groups; g->name; g++) {
		buf_printf(out, "complete -c %s -n __fish_use_subcommand -f -a %s -d '%s'\n",
			   program, g->name, g->summary);
		for (const struct cli_command *k = g->commands; k->words; k++) {
			const char *space = strchr(k->words, ' ');

			if (space)
				buf_printf(out,
					   "complete -c %s -n '__fish_seen_subcommand_from %s' -f "
					   "-a %s -d '%s'\n",
					   program, g->name, space + 1, k->summary);
			for (const struct cli_option *o = k->options; o && o->name; o++)
				buf_printf(out,
					   "complete -c %s -n '__fish_seen_subcommand_from %s' -l "
					   "%s%s\n",
					   program, space ? space + 1 : k->words, o->name,
					   o->kind == CLI_FLAG ? "" : " -r");
		}
	}
}

bool cli_complete(struct cli *c, struct err *e)
{
	struct buf out AUTO_BUF = BUF_INIT;
	const char *shell = c->args[0];

	if (strcmp(shell, "zsh") == 0)
		buf_add_str(&out, "autoload -U +X bashcompinit && bashcompinit\n");
	if (strcmp(shell, "bash") == 0 || strcmp(shell, "zsh") == 0)
		bash(&out, c->env->program);
	else if (strcmp(shell, "fish") == 0)
		fish(&out, c->env->program);
	else
		return err_set(e, ERR_INVALID, "completion is for bash, zsh or fish");
	if (!buf_ok(&out))
		return err_nomem(e);
	fputs(buf_str(&out), c->env->out);
	return true;
}
