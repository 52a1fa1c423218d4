/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/secret.h"
#include "core/reading/zip.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static bool starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static void read_with(struct span in, const struct secret *password)
{
	struct zip z AUTO_ZIP = ZIP_INIT;
	struct err e = ERR_INIT;
	size_t total = 0;

	if (!zip_read(in, password, &z, &e)) {
		must(z.n == 0 && e.code != ERR_OK);
		return;
	}
	must(z.n <= ZIP_MAX_MEMBERS);
	for (size_t i = 0; i < z.n; i++) {
		const char *name = z.members[i].name;

		must(name[0] != '\0' && name[0] != '/' && !strstr(name, "/../"));
		must(!starts_with(name, "../") && zip_find(&z, name) != NULL);
		total += z.members[i].data.len;
	}
	must(total <= ZIP_TOTAL_MAX_BYTES);
}

/* A backup that somebody else may have made; the password of every sample is "secret". */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct secret password AUTO_SECRET = SECRET_INIT;
	struct err e = ERR_INIT;

	must(secret_set(&password, "secret", 6, &e));
	read_with(span_of(data, size), &password);
	read_with(span_of(data, size), NULL);
	return 0;
}
