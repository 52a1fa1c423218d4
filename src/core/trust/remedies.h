/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"
#include "trust/judge.h"

#include "base/json.h"

/*
 * What an administrator does about a verdict, the likeliest cause first: an array of {text}, and
 * where the console can do it {action: move|import|replace|restore, safe, sha256, method, href,
 * body}: one request, or the cure of core/trust/cures.h. safe: adds no anchor, and can be undone. Tells apart
 * causes that share one log line by looking at the stores. Empty for an accepted one; NULL when memory is short.
 */
json_t *remedies_for(struct core *c, const struct verdict *v, const struct trust_policy *policy);
