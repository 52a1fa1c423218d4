/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/reading/zip.h"

#include "base/mem.h"
#include "base/text.h"

#include <archive.h>
#include <archive_entry.h>
#include <limits.h>
#include <locale.h>
#include <string.h>

static void reader_autop(struct archive **a)
{
	if (*a)
		archive_read_free(*a);
}

static void writer_autop(struct archive **a)
{
	if (*a)
		archive_write_free(*a);
}

static void entry_autop(struct archive_entry **entry)
{
	if (*entry)
		archive_entry_free(*entry);
}

void zip_names_utf8(void)
{
	(void)setlocale(LC_CTYPE, "C.UTF-8"); /* without it ASCII names are read all the same */
}

void zip_clear(struct zip *z)
{
	for (size_t i = 0; i < z->n; i++)
		buf_clear(&z->members[i].data);
	mem_free(z->members);
	*z = (struct zip)ZIP_INIT;
}

/* A name that cannot leave the folder it is unpacked to: relative, no empty, "." or ".." part. */
static bool name_is_safe(const char *name)
{
	if (name[0] == '\0' || strlen(name) > ZIP_NAME_MAX || strchr(name, '\\') ||
	    !text_is_utf8(span_str(name)))
		return false;
	for (const char *part = name;;) {
		size_t len = strcspn(part, "/");

		if (len == 0 || (len == 1 && part[0] == '.') ||
		    (len == 2 && strncmp(part, "..", 2) == 0))
			return false;
		if (part[len] == '\0')
			return true;
		part += len + 1;
	}
}

static bool add_room(struct zip *z, const char *name, struct zip_member **out, struct err *e)
{
	bool is_full = (z->n & (z->n - 1)) == 0; /* there is room for a power of two of them */
	struct zip_member *grown = z->members;

	if (!name_is_safe(name))
		return err_reason(e, "zip.member",
				  "the ZIP has a member with a name that is not taken: '%.200s'",
				  text_is_utf8(span_str(name)) ? name : "?");
	if (z->n >= ZIP_MAX_MEMBERS)
		return err_reason(e, "zip.bomb", "more than %d members in the ZIP",
				  ZIP_MAX_MEMBERS);
	if (is_full)
		grown = mem_grow(z->members, z->n, z->n ? 2 * z->n : 1, sizeof(*grown));
	if (!grown)
		return err_nomem(e);
	z->members = grown;
	*out = &z->members[z->n++];
	text_copy((*out)->name, sizeof((*out)->name), name);
	return true;
}

bool zip_add(struct zip *z, const char *name, struct span data, struct err *e)
{
	struct zip_member *m;

	if (data.len > ZIP_MEMBER_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "'%s' of %zu bytes, at most %zu in a ZIP", name,
			       data.len, ZIP_MEMBER_MAX_BYTES);
	if (!add_room(z, name, &m, e))
		return false;
	m->data.secret = true;
	buf_add_span(&m->data, data);
	return buf_ok(&m->data) || err_nomem(e);
}

const struct zip_member *zip_find(const struct zip *z, const char *name)
{
	for (size_t i = 0; i < z->n; i++)
		if (strcmp(z->members[i].name, name) == 0)
			return &z->members[i];
	return NULL;
}

/* libarchive's write callback: everything goes into one struct buf. */
static la_ssize_t write_to_buf(struct archive *a, void *arg, const void *p, size_t len)
{
	struct buf *out = arg;

	(void)a; /* given by the library, not needed */
	buf_add(out, p, len);
	return buf_ok(out) ? (la_ssize_t)len : -1;
}

static bool write_member(struct archive *a, const struct zip_member *m, int64_t mtime_s,
			 struct err *e)
{
	struct archive_entry *entry AUTO(entry_autop) = archive_entry_new();

	if (!entry)
		return err_nomem(e);
	archive_entry_set_pathname(entry, m->name);
	archive_entry_set_size(entry, (la_int64_t)m->data.len);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0600);
	archive_entry_set_mtime(entry, mtime_s, 0);
	if (archive_write_header(a, entry) != ARCHIVE_OK ||
	    archive_write_data(a, m->data.data, m->data.len) != (la_ssize_t)m->data.len)
		return err_set(e, ERR_IO, "cannot pack '%s': %s", m->name, archive_error_string(a));
	return true;
}

bool zip_write(const struct zip *z, const struct secret *password, int64_t mtime_s, struct buf *out,
	       struct err *e)
{
	struct archive *a AUTO(writer_autop) = archive_write_new();

	if (!a)
		return err_nomem(e);
	out->secret = true;
	if (archive_write_set_format_zip(a) != ARCHIVE_OK ||
	    (password &&
	     (archive_write_set_options(a, "zip:encryption=aes256") != ARCHIVE_OK ||
	      archive_write_set_passphrase(a, (const char *)password->data) != ARCHIVE_OK)) ||
	    archive_write_set_bytes_in_last_block(a, 1) != ARCHIVE_OK ||
	    archive_write_open2(a, out, NULL, write_to_buf, NULL, NULL) != ARCHIVE_OK)
		return err_set(e, ERR_UNSUPPORTED, "cannot write a ZIP: %s",
			       archive_error_string(a));
	for (size_t i = 0; i < z->n; i++)
		if (!write_member(a, &z->members[i], mtime_s, e))
			return false;
	if (archive_write_close(a) != ARCHIVE_OK || !buf_ok(out))
		return err_nomem(e);
	return true;
}

/* libarchive tells a wrong passphrase from damage only by its text. */
static bool read_failed(struct archive *a, const char *name, struct err *e)
{
	const char *why = archive_error_string(a);

	if (why && (strstr(why, "assphrase") || strstr(why, "encrypt")))
		return err_reason(e, "zip.wrong_password", "the password does not open the ZIP");
	return err_reason(e, "zip.corrupt", "the ZIP is damaged at '%s': %s", name,
			  why ? why : "cannot be read");
}

/* Unpacks one member into memory that is wiped, growing by what arrives: the header's size is only a claim. */
static bool read_member(struct archive *a, struct zip_member *m, size_t *total, struct err *e)
{
	struct buf *data = &m->data;
	uint8_t chunk[16384];

	buf_init(data, ZIP_MEMBER_MAX_BYTES + sizeof(chunk));
	data->secret = true;
	for (;;) {
		la_ssize_t n = archive_read_data(a, chunk, sizeof(chunk));

		if (n > 0)
			buf_add(data, chunk, (size_t)n);
		secret_wipe(chunk, sizeof(chunk));
		if (n < 0)
			return read_failed(a, m->name, e);
		if (n == 0)
			break;
		if (data->len > ZIP_MEMBER_MAX_BYTES || *total + data->len > ZIP_TOTAL_MAX_BYTES)
			return err_reason(e, "zip.bomb",
					  "'%s' in the ZIP unpacks to more than is taken", m->name);
		if (!buf_ok(data))
			return err_nomem(e);
	}
	*total += data->len;
	return true;
}

/* Old programs wrote names in the code page of their country and did not say which: only the ASCII of one is known. */
static void name_read(const char *name, char out[static PATH_MAX])
{
	text_copy(out, PATH_MAX, name);
	if (text_is_utf8(span_str(out)))
		return;
	for (char *c = out; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '_';
}

bool zip_read(struct span in, const struct secret *password, struct zip *out, struct err *e)
{
	struct archive *a AUTO(reader_autop) = archive_read_new();
	struct zip z AUTO_ZIP = ZIP_INIT;
	struct archive_entry *entry;
	size_t total = 0;
	int r;

	if (!a)
		return err_nomem(e);
	if (in.len > ZIP_MAX_BYTES)
		return err_reason(e, "limit.file", "a ZIP of %zu bytes, at most %zu", in.len,
				  ZIP_MAX_BYTES);
	if (archive_read_support_format_zip_seekable(a) != ARCHIVE_OK ||
	    (password && password->len > 0 &&
	     archive_read_add_passphrase(a, (const char *)password->data) != ARCHIVE_OK) ||
	    archive_read_open_memory(a, in.p, in.len) != ARCHIVE_OK)
		return err_reason(e, "zip.corrupt", "not a ZIP file");
	while ((r = archive_read_next_header(a, &entry)) == ARCHIVE_OK) {
		const char *name = archive_entry_pathname(entry);
		char read[PATH_MAX];
		struct zip_member *m;

		if (name && archive_entry_filetype(entry) == AE_IFDIR)
			continue; /* folders carry nothing */
		if (!name || archive_entry_filetype(entry) != AE_IFREG)
			return err_reason(e, "zip.member",
					  "the ZIP has a member that is no plain file");
		name_read(name, read);
		if (!add_room(&z, read, &m, e) || !read_member(a, m, &total, e))
			return false;
	}
	if (r != ARCHIVE_EOF)
		return read_failed(a, "its directory", e);
	zip_clear(out);
	*out = z;
	z = (struct zip)ZIP_INIT;
	return true;
}
