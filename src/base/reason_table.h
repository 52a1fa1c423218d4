/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/reason.h"

/*
 * The rows behind base/reason.h; for base/reason.c only. Ends with a row without code. Grouped by
 * prefix, one row per code, never one removed: scripts rely on them.
 */
extern const struct reason reason_rows[];
