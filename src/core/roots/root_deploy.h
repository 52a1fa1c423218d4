/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"
#include "core/core.h"

/*
 * One action that brings agents what they lack of the catalogue: a rollout of the command "roots", which names
 * certificates by SHA-256 and the store that each belongs in. Agents fetch the bytes from the distribution point and
 * check them against the digest.
 * Errors   root.not_found, root.not_deployable, agent.not_found, rollout.*
 */
#define ROOT_DEPLOY_MAX 200 /* certificates in one command */

struct root_deploy {
	const json_t *roots;  /* ids of entries; NULL: all that can be had */
	const json_t *agents; /* ids; NULL: all that lack any of them */
	bool dry_run;
};
/* The rollout; or dry {"agents": n, "distrusting": n, "roots":[{id, name, agents}], "left_out":[{id, name, why}]}. Named
 * agents that have everything, or to which nothing can be brought, are left out; one that sent no inventory is asked.
 * distrusting: agents with one of these in Disallowed, to which it is not sent since they would refuse it. */
bool root_deploy(struct core *c, const struct actor *by, const struct root_deploy *r, json_t **out,
		 struct err *e) MUST_USE;
