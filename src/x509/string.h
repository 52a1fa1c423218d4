/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The string types of X.520 as a run of Unicode code points. T61String is read as Latin-1, as everybody writes it.
 */
struct string_reader {
	int tag;
	struct span value;
	size_t at;
};

enum string_step { STRING_END, STRING_CHAR, STRING_BAD /* not what the type says it is */ };

bool string_is_text(int tag); /* a tag that string_next() knows */
struct string_reader string_reader(int tag, struct span value);
enum string_step string_next(struct string_reader *r, uint32_t *cp_out);

/* Only characters that the type allows: PrintableString's 74, seven bits in IA5String and VisibleString. */
bool string_is_sound(int tag, struct span value);
/* A value as UTF-8; false, nothing added, where it is no text or is malformed. */
bool string_to_utf8(int tag, struct span value, struct buf *out);
void utf8_add(struct buf *out, uint32_t cp);

/* Simple case folding of the Latin, Greek, Cyrillic and Armenian letters; the rest stays. */
uint32_t unicode_fold(uint32_t cp);
bool unicode_is_space(uint32_t cp); /* RFC 4518 2.2: what becomes SPACE */
