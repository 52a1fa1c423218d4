/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "http/file.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "http/response.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

struct http_file {
	struct http_call *call; /* borrowed: it lives as long as its response is being sent */
	int fd;
	int64_t from, len; /* the range that is sent */
	uint8_t *block;	   /* what the pool read; NULL before */
	int64_t block_at;  /* its place in the range */
	size_t block_len;
	int fault; /* errno of the pool's reading */
	bool gave_up;
};

void file_free(struct http_file *f)
{
	if (!f)
		return;
	(void)close(f->fd); /* read only */
	mem_free(f->block);
	mem_free(f);
}

static void on_free(void *file)
{
	file_free(file);
}

/* On the pool. */
static void read_block(void *context, void *call)
{
	struct http_call *c = call;
	struct http_file *f = c->reading;
	ssize_t n;

	(void)context;
	do
		n = pread(f->fd, f->block, HTTP_FILE_BLOCK_BYTES, (off_t)(f->from + f->block_at));
	while (n < 0 && errno == EINTR);
	f->fault = n < 0 ? errno : n == 0 ? EIO : 0; /* cut short under us */
	f->block_len = n > 0 ? (size_t)n : 0;
	worker_done(c);
}

static bool ask_pool(struct http_file *f, uint64_t pos)
{
	struct http_call *c = f->call;

	if (!f->block)
		f->block = mem_alloc(HTTP_FILE_BLOCK_BYTES);
	if (!f->block)
		return false;
	f->block_at = (int64_t)pos;
	f->block_len = 0;
	c->reading = f;
	c->stage = CALL_READING;
	if (worker_submit(c, c->server->config.jobs, read_block))
		return true;
	c->stage = CALL_QUEUED;
	return false;
}

static ssize_t from_block(const struct http_file *f, uint64_t pos, char *out, size_t max)
{
	size_t skip = (size_t)((int64_t)pos - f->block_at);
	size_t n = f->block_len - skip < max ? f->block_len - skip : max;

	memcpy(out, f->block + skip, n);
	return (ssize_t)n;
}

/* libmicrohttpd asks for more to send; pos counts within the range. */
static ssize_t more(void *file, uint64_t pos, char *out, size_t max)
{
	struct http_file *f = file;
	struct iovec to = {.iov_base = out, .iov_len = max};
	ssize_t n;

	if (f->gave_up || f->fault != 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (f->block_len > 0 && (int64_t)pos >= f->block_at &&
	    (int64_t)pos < f->block_at + (int64_t)f->block_len)
		return from_block(f, pos, out, max);
	n = preadv2(f->fd, &to, 1, (off_t)(f->from + (int64_t)pos), RWF_NOWAIT);
	if (n > 0)
		return n;
	if (n < 0 && ask_pool(f, pos)) /* not in memory, or a file system that cannot tell */
		return 0;
	n = pread(f->fd, out, max, (off_t)(f->from + (int64_t)pos));
	return n > 0 ? n : MHD_CONTENT_READER_END_WITH_ERROR;
}

struct MHD_Response *file_response(struct http_call *c)
{
	struct http_file *f = c->file;
	struct MHD_Response *r = MHD_create_response_from_callback(
		(uint64_t)f->len, HTTP_FILE_BLOCK_BYTES, more, f, on_free);

	if (r)
		c->file = NULL; /* the response's now */
	return r;
}

void file_give_up(struct http_call *c)
{
	c->reading->gave_up = true;
}

/* ---- which part of it ---- */

enum range { RANGE_NONE, RANGE_PART, RANGE_OUTSIDE };

/* One range of bytes (RFC 9110 14.1.2); several, or other units, are not followed. */
static enum range range_read(const char *text, int64_t size, int64_t *from, int64_t *len)
{
	char first[24];
	const char *dash;
	int64_t a = 0, b = size - 1;

	if (!text || !text_starts_with(text, "bytes=") || strchr(text, ','))
		return RANGE_NONE;
	text += strlen("bytes=");
	dash = strchr(text, '-');
	if (!dash || (size_t)(dash - text) >= sizeof(first))
		return RANGE_NONE;
	memcpy(first, text, (size_t)(dash - text));
	first[dash - text] = '\0';
	if ((first[0] && (!num_i64(first, &a) || a < 0)) ||
	    (dash[1] && (!num_i64(dash + 1, &b) || b < 0)) || (!first[0] && !dash[1]))
		return RANGE_NONE;
	if (!first[0]) { /* the last so many */
		a = b < size ? size - b : 0;
		if (b == 0)
			return RANGE_OUTSIDE;
		b = size - 1;
	} else if (dash[1] && b < a) {
		return RANGE_NONE;
	}
	if (a >= size)
		return RANGE_OUTSIDE;
	*from = a;
	*len = (b < size ? b + 1 : size) - a;
	return RANGE_PART;
}

static void head(struct http_call *c, const char *etag)
{
	http_reply_header(c, "ETag", etag);
	http_reply_header(c, "Accept-Ranges", "bytes");
	http_reply_header(c, "Cache-Control", "public, max-age=31536000, immutable");
}

void http_reply_file(struct http_call *c, int fd, int64_t size, const char *content_type,
		     const char *etag)
{
	const char *if_range = http_header(c, "If-Range");
	char place[80];
	struct http_file *f;
	enum range range = RANGE_NONE;
	int64_t from = 0, len = size;

	if (http_is_known(c, etag)) {
		(void)close(fd);
		head(c, etag);
		http_reply_empty(c, 304);
		return;
	}
	if (!if_range || strcmp(if_range, etag) == 0)
		range = range_read(http_header(c, "Range"), size, &from, &len);
	if (range == RANGE_OUTSIDE) {
		(void)close(fd);
		(void)snprintf(place, sizeof(place), "bytes */%lld", (long long)size);
		http_reply_header(c, "Content-Range", place);
		reply_error(c, "request.range", "the file ends before that");
		return;
	}
	f = mem_new(struct http_file);
	if (!f || !reply_begin(c, range == RANGE_PART ? 206 : 200, content_type)) {
		(void)close(fd);
		mem_free(f);
		if (!f)
			reply_error(c, "nomem", "out of memory");
		return;
	}
	*f = (struct http_file){.call = c, .fd = fd, .from = from, .len = len};
	c->file = f;
	head(c, etag);
	if (range == RANGE_PART) {
		(void)snprintf(place, sizeof(place), "bytes %lld-%lld/%lld", (long long)from,
			       (long long)(from + len - 1), (long long)size);
		http_reply_header(c, "Content-Range", place);
	}
}
