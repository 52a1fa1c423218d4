/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/span.h"
#include "store/store.h"

#include <stddef.h>

/*
 * Rows of certificates. A row is handed to a function while the statement stands on it: everything
 * in struct store_cert is borrowed for that call. A certificate that is in no store any more is
 * marked removed and stays until it is purged.
 */
struct store_cert {
	int64_t id;
	const char *sha256;
	const char *friendly_name; /* "" none */
	bool self_signed, has_key, exportable;
	int64_t added_at_s, removed_at_s; /* removed: 0 no */
	struct span der;
	const char *stores;	  /* JSON array of names */
	const char *removed_from; /* JSON array of names that a restore brings back */
	const char *uses;	  /* JSON array of {"kind","name"} */
};

typedef bool (*store_cert_fn)(void *arg, const struct store_cert *row, struct err *e);

struct store_cert_new {
	const char *sha256, *sha1, *spki_sha256, *friendly_name, *subject, *issuer;
	const char *search; /* lower case: names and SANs */
	struct span der;
	int64_t not_before_s, not_after_s, added_at_s;
	bool is_ca, self_signed, for_server, for_client;
};

/* Finds the key of the same public key by itself. */
bool store_cert_insert(struct store *s, const struct store_cert_new *n, int64_t *id_out,
		       struct err *e) MUST_USE;
/* The bytes of a row that lost them; *mended_out: they were others. */
bool store_cert_mend(struct store *s, int64_t id, struct span der, bool *mended_out,
		     struct err *e) MUST_USE;
bool store_cert_id(struct store *s, const char *sha256, int64_t *id_out /* 0: none */,
		   struct err *e) MUST_USE;

/* Each certificate, removed ones too, whose SHA-256, SHA-1 or friendly name is this. hex may be
 * NULL. */
bool store_cert_named(struct store *s, const char *hex, const char *friendly_name, store_cert_fn fn,
		      void *arg, struct err *e) MUST_USE;
bool store_cert_by_spki(struct store *s, const char *spki_sha256, store_cert_fn fn, void *arg,
			struct err *e) MUST_USE;
bool store_cert_members(struct store *s, const char *store, store_cert_fn fn, void *arg,
			struct err *e) MUST_USE;

struct store_cert_filter {
	const char *store;   /* NULL: all */
	const char *text;    /* NULL, or lower case: part of a name */
	const char *hex;     /* NULL, or lower case: how a fingerprint starts */
	const char *purpose; /* NULL, "server", "client", "ca" */
	int64_t expires_before_s;
	int has_key, used; /* -1 any */
	bool removed;	   /* the removed ones instead */
	const char *sort;  /* NULL: subject */
	bool descending;
	int64_t after_id; /* 0: from the start */
	int limit;
};
bool store_cert_sort_known(const char *sort);
bool store_cert_list(struct store *s, const struct store_cert_filter *f, store_cert_fn fn,
		     void *arg, struct err *e) MUST_USE;
bool store_cert_count(struct store *s, const struct store_cert_filter *f, int64_t *out,
		      struct err *e) MUST_USE;

bool store_cert_set_friendly_name(struct store *s, int64_t id, const char *name,
				  struct err *e) MUST_USE;
/* ERR_IN_USE when something relies on it (the view cert_uses). */
bool store_cert_mark_removed(struct store *s, int64_t id, int64_t at_s, struct err *e) MUST_USE;
bool store_cert_unmark(struct store *s, int64_t id, struct err *e) MUST_USE;
/* Deletes for good what was removed before before_s, with keys that nothing needs any more. What a
 * row elsewhere still points at stays. */
bool store_cert_purge(struct store *s, int64_t before_s, int64_t *n_out, struct err *e) MUST_USE;
