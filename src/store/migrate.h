/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "store/store.h"

#include <stdbool.h>

/*
 * The schema, step by step, forward only. A new step is a file store/schema_N.c that defines
 * schema_N, a text of statements whose last one is "PRAGMA user_version = N;", plus its line here
 * and its row in migrate.c. A step that has been released is never edited. Each step runs in one
 * transaction of its own, under the lock that store_open() holds.
 *
 * What relies on a certificate or a store is told by the views cert_uses (cert_id, kind, name) and
 * store_uses (store_id, kind, name): a step that adds such a table drops and makes them anew with
 * its part joined by UNION ALL, and deletion is refused from then on.
 */
extern const char schema_1[];
extern const char schema_2[];
extern const char schema_3[];
extern const char schema_4[];
extern const char schema_5[];
extern const char schema_6[];
extern const char schema_7[];
extern const char schema_8[];
extern const char schema_9[];
extern const char schema_10[];
extern const char schema_11[];
extern const char schema_12[];
extern const char schema_13[];
extern const char schema_14[];
extern const char schema_15[];
extern const char schema_16[];

bool migrate(struct store *s, struct err *e) MUST_USE;
/* The statements of one step, from 1: for the tests of migration from every old version. */
const char *migrate_step(int step);
