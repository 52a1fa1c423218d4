/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/secret.h"
#include "core/core.h"

#include "base/json.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * The command line: one table of commands, from which parsing, usage, help and shell completion are
 * made. A command opens nothing itself: it gets the opened core, asks core/, and prints - JSON in
 * the shape of the REST resource with --json, tables for people otherwise. Standard output holds
 * the answer alone; everything said on the way goes to standard error.
 */
#define CLI_ARGS_MAX 64	   /* plain arguments of one command */
#define CLI_VALUES_MAX 256 /* options of one command line, repeated ones counted */

enum cli_option_kind {
	CLI_FLAG,
	CLI_VALUE,
	CLI_NEEDED, /* a value; the command does nothing without it */
	CLI_MANY,   /* repeatable */
	CLI_NUMBER
};

struct cli_option {
	const char *name; /* without the dashes */
	enum cli_option_kind kind;
	const char *value; /* "FILE"; or "a|b|c", which is then held to; NULL for a flag */
	const char *help;
};

enum cli_flags {
	CLI_NO_STATE = 1u << 0,	      /* opens no state directory */
	CLI_CREATES = 1u << 1,	      /* makes an empty one where there is none */
	CLI_MISSING_IS_FINE = 1u << 2 /* runs without one too: core is NULL then */
};

struct cli;
typedef bool (*cli_fn)(struct cli *c, struct err *e);

struct cli_command {
	const char *words; /* "cert import" */
	const char *args;  /* "FILE", "[NAME]", "NAME..."; "" none */
	int min_args, max_args;
	const struct cli_option *options; /* ends with a NULL name; NULL: none */
	unsigned flags;
	cli_fn run;
	const char *summary;
};

struct cli_group {
	const char *name, *summary;
	const struct cli_command *commands; /* ends with NULL words */
};
extern const struct cli_group cli_groups[]; /* ends with a NULL name */

/* What the roof wires. */
struct cli_env {
	const char *program;
	FILE *in, *out, *err;
	/* The hooks for the state directory; called before core_open(). NULL: none. */
	void (*hooks)(const char *state_dir, struct core_hooks *out);
};

struct cli_value_given {
	const struct cli_option *option;
	const char *value; /* "" for a flag */
};

struct cli {
	const struct cli_env *env;
	const struct cli_group *group; /* that the first word names; NULL: none yet */
	const struct cli_command *command;
	const char *state_dir;
	bool json, yes, quiet;
	const char *args[CLI_ARGS_MAX];
	int n_args;
	struct cli_value_given values[CLI_VALUES_MAX];
	size_t n_values;
	struct core *core;
	struct core_hooks hooks;
	char user[128];
	struct actor actor;
	json_t *more;  /* merged into the problem when the command fails with --json; owned */
	int exit_code; /* of a command that succeeded: 0, or 10 with warnings named, 4 ... */
};

int cli_main(int argc, char **argv, const struct cli_env *env);
/* Opens the state directory, runs c->command, says what went wrong; the exit code. For tools with a
 * command line of their own. */
int cli_run(struct cli *c);
/* For the other programs of this floor, which read their arguments themselves: fills who types and
 * opens the state directory; then ends it all, gives the exit code and says what failed. */
bool cli_open(struct cli *c, struct err *e) MUST_USE;
int cli_end(struct cli *c, bool good, const struct err *e);

/* options.c: what was given */
bool cli_parse(struct cli *c, int argc, char **argv, bool *help_out, bool *version_out,
	       struct err *e) MUST_USE;
bool cli_has(const struct cli *c, const char *option);
const char *cli_str(const struct cli *c, const char *option); /* NULL: not given; last one counts */
size_t cli_many(const struct cli *c, const char *option, const char *out[static CLI_VALUES_MAX]);
/* *out stays when not given. */
bool cli_number(const struct cli *c, const char *option, int64_t min, int64_t max, int64_t *out,
		struct err *e) MUST_USE;
extern const struct cli_option cli_global_options[];

/* help.c */
void cli_usage(const struct cli *c, FILE *to); /* of the command, or all of them */
void cli_help(const struct cli *c);
bool cli_complete(struct cli *c, struct err *e) MUST_USE; /* "completion bash|zsh|fish" */

/* ask.c */
/* True with --yes; without a terminal ERR_INVALID; "no" is ERR_CANCELLED. */
bool cli_confirm(struct cli *c, struct err *e, const char *fmt, ...) PRINTF(3, 4) MUST_USE;
/* --password-file, else a prompt without echo on a terminal; *given false when neither. twice: asks
 * again, to be sure. */
bool cli_password(struct cli *c, const char *prompt, bool twice, struct secret *out, bool *given,
		  struct err *e) MUST_USE;
bool cli_can_ask(const struct cli *c);
bool cli_ask_password(struct cli *c, const char *prompt, bool twice, struct secret *out,
		      struct err *e) MUST_USE;

/* print.c; text from certificates is made harmless for the terminal. */
struct cli_column {
	const char *title, *member; /* member: "a.b" goes into objects */
	int width_max;		    /* 0: as wide as it gets */
};
void cli_json(struct cli *c, const json_t *v);
void cli_table(struct cli *c, const json_t *items, const struct cli_column *columns, size_t n);
void cli_object(struct cli *c, const json_t *o); /* "member: value" lines */
void cli_say(struct cli *c, const char *fmt, ...)
	PRINTF(2, 3); /* a line of the answer, not with --json */
void cli_note(struct cli *c, const char *fmt, ...)
	PRINTF(2, 3);					     /* standard error, not with --quiet */
const char *cli_member(const json_t *o, const char *member); /* "" when it is no text */
/* With --json the problem on standard output; else the message and its remedy on standard error.
 * Gives the exit code. */
int cli_fail(struct cli *c, const struct err *e);
/* Prints v with --json, else as a table of its "items". */
bool cli_list(struct cli *c, json_t *v /* stolen */, const struct cli_column *columns, size_t n,
	      const char *empty);

/* output file: "-" is standard output; a regular file is replaced whole. */
bool cli_write_file(struct cli *c, const char *path, struct span content, bool secret,
		    struct err *e) MUST_USE;

/* The groups, one file each. */
extern const struct cli_command cli_cert[], cli_csr[], cli_bind[], cli_drift[], cli_ipcer[],
	cli_trust[], cli_refusal[], cli_crl[], cli_root[], cli_store[], cli_token[], cli_account[],
	cli_key[], cli_status[], cli_setup[], cli_audit[], cli_settings[], cli_completion[],
	cli_agent[], cli_backup[], cli_rollout[], cli_update[];
