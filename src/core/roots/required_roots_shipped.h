/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

/*
 * data/required-roots.yaml as JSON, made at build time by scripts/openapi-json.
 */
extern const unsigned char required_roots_shipped[];
extern const size_t required_roots_shipped_len;
