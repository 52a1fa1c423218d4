/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/digest.h"
#include "core/roots/required_roots.h"
#include "store/required_roots.h"
#include "x509/cert.h"

/*
 * One entry of the catalogue as a value; for core/required_root*.c alone.
 */
struct required_root {
	int64_t id;
	char name[REQUIRED_ROOT_TEXT_MAX + 1], store[8];
	char sha1[2 * SHA1_BYTES + 1], sha256[2 * SHA256_BYTES + 1]; /* "" not known */
	char needed_for[REQUIRED_ROOT_TEXT_MAX + 1], since[REQUIRED_ROOT_TEXT_MAX + 1];
	bool shipped;
	char confirmed_by[128];			/* "" nobody */
	char cert_sha256[2 * SHA256_BYTES + 1]; /* "" not in the stores */
	json_t *cert_stores;			/* owned */
	int64_t not_after_s;
	bool self_signed;
};

void required_root_clear(struct required_root *r);
#define AUTO_REQUIRED_ROOT AUTO(required_root_clear)

bool required_root_read(void *out, const struct required_root_row *row, struct err *e) MUST_USE;
struct required_root_row required_root_row_from(const struct required_root *r); /* borrows */
/* "12"; ERR_NOT_FOUND root.not_found */
bool required_root_find(struct core *c, const char *id, struct required_root *out,
			struct err *e) MUST_USE;
bool required_root_view(struct core *c, const struct required_root *r, json_t **out,
			struct err *e) MUST_USE;
const char *required_root_state(const struct required_root *r, int64_t now_s);
/* Whether its certificate is a member of this store. */
bool required_root_lies_in(const struct required_root *r, const char *store);
/* Sets the digests; in a transaction, with the audit row. */
bool required_root_set_certificate(struct core *c, const struct actor *by, struct required_root *r,
				   const struct cert *cert, struct err *e) MUST_USE;
