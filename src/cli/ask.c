/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/cli.h"

#include "base/files.h"
#include "base/password.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define LINE_SIZE (PASSWORD_MAX_BYTES + 2) /* a typed password, its end of line and a terminator */

bool cli_can_ask(const struct cli *c)
{
	return isatty(fileno(c->env->in)) && isatty(fileno(c->env->err));
}

bool cli_confirm(struct cli *c, struct err *e, const char *fmt, ...)
{
	char line[16] = "";
	va_list args;

	if (c->yes)
		return true;
	if (!cli_can_ask(c))
		return err_set(e, ERR_INVALID, "'%s' asks first: add --yes where nobody can answer",
			       c->command->words);
	va_start(args, fmt);
	vfprintf(c->env->err, fmt, args);
	va_end(args);
	fputs(" [y/N] ", c->env->err);
	fflush(c->env->err);
	if (fgets(line, sizeof(line), c->env->in) &&
	    (strcmp(line, "y\n") == 0 || strcmp(line, "yes\n") == 0))
		return true;
	return err_set(e, ERR_CANCELLED, "nothing was changed");
}

/* One line from the terminal, echo off. The buffer is wiped by the caller. */
static bool read_line(struct cli *c, const char *prompt, char line[static LINE_SIZE], struct err *e)
{
	int fd = fileno(c->env->in);
	struct termios before, quiet;
	bool has_terminal = tcgetattr(fd, &before) == 0;
	size_t len;
	char *got;

	if (has_terminal) { /* before the prompt: what is typed at once must not be shown */
		quiet = before;
		quiet.c_lflag &= (tcflag_t) ~(ECHO);
		quiet.c_lflag |= ECHONL;
		if (tcsetattr(fd, TCSAFLUSH, &quiet) != 0)
			return err_sys(e, errno, "cannot switch off the echo");
	}
	fprintf(c->env->err, "%s: ", prompt);
	fflush(c->env->err);
	setvbuf(c->env->in, NULL, _IONBF, 0); /* no copy of the password in a buffer of stdio */
	got = fgets(line, LINE_SIZE, c->env->in);
	if (has_terminal)
		tcsetattr(fd, TCSAFLUSH,
			  &before); /* and what is left of the line goes to no shell */
	if (!got)
		return err_set(e, ERR_CANCELLED, "no password was typed");
	len = strcspn(line, "\n");
	if (len > PASSWORD_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "a password has at most %d bytes", PASSWORD_MAX_BYTES);
	line[len] = '\0';
	return true;
}

static bool ask_twice(struct cli *c, const char *prompt, bool twice, char first[LINE_SIZE],
		      char second[LINE_SIZE], struct secret *out, struct err *e)
{
	if (!read_line(c, prompt, first, e))
		return false;
	if (twice && !read_line(c, "again", second, e))
		return false;
	if (twice && !secret_equal(span_str(first), span_str(second)))
		return err_set(e, ERR_INVALID, "the two passwords differ");
	return secret_set(out, first, strlen(first), e);
}

bool cli_ask_password(struct cli *c, const char *prompt, bool twice, struct secret *out,
		      struct err *e)
{
	char first[LINE_SIZE] = "", second[LINE_SIZE] = "";
	bool good = ask_twice(c, prompt, twice, first, second, out, e);

	secret_wipe(first, sizeof(first));
	secret_wipe(second, sizeof(second));
	return good;
}

bool cli_password(struct cli *c, const char *prompt, bool twice, struct secret *out, bool *given,
		  struct err *e)
{
	const char *file = cli_str(c, "password-file");

	*given = true;
	if (file)
		return secret_read_file(out, file, e);
	*given = cli_can_ask(c);
	return !*given || cli_ask_password(c, prompt, twice, out, e);
}

bool cli_write_file(struct cli *c, const char *path, struct span content, bool secret,
		    struct err *e)
{
	struct stat st;
	bool good;
	int fd;

	if (strcmp(path, "-") == 0) {
		fflush(c->env->out);
		return file_write_fd(fileno(c->env->out), "standard output", content, e);
	}
	if (stat(path, &st) != 0 || S_ISREG(st.st_mode))
		return file_replace(path, secret ? 0600 : 0644, content, e);
	fd = open(path, O_WRONLY | O_CLOEXEC); /* a pipe or a terminal */
	if (fd < 0)
		return err_sys(e, errno, "cannot open '%s'", path);
	good = file_write_fd(fd, path, content, e);
	if (close(fd) != 0 && good)
		return err_sys(e, errno, "cannot write '%s'", path);
	return good;
}
