/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/span.h"
#include "store/store.h"

/*
 * Settings that were set (JSON values by name; defaults are core/'s), and meta: small values of
 * the program's own that no door shows, such as the sealed head of the audit chain.
 */
bool store_setting_get(struct store *s, const char *name, struct buf *json_out, bool *found_out,
		       struct err *e) MUST_USE;
bool store_setting_set(struct store *s, const char *name, const char *json, int64_t at_s,
		       struct err *e) MUST_USE;
bool store_setting_unset(struct store *s, const char *name, struct err *e) MUST_USE;

bool store_meta_get(struct store *s, const char *name, struct buf *out, bool *found_out,
		    struct err *e) MUST_USE;
bool store_meta_set(struct store *s, const char *name, struct span value, struct err *e) MUST_USE;
bool store_meta_unset(struct store *s, const char *name, struct err *e) MUST_USE;
