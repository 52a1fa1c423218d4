/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/programs/ipc_policy.h"

#include "base/files.h"
#include "base/text.h"
#include "core/certs/trust_stores.h"
#include "core/console/settings.h"
#include "core/programs/program.h"

#include <string.h>

#define CONSOLE_PROGRAM "certbinderd"

bool ipc_policy_read(struct core *c, struct trust_view **view_out, struct err *e)
{
	struct buf is AUTO_BUF = BUF_INIT;

	*view_out = NULL;
	if (!settings_get_str(c, IPC_SETTING, &is, e))
		return false;
	return strcmp(buf_str(&is), IPC_REQUIRED) != 0 || trust_signers_view(c, view_out, e);
}

static bool open_console(const struct program *self, struct program *out, bool *found,
			 struct err *e)
{
	char folder[PATH_MAX], path[PATH_MAX];
	const char *slash = strrchr(self->path, '/');

	text_copy(folder, sizeof(folder), self->path);
	folder[slash - self->path] = '\0';
	if (!path_join(path, sizeof(path), folder, CONSOLE_PROGRAM, e))
		return false;
	*found = file_exists(path);
	return !*found || program_open_file(path, out, e);
}

static bool console_on_disk(struct core *c, const struct program *self,
			    const struct trust_view *view, struct err *e)
{
	struct program console AUTO_PROGRAM = PROGRAM_INIT;
	bool found = false;

	if (!open_console(self, &console, &found, e))
		return false;
	return !found || program_is_signed(&console, view, core_now_s(c), e);
}

static bool console_passes(struct core *c, const struct program *self,
			   const struct trust_view *view, struct err *e)
{
	const struct core_hooks *hooks = core_hooks(c);

	if (!hooks->console_is_signed || hooks->console_is_signed(hooks->arg, e))
		return true;
	if (e->code != ERR_UNREACHABLE)
		return false;
	*e = (struct err)ERR_INIT;
	return console_on_disk(c, self, view, e);
}

static bool self_passes(struct core *c, bool console_too, struct err *e)
{
	struct program self AUTO_PROGRAM = PROGRAM_INIT;
	struct trust_view *view = NULL;
	bool good = trust_signers_view(c, &view, e) && program_open(0, &self, e) &&
		    program_is_signed(&self, view, core_now_s(c), e) &&
		    (!console_too || console_passes(c, &self, view, e));

	trust_view_unref(view);
	return good;
}

bool ipc_policy_self(struct core *c, struct err *e)
{
	return self_passes(c, false, e);
}

bool ipc_policy_fits(struct core *c, const json_t *value, struct err *e)
{
	const char *text = json_string_value(value);

	return !text || strcmp(text, IPC_REQUIRED) != 0 || self_passes(c, true, e) ||
	       err_wrap(e, "nobody would get in");
}
