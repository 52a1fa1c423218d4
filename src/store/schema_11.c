/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/migrate.h"

/*
 * A change may wait until a share of the agents (percent) knows the new host certificate.
 */
const char schema_11[] = "ALTER TABLE changes ADD COLUMN wait_agents INTEGER NOT NULL DEFAULT 0;"

			 "PRAGMA user_version = 11;";
