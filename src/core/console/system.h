/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "core/core.h"

/*
 * The console as a whole: what it is, how it is, and its figures.
 */

/* {version, time, server_name, state_dir, tls_generation, trust_generation, change_seq, schema,
 *  degraded, problems[{id, verdict, evidence, remedy}], backup{name, time, change_seq}} */
bool system_show(struct core *c, json_t **out, struct err *e) MUST_USE;
/* Only the problems, as an array: bindings that cannot serve what is bound, drift, stores that
 * refuse everybody. */
bool system_problems(struct core *c, json_t **out, struct err *e) MUST_USE;

/* Prometheus text: certificates, bindings, revocation lists, generations. */
bool system_metrics(struct core *c, struct buf *out, struct err *e) MUST_USE;
