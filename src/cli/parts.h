/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cli/cli.h"

/*
 * What the groups of commands share with one another.
 */
extern const struct cli_option cli_export_options[];
extern const struct cli_option cli_evidence_options[];
bool cli_trust_evidence(struct cli *c, struct err *e) MUST_USE;
bool cli_cert_export(struct cli *c, struct err *e) MUST_USE;
/* The answer of an import: table or JSON, warnings named (exit code 10). */
void cli_print_import(struct cli *c, const json_t *result);
bool cli_cert_show(struct cli *c, struct err *e) MUST_USE;
bool cli_cert_chain(struct cli *c, struct err *e) MUST_USE;
bool cli_cert_usage(struct cli *c, struct err *e) MUST_USE;
bool cli_print_object(struct cli *c, json_t *o /* stolen */);
/* A change of a binding: sentence or JSON, failed checks in full. */
void cli_print_change(struct cli *c, const json_t *change);
void cli_print_checks(struct cli *c, const json_t *checks);
void cli_look_later(void); /* between two looks at something that is waited for */
/* Whether so many percent of the reporting agents know a staged change's certificate. */
bool cli_agents_ready(struct cli *c, const char *change, int percent);
/* What a CLI_MANY option names, as a list; NULL, when none was given, means all. */
bool cli_ids(struct cli *c, const char *option, json_t **out, struct err *e) MUST_USE;
/* --wait: read it before anything is begun. */
bool cli_rollout_wait(struct cli *c, int64_t otherwise_s, int64_t *out, struct err *e) MUST_USE;
/* Waits so long for a rollout, prints how it stands; exit code 4 when not all did it. rollout is stolen. */
bool cli_rollout_follow(struct cli *c, json_t *rollout, int64_t wait_s, struct err *e) MUST_USE;
/* root_agents.c */
bool cli_root_coverage(struct cli *c, struct err *e) MUST_USE;
bool cli_root_agents(struct cli *c, struct err *e) MUST_USE;
bool cli_root_deploy(struct cli *c, struct err *e) MUST_USE;
bool cli_root_policy(struct cli *c, struct err *e) MUST_USE;
extern const struct cli_option cli_root_agents_options[], cli_root_deploy_options[],
	cli_root_policy_options[];
bool cli_agent_notify(struct cli *c, struct err *e) MUST_USE;
bool cli_bind_confirm(struct cli *c, struct err *e) MUST_USE;
