/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Numbers from text: decimal digits only, no sign unless signed, no spaces, no overflow, the whole
 * text or nothing.
 */
bool num_u64(const char *s, uint64_t max, uint64_t *out) MUST_USE;
bool num_u64_n(const char *s, size_t len, uint64_t max, uint64_t *out) MUST_USE;
bool num_i64(const char *s, int64_t *out) MUST_USE;
bool num_port(const char *s, uint16_t *out) MUST_USE; /* 0 to 65535 */
