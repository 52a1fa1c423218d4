/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/harden.h"
#include "base/json.h"
#include "base/log.h"
#include "cli/certificate_manager.h"
#include "core/programs/control.h"
#include "core/programs/witness.h"
#include "core/reading/reader.h"
#include "core/reading/zip.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	const struct cli_env env = {.program = "CertificateManager",
				    .in = stdin,
				    .out = stdout,
				    .err = stderr,
				    .hooks = control_hooks};
	struct err e = ERR_INIT;
	int code;

	log_init("CertificateManager", LOG_WARNING);
	json_wipe_on_free();
	zip_names_utf8();
	if (!process_harden(&e) || !reader_start(&e) || !witness_start(argv, &e)) {
		log_error("program.harden", "%s", e.text);
		return 1;
	}
	code = certificate_manager_main(argc, argv, &env);
	witness_stop();
	reader_stop();
	return code;
}
