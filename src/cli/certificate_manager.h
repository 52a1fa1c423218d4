/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cli/cli.h"

/*
 * CertificateManager, as Apex One's documents write it: one switch, then its arguments, in any case,
 * with "-", "/" or an en dash. Works on this machine's state directory only.
 *	-c PASSWORD | -b PASSWORD ZIP | -r PASSWORD ZIP | -re PASSWORD ZIP | -e FILE |
 *	-i PASSWORD PFX | -ine PASSWORD PFX | -l CSV
 * A PASSWORD of "-" is asked for, or read from --password-file. Exit codes: CONTRACTS.md.
 */
int certificate_manager_main(int argc, char **argv, const struct cli_env *env);
