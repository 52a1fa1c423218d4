/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/secret.h"
#include "core/reading/zip.h"
#include "core/roots/reg_file.h"
#include "x509/bag.h"

#include <stdint.h>

/*
 * What the two sides of core/reading/reader.h say to one another. Numbers are little-endian. The request is
 * trusted by the reader; its answer is not trusted by anybody: each length, count, code, name,
 * certificate, key and list in it is held against its limit and read anew.
 */
enum reader_kind { READER_BAG = 1, READER_PFX, READER_ZIP, READER_REG };

struct reader_request {
	enum reader_kind kind;
	bool allow_no_mac, has_password;
	struct secret password;
	struct buf file;
};

/* In front of password and file, which follow as they are. */
#define READER_HEAD_BYTES 12
void reader_head_write(enum reader_kind kind, bool allow_no_mac, const struct secret *password,
		       size_t file_len, uint8_t out[static READER_HEAD_BYTES]);
bool reader_head_read(const uint8_t in[static READER_HEAD_BYTES], struct reader_request *out,
		      size_t *password_len_out, size_t *file_len_out) MUST_USE;

void reader_error_write(const struct err *why, struct buf *out);
void reader_bag_write(const struct bag *b, struct buf *out);
void reader_zip_write(const struct zip *z, struct buf *out);
void reader_reg_write(const struct reg_settings *r, struct buf *out);

/*
 * Each takes a whole answer. False with the reader's own error, or with file.reader_stopped when the
 * answer is none. out is untouched then.
 */
bool reader_bag_read(struct span in, struct bag *out, struct err *e) MUST_USE;
bool reader_zip_read(struct span in, struct zip *out, struct err *e) MUST_USE;
bool reader_reg_read(struct span in, struct reg_settings *out, struct err *e) MUST_USE;
