/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"

/* Update packages for unit tests, made by libarchive: a manifest and members, which need not fit together. */

/* One package at a time, in a file below unit_dir(). */
void package_begin(void);
void package_add(const char *name, const char *content, size_t len);
int package_end(void); /* open for reading, yours */

/* An entry of a manifest; its digest is that of content, whatever size is. */
json_t *package_entry(const char *name, const char *content, json_int_t size);
/* Takes files. */
json_t *package_manifest_of(const char *package, const char *version, json_t *files);
/* Takes manifest: a package of it and of one file "a". */
int package_of(json_t *manifest, const char *content);
