/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/roots/reg_file.h"
#include "tests/fuzz/fuzz.h"

/* What is read is a DWORD or absent, whatever the file says. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reg_settings r = {.mode = -2, .send = -2};
	struct err e = ERR_INIT;

	if (!reg_file_read(span_of(data, size), &r, &e)) {
		must(r.mode == -2 && e.code != ERR_OK);
		return 0;
	}
	must(r.mode >= -1 && r.mode <= INT64_C(0xffffffff));
	must(r.send >= -1 && r.send <= INT64_C(0xffffffff));
	must(r.found_key || (r.mode < 0 && r.send < 0));
	must(r.root_update >= REG_DELETED && r.root_update <= INT64_C(0xffffffff));
	must(r.found_policy_key || r.root_update == -1);
	return 0;
}
