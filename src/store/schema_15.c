/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/migrate.h"

/*
 * CA certificates by subject, asked for with each report of an agent that lacks one; and the policy in the index by
 * which the agents of an entry are listed, so that a filter by it visits no row in vain.
 */
const char schema_15[] =
	"CREATE INDEX certificates_subject ON certificates (subject, not_after)"
	" WHERE is_ca = 1 AND removed_at IS NULL;"
	"DROP INDEX agents_roots;"
	"CREATE INDEX agents_roots ON agents (name COLLATE NOCASE, id, inventory, root_policy);"

	"PRAGMA user_version = 15;";
