/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/span.h"
#include "store/store.h"

/*
 * Rows of update packages. The ZIP itself lies beside the database under its digest; the signature lies in the row
 * too, from which the file is made again.
 */
struct update_row {
	int64_t id; /* 0 in a new one */
	const char *package, *version;
	const char *sha256; /* of the ZIP, lower-case hex */
	int64_t bytes;
	struct span p7s;
	const char *files; /* JSON: those of the manifest; NULL in a list */
	int64_t n_files;
	bool offered;
	int64_t added_s;
	const char *added_by;
};

/* The strings are borrowed for the call. */
typedef bool (*update_fn)(void *arg, const struct update_row *row, struct err *e);

bool update_row_insert(struct store *s, const struct update_row *n, int64_t *id_out,
		       struct err *e) MUST_USE; /* ERR_EXISTS: that ZIP or that version is there */
/* Which of both is there: this ZIP, this version of the package. */
bool update_row_twin(struct store *s, const struct update_row *n, bool *file_out, bool *version_out,
		     struct err *e) MUST_USE;
bool update_row_find(struct store *s, int64_t id, update_fn fn, void *arg, bool *found_out,
		     struct err *e) MUST_USE;
/* The same with id, package, version, sha256, bytes and offered alone. */
bool update_row_find_named(struct store *s, int64_t id, update_fn fn, void *arg, bool *found_out,
			   struct err *e) MUST_USE;
bool update_row_is_there(struct store *s, const char *sha256, bool *out, struct err *e) MUST_USE;
/* By package, newest first. */
bool update_row_list(struct store *s, update_fn fn, void *arg, struct err *e) MUST_USE;
/* Those that are offered, as update_row_find_named() gives one. */
bool update_row_list_offered(struct store *s, update_fn fn, void *arg, struct err *e) MUST_USE;
/* Offering one takes the offer of the package's other version away. */
bool update_row_offer(struct store *s, int64_t id, const char *package, bool offered,
		      struct err *e) MUST_USE;
bool update_row_delete(struct store *s, int64_t id, struct err *e) MUST_USE;
bool update_rows_count(struct store *s, int64_t *n_out, int64_t *n_offered_out,
		       struct err *e) MUST_USE;
