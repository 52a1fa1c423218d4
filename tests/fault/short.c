/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/fault/short.h"

#include "base/json.h"
#include "base/mem.h"

#include <sqlite3.h>

static sqlite3_mem_methods sqlite_own;

static void *for_sqlite(int size)
{
	return mem_should_fail() ? NULL : sqlite_own.xMalloc(size);
}

static void *again_for_sqlite(void *p, int size)
{
	return mem_should_fail() ? NULL : sqlite_own.xRealloc(p, size);
}

void short_hooks(void)
{
	sqlite3_mem_methods counted;

	sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_own);
	counted = sqlite_own;
	counted.xMalloc = for_sqlite;
	counted.xRealloc = again_for_sqlite;
	sqlite3_config(SQLITE_CONFIG_MALLOC, &counted);
	json_wipe_on_free();
}
