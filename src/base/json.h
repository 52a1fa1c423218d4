/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * jansson with our manners: typed readers whose message holds the path of the member, limits on
 * size and depth, and builders with sticky failure.
 *
 * Readers: key must be a member of o with this type, else json_refuse(). 'x.y' is y of x, unless o
 * has a member of that name. The _opt forms leave *out alone when the member is absent or null.
 */
#define JSON_MAX_BYTES ((size_t)12 << 20) /* an uploaded file in base64 */
#define JSON_MAX_DEPTH 32		  /* nesting of a document */

/* Duplicates refused; reason "request.json". */
bool json_read(struct span in, json_t **out, struct err *e) MUST_USE;
bool json_get_str(const json_t *o, const char *key, const char **out, struct err *e) MUST_USE;
bool json_get_str_opt(const json_t *o, const char *key, const char **out, struct err *e) MUST_USE;
bool json_get_int(const json_t *o, const char *key, int64_t min, int64_t max, int64_t *out,
		  struct err *e) MUST_USE;
bool json_get_int_opt(const json_t *o, const char *key, int64_t min, int64_t max, int64_t *out,
		      struct err *e) MUST_USE;
bool json_get_bool_opt(const json_t *o, const char *key, bool *out, struct err *e) MUST_USE;
/* Borrowed. */
bool json_get_object(const json_t *o, const char *key, json_t **out, struct err *e) MUST_USE;
/* Borrowed. */
bool json_get_array_opt(const json_t *o, const char *key, json_t **out, struct err *e) MUST_USE;

/*
 * A member that is missing or wrong: reason "request.member", text "member 'x.y' ...", and
 * e->pointer says where it stands. Returns false.
 */
#define json_refuse(e, key, ...) json_refuse_at((e), (key), __FILE__, __LINE__, __VA_ARGS__)
bool json_refuse_at(struct err *e, const char *key, const char *file, int line, const char *fmt,
		    ...) PRINTF(5, 6);
/* A member that is not known here. Its name is the stranger's: its dots lead nowhere. */
bool json_refuse_unknown(struct err *e, const char *name);
/* What e refused stands in an element of a list: moves e->pointer there. Returns false. */
bool json_refuse_in(struct err *e, const char *list, size_t i);

bool json_write(const json_t *v, struct buf *out, struct err *e) MUST_USE; /* compact */
bool json_write_pretty(const json_t *v, struct buf *out, struct err *e) MUST_USE;

/* Strings that may not be UTF-8 (names out of certificates): invalid bytes become U+FFFD. */
json_t *json_text(struct span s);
json_t *json_time(int64_t t_s);	 /* RFC 3339 */
json_t *json_hex(struct span s); /* lower case */

/* Requests and answers hold passwords and tokens: from here on everything that jansson gives back is
 * wiped first. Once, before any other use of it: by each main(). */
void json_wipe_on_free(void);

static inline void json_autop(json_t **p)
{
	json_decref(*p);
}
#define AUTO_JSON AUTO(json_autop)
