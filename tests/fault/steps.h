/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "core/bindings/bindings.h"
#include "core/core.h"

/*
 * What the programs of tests/fault do to a console, each step through core/ alone.
 */
extern const struct actor steps_actor;

int steps_fail(const char *what, const struct err *e); /* 1 */
/* A host certificate for this name and 127.0.0.1, with its key, as PEM. */
bool steps_cert_make(const char *cn, struct buf *pem_out, char sha256_out[static 65],
		     struct err *e) MUST_USE;
bool steps_import(struct core *c, const struct buf *pem, struct err *e) MUST_USE;
struct bind_request steps_bind_to(const char *cert);
/* The start of the console, up to what it would serve: {served, bound, degraded, file, drift, trusted}. */
bool steps_start(struct core *c, json_t **out, struct err *e) MUST_USE;
