/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/harden.h"
#include "base/json.h"
#include "base/log.h"
#include "cli/cli.h"
#include "core/programs/control.h"
#include "core/programs/witness.h"
#include "core/reading/reader.h"
#include "core/reading/zip.h"
#include "wire/download.h"

#include <stdio.h>

static bool hook_download(void *arg, const struct download_request *r, struct buf *out,
			  struct err *e)
{
	(void)arg;
	return download_get(r, NULL, out, e);
}

static void hooks(const char *state_dir, struct core_hooks *out)
{
	control_hooks(state_dir, out);
	out->download = hook_download;
}

int main(int argc, char **argv)
{
	const struct cli_env env = {
		.program = "certbinder", .in = stdin, .out = stdout, .err = stderr, .hooks = hooks};
	struct err e = ERR_INIT;
	int code;

	log_init("certbinder", LOG_WARNING);
	json_wipe_on_free();
	zip_names_utf8();
	if (!process_harden(&e) || !reader_start(&e) || !witness_start(argv, &e)) {
		log_error("program.harden", "%s", e.text);
		return 1;
	}
	code = cli_main(argc, argv, &env);
	witness_stop();
	reader_stop();
	return code;
}
