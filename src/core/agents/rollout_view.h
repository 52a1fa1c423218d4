/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/agents/rollouts.h"
#include "store/rollouts.h"

/*
 * For core/ alone: a rollout in words, with its counts.
 */
bool rollout_view(struct core *c, const struct rollout_row *r, json_t **out,
		  struct err *e) MUST_USE;
