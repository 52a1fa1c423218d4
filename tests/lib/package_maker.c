/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "lib/package_maker.h"

#include "base/digest.h"
#include "base/text.h"
#include "core/updates/package.h"
#include "lib/unit.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct archive *out;
static char path[PATH_MAX];

void package_begin(void)
{
	static int n;

	(void)snprintf(path, sizeof(path), "%s/package-%d.zip", unit_dir(), n++);
	out = archive_write_new();
	assert_int_equal(archive_write_set_format_zip(out), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(out, path), ARCHIVE_OK);
}

void package_add(const char *name, const char *content, size_t len)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, name);
	archive_entry_set_size(entry, (la_int64_t)len);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	assert_int_equal(archive_write_header(out, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(out, content, len), (la_ssize_t)len);
	archive_entry_free(entry);
}

int package_end(void)
{
	int fd;

	assert_int_equal(archive_write_close(out), ARCHIVE_OK);
	archive_write_free(out);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

json_t *package_entry(const char *name, const char *content, json_int_t size)
{
	uint8_t digest[SHA256_BYTES];
	char hex[2 * SHA256_BYTES + 1];

	sha256(span_str(content), digest);
	hex_lower(span_of(digest, sizeof(digest)), hex);
	return json_pack("{s:s, s:I, s:s, s:s}", "name", name, "size", size, "sha256", hex,
			 "version", "1");
}

json_t *package_manifest_of(const char *package, const char *version, json_t *files)
{
	return json_pack("{s:s, s:s, s:o}", "package", package, "version", version, "files", files);
}

int package_of(json_t *manifest, const char *content)
{
	char *text = json_dumps(manifest, JSON_COMPACT);

	assert_non_null(text);
	package_begin();
	package_add(PACKAGE_MANIFEST, text, strlen(text));
	free(text); /* jansson's own allocation */
	json_decref(manifest);
	package_add("a", content, strlen(content));
	return package_end();
}
