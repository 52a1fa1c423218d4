/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"
#include <stdbool.h>

/*
 * The item of a list (an array, or {"items": [...]}) whose member key is value: a reference, yours;
 * NULL when there is none. nocase: ASCII.
 */
json_t *api_pick(const json_t *list, const char *key, const char *value, bool nocase);
