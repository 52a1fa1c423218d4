/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"
#include "store/bindings.h"

/*
 * Client-certificate rules of single path prefixes on a binding, in three forms: REST's
 * [{"prefix","client_certs"}], the command line's "/api=require,/agents=accept", and the store's text.
 * The longest prefix that fits holds, and never weakens the binding's own rule.
 * *out is untouched on failure. Errors request.member
 */
bool path_rules_from_json(const json_t *array, char out[static PATH_RULES_TEXT_MAX],
			  struct err *e) MUST_USE;
bool path_rules_from_text(const char *text, char out[static PATH_RULES_TEXT_MAX],
			  struct err *e) MUST_USE;
json_t *path_rules_view(const char *stored); /* NULL: no memory */
