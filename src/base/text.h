/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Text without locale: ASCII case, hex, base64, UTF-8.
 */
char ascii_lower(char c);
bool ascii_is_digit(char c);
bool ascii_is_alpha(char c);
bool ascii_is_space(char c);
bool text_equal_nocase(const char *a, const char *b); /* ASCII */
bool span_equal_nocase(struct span a, struct span b); /* ASCII */
bool text_starts_with(const char *s, const char *prefix);
bool text_ends_with(const char *s, const char *suffix);
bool text_is_utf8(struct span s); /* well formed by Unicode, no surrogates; NUL allowed */
void text_copy(char *dst, size_t size, const char *src); /* always terminated, cut at a character */

void hex_lower(struct span in, char *out); /* out has room for 2 * len + 1 */
void hex_upper(struct span in, char *out);
/* Exactly so many digits, in lower case. */
bool hex_is_lower(const char *s, size_t digits);
bool hex_decode(const char *s, size_t len, uint8_t *out, size_t out_size, size_t *n_out) MUST_USE;

/*
 * Takes a fingerprint as people paste it (any case, spaces, colons, dashes, U+200E, U+200F,
 * U+FEFF): plain lower-case hex.
 */
bool fingerprint_normalise(const char *in, char *out, size_t out_size) MUST_USE;

void base64_encode(struct span in, struct buf *out);
void base64_lines(struct span in, size_t columns, struct buf *out); /* each line ends in \n */
/* White space is skipped; padding must be right. */
bool base64_decode(struct span in, struct buf *out) MUST_USE;
void base64url_encode(struct span in, struct buf *out);		 /* without padding */
bool base64url_decode(struct span in, struct buf *out) MUST_USE; /* without padding, canonical */

/*
 * Appends s with everything but printable ASCII and valid UTF-8 letters as \xNN: for logs and
 * terminals.
 */
void text_escape(struct buf *out, struct span s);
