/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/cli.h"

#include "base/num.h"

#include <string.h>

const struct cli_option cli_global_options[] = {
	{"state-dir", CLI_VALUE, "DIR", "state directory (or CERTBINDER_STATE_DIR)"},
	{"json", CLI_FLAG, NULL, "print JSON, also for problems"},
	{"yes", CLI_FLAG, NULL, "do not ask"},
	{"quiet", CLI_FLAG, NULL, "say nothing on the way"},
	{"help", CLI_FLAG, NULL, "this text"},
	{"version", CLI_FLAG, NULL, "the version"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option *option_in(const struct cli_option *list, const char *name,
					  size_t len)
{
	for (; list && list->name; list++)
		if (strlen(list->name) == len && memcmp(list->name, name, len) == 0)
			return list;
	return NULL;
}

static bool value_fits(const struct cli_option *o, const char *value, struct err *e)
{
	size_t len = strlen(value);

	if (!o->value || !strchr(o->value, '|'))
		return true;
	for (const char *p = o->value; *p;) {
		size_t n = strcspn(p, "|");

		if (n == len && memcmp(p, value, n) == 0)
			return true;
		p += n + (p[n] == '|');
	}
	return err_set(e, ERR_INVALID, "--%s takes %s, not '%s'", o->name, o->value, value);
}

static bool add_value(struct cli *c, const struct cli_option *o, const char *value, struct err *e)
{
	if (c->n_values == CLI_VALUES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d options", CLI_VALUES_MAX);
	if (!value_fits(o, value, e))
		return false;
	c->values[c->n_values++] = (struct cli_value_given){.option = o, .value = value};
	return true;
}

/* "a b c" after an option that may repeat belongs to it where the command has no plain arguments. */
static bool add_more(struct cli *c, const struct cli_option *o, int argc, char **argv, int *i,
		     struct err *e)
{
	while (o->kind == CLI_MANY && c->command && c->command->max_args == 0 && *i + 1 < argc &&
	       argv[*i + 1][0] != '-')
		if (!add_value(c, o, argv[++*i], e))
			return false;
	return true;
}

/* argv[*i] is "--name", "--name=value" or "--name value". */
static bool take_option(struct cli *c, int argc, char **argv, int *i, struct err *e)
{
	const char *name = argv[*i] + 2;
	const char *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct cli_option *o = option_in(cli_global_options, name, len);

	if (!o && c->command)
		o = option_in(c->command->options, name, len);
	if (!o)
		return err_set(e, ERR_INVALID, "no option --%.*s here", (int)len, name);
	if (o->kind == CLI_FLAG)
		return equals ? err_set(e, ERR_INVALID, "--%s takes no value", o->name)
			      : add_value(c, o, "", e);
	if (equals)
		return add_value(c, o, equals + 1, e);
	if (*i + 1 >= argc)
		return err_set(e, ERR_INVALID, "--%s needs %s", o->name, o->value);
	return add_value(c, o, argv[++*i], e) && add_more(c, o, argc, argv, i, e);
}

static const struct cli_group *group_named(const char *name)
{
	for (const struct cli_group *g = cli_groups; g->name; g++)
		if (strcmp(g->name, name) == 0)
			return g;
	return NULL;
}

/* second NULL: a group that is a command by itself. */
static const struct cli_command *command_of(const struct cli_group *g, const char *second)
{
	for (const struct cli_command *k = g->commands; k->words; k++) {
		const char *space = strchr(k->words, ' ');

		if (!space || (second && strcmp(space + 1, second) == 0))
			return k;
	}
	return NULL;
}

/* One plain word: part of the command's name, or an argument of it. */
static bool take_word(struct cli *c, const char *word, struct err *e)
{
	if (c->command) {
		if (c->n_args == CLI_ARGS_MAX || c->n_args == c->command->max_args)
			return err_set(e, ERR_INVALID, "'%s' takes no further argument '%s'",
				       c->command->words, word);
		c->args[c->n_args++] = word;
		return true;
	}
	if (c->group) {
		c->command = command_of(c->group, word);
		return c->command ? true
				  : err_set(e, ERR_INVALID, "no command '%s %s'", c->group->name,
					    word);
	}
	c->group = group_named(word);
	if (!c->group)
		return err_set(e, ERR_INVALID, "no command '%s'", word);
	c->command = command_of(c->group, NULL);
	return true;
}

static bool enough(const struct cli *c, struct err *e)
{
	if (!c->command)
		return err_set(e, ERR_INVALID, "%s%s: what is to be done?",
			       c->group ? "after " : "no command", c->group ? c->group->name : "");
	if (c->n_args < c->command->min_args)
		return err_set(e, ERR_INVALID, "'%s' needs %s", c->command->words,
			       c->command->args);
	for (const struct cli_option *o = c->command->options; o && o->name; o++)
		if (o->kind == CLI_NEEDED && !cli_has(c, o->name))
			return err_set(e, ERR_INVALID, "'%s' needs --%s %s: %s", c->command->words,
				       o->name, o->value, o->help);
	return true;
}

bool cli_parse(struct cli *c, int argc, char **argv, bool *help_out, bool *version_out,
	       struct err *e)
{
	bool only_words = false, asked = false;

	*help_out = *version_out = false;
	/* Also for what is wrong before it is reached: a script that asks for JSON gets JSON. */
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		c->json |= strcmp(argv[i], "--json") == 0;
	for (int i = 1; i < argc; i++) {
		bool is_option = !only_words && argv[i][0] == '-' && argv[i][1];

		if (is_option && strcmp(argv[i], "--") == 0) {
			only_words = true;
			continue;
		}
		if (is_option && argv[i][1] != '-')
			return err_set(e, ERR_INVALID, "no option %s: options begin with --",
				       argv[i]);
		/* 'certbinder help cert import', as git and others have it: --help by a word. */
		if (!is_option && !c->group && !asked && strcmp(argv[i], "help") == 0) {
			asked = true;
			continue;
		}
		if (is_option ? !take_option(c, argc, argv, &i, e) : !take_word(c, argv[i], e))
			return false;
	}
	c->state_dir = cli_str(c, "state-dir");
	c->json = cli_has(c, "json");
	c->yes = cli_has(c, "yes");
	c->quiet = cli_has(c, "quiet");
	*help_out = asked || cli_has(c, "help");
	*version_out = cli_has(c, "version");
	return *help_out || *version_out || enough(c, e);
}

const char *cli_str(const struct cli *c, const char *option)
{
	const char *found = NULL;

	for (size_t i = 0; i < c->n_values; i++)
		if (strcmp(c->values[i].option->name, option) == 0)
			found = c->values[i].value;
	return found;
}

bool cli_has(const struct cli *c, const char *option)
{
	return cli_str(c, option) != NULL;
}

size_t cli_many(const struct cli *c, const char *option, const char *out[static CLI_VALUES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_values; i++)
		if (strcmp(c->values[i].option->name, option) == 0)
			out[n++] = c->values[i].value;
	return n;
}

bool cli_number(const struct cli *c, const char *option, int64_t min, int64_t max, int64_t *out,
		struct err *e)
{
	const char *text = cli_str(c, option);
	int64_t v;

	if (!text)
		return true;
	if (!num_i64(text, &v) || v < min || v > max)
		return err_set(e, ERR_INVALID, "--%s takes %lld to %lld, not '%s'", option,
			       (long long)min, (long long)max, text);
	*out = v;
	return true;
}
