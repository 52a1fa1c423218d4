/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/store.h"

/*
 * Rows of the catalogue of required root and intermediate certificates, each with the certificate of that fingerprint
 * in the stores, if there is one. Digests are lower-case hex, NULL when they are not known.
 */
struct required_root_row {
	int64_t id;		   /* 0 in a new one */
	const char *name, *store;  /* "Root" or "CA" */
	const char *sha1, *sha256; /* NULL: not known */
	const char *needed_for, *since;
	bool shipped;		  /* came with the program */
	const char *confirmed_by; /* NULL: nobody confirmed a certificate */
	/* read only: the certificate in the stores */
	const char *cert_sha256; /* NULL: none */
	const char *cert_stores; /* JSON array of names */
	int64_t not_after_s;
	bool self_signed;
};

/* The strings are borrowed for the call. */
typedef bool (*required_root_fn)(void *arg, const struct required_root_row *row, struct err *e);

bool required_root_row_insert(struct store *s, const struct required_root_row *n, int64_t *id_out,
			      struct err *e) MUST_USE; /* ERR_EXISTS: that digest is listed */
bool required_root_row_update(struct store *s, const struct required_root_row *n,
			      struct err *e) MUST_USE;
bool required_root_row_delete(struct store *s, int64_t id, struct err *e) MUST_USE;
bool required_root_row_find(struct store *s, int64_t id, required_root_fn fn, void *arg,
			    bool *found_out, struct err *e) MUST_USE;
bool required_root_row_list(struct store *s, required_root_fn fn, void *arg,
			    struct err *e) MUST_USE;
/* The entry of this certificate, by either digest. */
bool required_root_row_of(struct store *s, const char *sha256, const char *sha1,
			  required_root_fn fn, void *arg, bool *found_out, struct err *e) MUST_USE;
/* SHA-256 of the live CA certificates whose subject has this common name. */
typedef bool (*required_root_candidate_fn)(void *arg, const char *sha256, struct err *e);
bool required_root_row_candidates(struct store *s, const char *name, required_root_candidate_fn fn,
				  void *arg, struct err *e) MUST_USE;
