/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "http/spool.h"

#include "base/files.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_START "upload-"
#define TAG_BYTES 16

static bool disk_failed(struct err *e)
{
	if (errno == ENOSPC || errno == EDQUOT)
		return err_reason(e, "disk.full", "there is no room for the upload");
	return err_sys(e, errno, "cannot keep the upload");
}

/* Where the file system knows no files without a name, it loses it at once. */
static int open_named(const char *dir)
{
	uint8_t tag[TAG_BYTES];
	char hex[2 * TAG_BYTES + 1], path[PATH_MAX];
	int fd;

	random_bytes(tag, sizeof(tag));
	hex_lower(span_of(tag, sizeof(tag)), hex);
	if (snprintf(path, sizeof(path), "%s/" NAME_START "%s", dir, hex) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0)
		(void)unlink(path); /* a name that stays is swept at the next start */
	return fd;
}

void spool_sweep(const char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;

	while (d && (entry = readdir(d)))
		if (text_starts_with(entry->d_name, NAME_START))
			(void)unlinkat(dirfd(d), entry->d_name, 0); /* it takes room, no more */
	if (d)
		(void)closedir(d); /* read only */
}

bool spool_open(const char *dir, const char *boundary, int64_t length, atomic_int *count,
		struct http_spool **out, struct err *e)
{
	struct http_spool *s;

	if (atomic_fetch_add(count, 1) >= HTTP_SPOOLS_MAX) {
		atomic_fetch_sub(count, 1);
		return err_set(e, ERR_BUSY, "%d large uploads are under way already",
			       HTTP_SPOOLS_MAX);
	}
	s = mem_new(struct http_spool);
	if (!s) {
		atomic_fetch_sub(count, 1);
		return err_nomem(e);
	}
	s->count = count;
	s->delimiter_len = form_delimiter(boundary, s->delimiter);
	sha256_begin(&s->digest);
	s->fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (s->fd < 0)
		s->fd = open_named(dir);
	if (s->fd < 0 ? !disk_failed(e) : !file_has_room(s->fd, length, "an upload", e)) {
		spool_free(s);
		return false;
	}
	*out = s;
	return true;
}

void spool_free(struct http_spool *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		(void)close(s->fd); /* it goes with it */
	atomic_fetch_sub(s->count, 1);
	mem_free(s);
}

void spool_digest(const struct http_spool *s, uint8_t out[static SHA256_BYTES])
{
	struct sha256_state so_far = s->digest;

	sha256_end(&so_far, out);
}

/* Looks for room again: the length may be unknown, and others write too. */
static bool write_piece(struct http_spool *s, struct span piece, struct err *e)
{
	if (!file_has_room(s->fd, (int64_t)piece.len, "an upload", e))
		return false;
	sha256_add(&s->digest, piece);
	while (piece.len > 0) {
		ssize_t n = pwrite(s->fd, piece.p, piece.len, (off_t)s->bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return disk_failed(e);
		s->bytes += n;
		piece = span_of(piece.p + n, piece.len - (size_t)n);
	}
	return true;
}

/* The data up to end goes to disk and out of the body. */
static bool move_out(struct http_spool *s, struct buf *body, size_t end, struct err *e)
{
	size_t len = end - s->data_at;

	if (len == 0)
		return true;
	if (!write_piece(s, span_of(body->data + s->data_at, len), e))
		return false;
	memmove(body->data + s->data_at, body->data + end, body->len - end);
	body->len -= len;
	body->data[body->len] = '\0';
	s->at = s->data_at;
	return true;
}

static bool is_ours(const struct http_spool *s)
{
	return s->taken && s->part == s->n_parts;
}

/* end: of the data, as far as it is certain. */
static bool data_take(struct http_spool *s, struct buf *body, size_t end, struct err *e)
{
	if (!s->taken && end - s->data_at > HTTP_PART_MEMORY_MAX) {
		s->taken = true;
		s->part = s->n_parts;
	}
	return !is_ours(s) || move_out(s, body, end, e);
}

/* False in *more_out: what is there has been looked at. */
static bool data_look(struct http_spool *s, struct buf *body, bool *more_out, struct err *e)
{
	const uint8_t *found =
		memmem(body->data + s->at, body->len - s->at, s->delimiter, s->delimiter_len);
	size_t end = body->len;

	*more_out = found != NULL;
	if (found) {
		end = (size_t)(found - body->data);
		if (!data_take(s, body, end, e))
			return false;
		s->at = (is_ours(s) ? s->data_at : end) + s->delimiter_len;
		s->n_parts++;
		s->where = SPOOL_DELIMITED;
		return true;
	}
	/* the last bytes may be the begin of the delimiter */
	end = end - s->data_at < s->delimiter_len ? s->data_at : end - s->delimiter_len + 1;
	if (!data_take(s, body, end, e))
		return false;
	if (!is_ours(s) && end > s->at)
		s->at = end;
	return true;
}

static bool starts(struct http_spool *s, const struct buf *body)
{
	size_t len = s->delimiter_len - 2; /* the first one has no line end before it */

	if (body->len < len)
		return false;
	s->where = memcmp(body->data, s->delimiter + 2, len) == 0 ? SPOOL_DELIMITED : SPOOL_END;
	s->at = len;
	return true;
}

static bool delimited(struct http_spool *s, const struct buf *body)
{
	if (body->len - s->at < 2)
		return false;
	s->where = memcmp(body->data + s->at, "\r\n", 2) == 0 && s->n_parts < HTTP_PARTS_MAX
			   ? SPOOL_HEAD
			   : SPOOL_END;
	s->at += 2;
	return true;
}

static bool head(struct http_spool *s, const struct buf *body)
{
	const uint8_t *end = memmem(body->data + s->at, body->len - s->at, "\r\n\r\n", 4);

	if (!end && body->len - s->at < FORM_PART_HEAD_MAX + 4)
		return false;
	s->where = end ? SPOOL_DATA : SPOOL_END; /* form.c says what is wrong */
	if (end)
		s->at = s->data_at = (size_t)(end - body->data) + 4;
	return true;
}

bool spool_take(struct http_spool *s, struct buf *body, struct err *e)
{
	bool more = body->len > 0;

	while (more) {
		switch (s->where) {
		case SPOOL_START:
			more = starts(s, body);
			break;
		case SPOOL_DELIMITED:
			more = delimited(s, body);
			break;
		case SPOOL_HEAD:
			more = head(s, body);
			break;
		case SPOOL_DATA:
			if (!data_look(s, body, &more, e))
				return false;
			break;
		case SPOOL_END:
			return true;
		}
	}
	return true;
}
