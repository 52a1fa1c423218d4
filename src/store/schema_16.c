/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/migrate.h"

/*
 * How many files a package has, so that lists need not read which they are.
 */
const char schema_16[] =
	"ALTER TABLE update_packages ADD COLUMN n_files INTEGER NOT NULL DEFAULT 0;"
	"UPDATE update_packages SET n_files = json_array_length(files) WHERE json_valid(files);"

	"PRAGMA user_version = 16;";
