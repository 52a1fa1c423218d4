/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"
#include "core/core.h"

/*
 * Doing what a refusal's record proposes: one of its remedies with an action, in one transaction.
 * remedy   its place in remedies, from 1; 0: the first that is safe
 * *out	    {"remedy", "action", "done", "undo": {"text", "steps": [{"method","href","body"?}],
 *	    "commands": ["certbinder ..."]}}
 * Errors   refusal.nothing_to_do, and those of moving, importing and removing
 */
bool refusals_cure(struct core *c, const struct actor *by, const char *id, int remedy, json_t **out,
		   struct err *e) MUST_USE;
