/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"
#include "core/core.h"

/* For refusal_show.c alone: a record as it was written, with paths and presented. ERR_NOT_FOUND */
bool refusal_record(struct core *c, const char *id, json_t **out, struct err *e) MUST_USE;
