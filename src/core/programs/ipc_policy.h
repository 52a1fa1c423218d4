/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"
#include "trust/judge.h"

/*
 * Whether the console and those who call it over its local socket must run signed programs: the setting
 * ipc_signatures. Whom to believe is in the console's own stores. docs/IPC.md
 */
#define IPC_SETTING "ipc_signatures"
#define IPC_REQUIRED "required"

/* *view_out NULL: it is off; else yours. */
bool ipc_policy_read(struct core *c, struct trust_view **view_out, struct err *e) MUST_USE;

/* Whether this program would be let in. Errors: as core/programs/program.h */
bool ipc_policy_self(struct core *c, struct err *e) MUST_USE;

/* Whether value can be set without locking out the program that asks, or the console. Where no console runs, the
 * certbinderd beside this program is looked at. Errors: as core/programs/program.h */
bool ipc_policy_fits(struct core *c, const json_t *value, struct err *e) MUST_USE;
