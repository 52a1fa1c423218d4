/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

/*
 * docs/openapi.yaml as JSON, made at build time by scripts/openapi-json.
 */
extern const unsigned char openapi_json[];
extern const size_t openapi_json_len;
