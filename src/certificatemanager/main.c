/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/log.h"
#include "cli/certificate_manager.h"
#include "core/control.h"

#include <stdio.h>
#include <sys/resource.h>

int main(int argc, char **argv)
{
	const struct cli_env env = {.program = "CertificateManager",
				    .in = stdin,
				    .out = stdout,
				    .err = stderr,
				    .hooks = control_hooks};
	const struct rlimit no_core = {0, 0};

	setrlimit(RLIMIT_CORE, &no_core); /* keys and passwords pass through here */
	log_init("CertificateManager", LOG_WARNING);
	return certificate_manager_main(argc, argv, &env);
}
