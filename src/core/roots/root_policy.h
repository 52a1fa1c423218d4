/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/span.h"
#include "core/core.h"

/*
 * "Turn off Automatic Root Certificates Update", as Windows has it (DisableRootAutoUpdate): for the server, and for each
 * agent, whose own counts unless it is not configured. Only on keeps an agent from fetching by itself what the catalogue
 * names and it lacks; what an administrator deploys it takes in any case.
 *
 * not_configured  agents fetch
 * on		   DisableRootAutoUpdate = 1: automatic update is turned off, they do not
 * off		   DisableRootAutoUpdate = 0: they fetch
 */
#define ROOT_POLICY_SETTING "root_update_policy"

enum root_policy { ROOT_POLICY_NOT_CONFIGURED, ROOT_POLICY_ON, ROOT_POLICY_OFF, ROOT_POLICIES };
const char *root_policy_name(enum root_policy p);
bool root_policy_parse(const char *name, enum root_policy *out, struct err *e) MUST_USE;
enum root_policy root_policy_from(int64_t n); /* as the database has it */
enum root_policy root_policy_effective(enum root_policy of_agent, enum root_policy of_server);

bool root_policy_of_server(struct core *c, enum root_policy *out, struct err *e) MUST_USE;
/* {"policy", "agents":{not_configured, on, off}, "effective_on", "would_be_helped"}: agents by their own policy; how
 * many do not fetch; how many of those lack what is offered. */
bool root_policy_show(struct core *c, json_t **out, struct err *e) MUST_USE;
/* PERM_SETTINGS; agent NULL: the server's. */
bool root_policy_set(struct core *c, const struct actor *by, const char *agent, enum root_policy p,
		     struct err *e) MUST_USE;
/* Sets what a .reg file or a Registry.pol says of DisableRootAutoUpdate; taken away there, it is not configured.
 * {"policy", "value": n|null, "agent"|null}. Errors: reg.format, reg.no_policy, file.reader_*, and those of setting it. */
bool root_policy_import(struct core *c, const struct actor *by, struct span file, const char *agent,
			json_t **out, struct err *e) MUST_USE;
