/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/updates/package.h"

#include "base/files.h"
#include "base/text.h"
#include "x509/hash.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES 65536
#define NAME_MAX_BYTES 200 /* of a member's name in a package */

static void reader_autop(struct archive **a)
{
	if (*a)
		archive_read_free(*a);
}

static bool broken(struct err *e, const char *what)
{
	return err_reason(e, "package.manifest", "%s", what);
}

/* What can be said of a name that is not taken, too. */
static bool name_is_text(const char *name)
{
	if (!name || !text_is_utf8(span_str(name)))
		return false;
	for (const char *c = name; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return false;
	return true;
}

/* A plain file name: packages have no folders, so nothing can be unpacked elsewhere. */
static bool name_is_plain(const char *name)
{
	return name_is_text(name) && name[0] != '\0' && name[0] != '.' &&
	       strlen(name) <= NAME_MAX_BYTES && !strpbrk(name, "/\\");
}

bool package_name_is_plain(const char *name)
{
	size_t len = strlen(name);
	if (len == 0 || len > PACKAGE_NAME_MAX || text_equal_nocase(name, "current") ||
	    !(ascii_is_alpha(name[0]) || ascii_is_digit(name[0])))
		return false;
	for (const char *c = name; *c; c++)
		if (!ascii_is_alpha(*c) && !ascii_is_digit(*c) && !strchr("._+-", *c))
			return false;
	return true;
}

static bool open_zip(int fd, struct archive **out, struct err *e)
{
	struct archive *a AUTO(reader_autop) = archive_read_new();
	if (!a)
		return err_nomem(e);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(e, errno, "cannot read the package");
	if (archive_read_support_format_zip_seekable(a) != ARCHIVE_OK ||
	    archive_read_open_fd(a, fd, PIECE_BYTES) != ARCHIVE_OK)
		return err_reason(e, "zip.corrupt", "not a ZIP file");
	*out = a;
	a = NULL;
	return true;
}

static bool zip_broken(struct archive *a, struct err *e)
{
	const char *why = archive_error_string(a);
	if (why && (strstr(why, "assphrase") || strstr(why, "ncrypt"))) /* it has no code for it */
		return err_reason(e, "zip.member",
				  "the package is locked with a password; pack it without one");
	return err_reason(e, "zip.corrupt", "the package is damaged: %s",
			  why ? why : "cannot be read");
}

static bool not_plain(const char *name, struct err *e)
{
	if (name_is_text(name))
		return err_reason(e, "zip.member",
				  "'%.200s' is no plain file in the top folder of the package",
				  name);
	return err_reason(e, "zip.member",
			  "the package has a member whose name is no text in UTF-8");
}

/* The next member; *name_out NULL at the end. */
static bool next_member(struct archive *a, const char **name_out, struct err *e)
{
	struct archive_entry *entry;
	int r = archive_read_next_header(a, &entry);
	*name_out = NULL;
	if (r == ARCHIVE_EOF)
		return true;
	if (r != ARCHIVE_OK)
		return zip_broken(a, e);
	*name_out = archive_entry_pathname(entry);
	return (archive_entry_filetype(entry) == AE_IFREG && name_is_plain(*name_out)) ||
	       not_plain(*name_out, e);
}

static bool read_manifest_text(struct archive *a, struct buf *text, struct err *e)
{
	uint8_t piece[PIECE_BYTES];
	la_ssize_t n;
	buf_init(text, PACKAGE_MANIFEST_MAX_BYTES);
	while ((n = archive_read_data(a, piece, sizeof(piece))) > 0)
		buf_add(text, piece, (size_t)n);
	if (n < 0)
		return zip_broken(a, e);
	return buf_ok(text) || broken(e, "a manifest.json larger than is taken");
}

static bool check_entry(const json_t *file, int64_t *total, struct err *e)
{
	const char *name, *sha256, *version;
	int64_t size;
	uint8_t digest[SHA256_BYTES];
	size_t n;
	if (!json_get_str(file, "name", &name, e) || !json_get_str(file, "sha256", &sha256, e) ||
	    !json_get_str(file, "version", &version, e) ||
	    !json_get_int(file, "size", 0, PACKAGE_MAX_BYTES, &size, e))
		return false;
	if (!name_is_plain(name) || strcmp(name, PACKAGE_MANIFEST) == 0)
		return err_set(e, ERR_INVALID, "member 'name' must be a plain file name");
	if (!hex_decode(sha256, strlen(sha256), digest, sizeof(digest), &n) || n != SHA256_BYTES)
		return err_set(e, ERR_INVALID, "member 'sha256' must be a SHA-256 in hex");
	*total += size; /* both are small: there are not many files */
	return *total <= PACKAGE_MAX_BYTES ||
	       err_reason(e, "zip.bomb", "the package unpacks to more than %lld bytes",
			  (long long)PACKAGE_MAX_BYTES);
}

static bool check_name(const json_t *m, const char *key, struct err *e)
{
	const char *name;
	if (!json_get_str(m, key, &name, e))
		return false;
	return package_name_is_plain(name) || err_set(e, ERR_INVALID,
						      "member '%s' must be 1 to %d letters, digits "
						      "and . _ + -, the first a letter "
						      "or digit, and not 'current'",
						      key, PACKAGE_NAME_MAX);
}

static bool check_manifest(const json_t *m, struct err *e)
{
	json_t *files = NULL, *file;
	int64_t total = 0;
	size_t i;
	if (!check_name(m, "package", e) || !check_name(m, "version", e) ||
	    !json_get_array_opt(m, "files", &files, e))
		return false;
	if (json_array_size(files) == 0 || json_array_size(files) > PACKAGE_MEMBERS_MAX)
		return err_set(e, ERR_INVALID, "member 'files' must list 1 to %d files",
			       PACKAGE_MEMBERS_MAX);
	json_array_foreach(files, i, file) if (!check_entry(file, &total, e)) return err_wrap(
		e, "file %zu", i + 1);
	return true;
}

/* Windows writes a byte order mark before UTF-8; RFC 8259 8.1 lets a reader pass over it. */
static struct span without_mark(struct span text)
{
	return text.len >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0
		       ? span_of(text.p + 3, text.len - 3)
		       : text;
}

bool package_manifest(int zip_fd, json_t **out, struct err *e)
{
	struct archive *a AUTO(reader_autop) = NULL;
	struct buf text AUTO_BUF = BUF_INIT;
	json_t *m AUTO_JSON = NULL;
	struct err why = ERR_INIT;
	const char *name = "";
	if (!open_zip(zip_fd, &a, e))
		return false;
	while (strcmp(name, PACKAGE_MANIFEST) != 0) {
		if (!next_member(a, &name, e))
			return false;
		if (!name)
			return broken(e, "no manifest.json in the package");
	}
	if (!read_manifest_text(a, &text, e))
		return false;
	if (!json_read(without_mark(buf_span(&text)), &m, &why) || !check_manifest(m, &why))
		return err_reason(e, err_is(&why, "zip.bomb") ? "zip.bomb" : "package.manifest",
				  "manifest.json: %s", why.text);
	*out = json_incref(m);
	return true;
}

/* The files of a manifest by their names; each stands there once. */
static bool entries_of(const json_t *manifest, json_t **out, struct err *e)
{
	json_t *files = json_object_get(manifest, "files"), *all AUTO_JSON = json_object();
	for (size_t i = 0; i < json_array_size(files); i++) {
		json_t *file = json_array_get(files, i);
		if (json_object_set_new(all, json_string_value(json_object_get(file, "name")),
					json_incref(file)) != 0)
			return err_nomem(e);
	}
	if (json_object_size(all) != json_array_size(files))
		return broken(e, "a file that the manifest names twice");
	*out = json_incref(all);
	return true;
}

/* Writes the member while it is digested; never more than the manifest says. */
static bool copy_member(struct archive *a, const json_t *entry, int fd, struct err *e)
{
	int64_t size = json_integer_value(json_object_get(entry, "size")), at = 0;
	const char *want = json_string_value(json_object_get(entry, "sha256"));
	const char *name = json_string_value(json_object_get(entry, "name"));
	uint8_t piece[PIECE_BYTES], digest[SHA256_BYTES];
	char have[2 * SHA256_BYTES + 1];
	struct hash h;
	la_ssize_t n;
	hash_start(&h);
	while ((n = archive_read_data(a, piece, sizeof(piece))) > 0 && at + n <= size) {
		hash_add(&h, span_of(piece, (size_t)n));
		if (fd >= 0 && !file_write_fd(fd, name, span_of(piece, (size_t)n), e))
			return false;
		at += n;
	}
	if (n < 0)
		return zip_broken(a, e);
	hash_end(&h, digest);
	hex_lower(span_of(digest, sizeof(digest)), have);
	if (n > 0 || at != size || !text_equal_nocase(have, want))
		return err_reason(e, "package.manifest", "'%s' is not what the manifest says",
				  name);
	return fd < 0 || fsync(fd) == 0 || err_sys(e, errno, "cannot write '%s'", name);
}

static bool unpack_member(struct archive *a, const json_t *entry, int dir_fd, struct err *e)
{
	const char *name = json_string_value(json_object_get(entry, "name"));
	if (dir_fd < 0)
		return copy_member(a, entry, -1, e);
	int fd AUTO_FD =
		openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EEXIST
			       ? err_reason(e, "package.manifest", "'%s' is there twice", name)
			       : err_sys(e, errno, "cannot write '%s'", name);
	return copy_member(a, entry, fd, e);
}

bool package_unpack(int zip_fd, const json_t *manifest, int dir_fd, struct err *e)
{
	struct archive *a AUTO(reader_autop) = NULL;
	json_t *entries AUTO_JSON = NULL;
	size_t n_manifests = 0;
	if (!entries_of(manifest, &entries, e) || !open_zip(zip_fd, &a, e))
		return false;
	for (;;) {
		const char *name;
		if (!next_member(a, &name, e))
			return false;
		if (!name)
			break;
		if (strcmp(name, PACKAGE_MANIFEST) == 0) {
			if (n_manifests++ > 0)
				return broken(e, "two files called manifest.json");
			continue;
		}
		const json_t *entry = json_object_get(entries, name);
		if (!entry)
			return err_reason(e, "package.manifest",
					  "'%s' is not in the manifest, or is there twice", name);
		if (!unpack_member(a, entry, dir_fd, e))
			return false;
		(void)json_object_del(entries, name); /* it was found there */
	}
	return json_object_size(entries) == 0 ||
	       broken(e, "a file that the manifest names is missing");
}
