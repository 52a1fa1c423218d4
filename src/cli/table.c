/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/cli.h"

const struct cli_command cli_completion[] = {
	{.words = "completion",
	 .args = "bash|zsh|fish",
	 .min_args = 1,
	 .max_args = 1,
	 .flags = CLI_NO_STATE,
	 .run = cli_complete,
	 .summary = "print a completion script"},
	{.words = NULL},
};

const struct cli_group cli_groups[] = {
	{"cert", "Certificates", cli_cert},
	{"csr", "Certificate requests", cli_csr},
	{"store", "Stores", cli_store},
	{"bind", "Bindings", cli_bind},
	{"drift", "Bound, trusted and published certificate", cli_drift},
	{"ipcer", "OfcIPCer.dat", cli_ipcer},
	{"trust", "Trust in client certificates", cli_trust},
	{"refusal", "Refused client certificates", cli_refusal},
	{"crl", "Revocation lists", cli_crl},
	{"root", "Certificates that signature checks need", cli_root},
	{"update", "Update packages for agents", cli_update},
	{"agent", "Agents: state, mismatches, commands", cli_agent},
	{"rollout", "Commands to many agents", cli_rollout},
	{"key", "Authentication keys: how agents know the server", cli_key},
	{"backup", "Backups of the console", cli_backup},
	{"token", "API tokens", cli_token},
	{"account", "Accounts", cli_account},
	{"setup-code", "Set-up", cli_setup},
	{"settings", "Settings", cli_settings},
	{"audit", "Audit trail", cli_audit},
	{"status", "State of the console", cli_status},
	{"completion", "Shell", cli_completion},
	{NULL, NULL, NULL},
};
