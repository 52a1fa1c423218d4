/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Memory that runs short on command: base/mem counts (mem_fail_at), and with this the allocations of
 * SQLite and jansson count too. Before either is used.
 */
void short_hooks(void);
