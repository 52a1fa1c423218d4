/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/*
 * What the fuzz targets share. must() states what holds for every input; where it does not, that is
 * a finding like any other crash.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void must(bool holds)
{
	if (!holds)
		abort();
}
