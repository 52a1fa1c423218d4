/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "http/static.h"

#include "base/digest.h"
#include "base/files.h"
#include "base/mem.h"
#include "base/text.h"
#include "http/response.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 8
#define HASH_DIGITS_MIN 8
#define PACKED_END ".gz"

struct static_file {
	char *path; /* "/js/main.js" */
	struct buf body;
	char etag[40];
	const char *type;
	bool for_ever;
	bool is_packed;			   /* the gzip of another file, which points here */
	struct static_file *packed;	   /* borrowed from the same set */
	struct MHD_Response *whole, *same; /* 200 and 304, without HSTS */
};

struct static_files {
	struct static_file *items; /* by path */
	size_t n, bytes;
};

static const char *type_of(const char *path)
{
	static const struct {
		const char *end, *type;
	} types[] = {
		{".html", "text/html; charset=utf-8"},
		{".css", "text/css; charset=utf-8"},
		{".js", "text/javascript; charset=utf-8"},
		{".mjs", "text/javascript; charset=utf-8"},
		{".json", "application/json"},
		{".svg", "image/svg+xml"},
		{".png", "image/png"},
		{".ico", "image/x-icon"},
		{".woff2", "font/woff2"},
		{".txt", "text/plain; charset=utf-8"},
		{".yaml", "application/yaml"},
	};

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (text_ends_with(path, types[i].end))
			return types[i].type;
	return "application/octet-stream";
}

/* A part of the path, between '/' and '.', is a hash: "assets/3f2a91bc/app.js", "app.3f2a91bc.js". */
static bool has_hash(const char *path)
{
	while (*path) {
		size_t n = strspn(path, "0123456789abcdef");

		if (n >= HASH_DIGITS_MIN && (path[n] == '/' || path[n] == '.'))
			return true;
		path += strcspn(path, "/.");
		path += *path != '\0';
	}
	return false;
}

static const char *cache_rule(const struct static_file *f)
{
	return f->for_ever ? "public, max-age=31536000, immutable" : "no-cache";
}

static struct MHD_Response *make(const struct http_server *s, const struct static_file *f,
				 bool with_body, bool hsts, bool close)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
		with_body ? f->body.len : 0, f->body.len ? (void *)f->body.data : (void *)"",
		MHD_RESPMEM_MUST_COPY);

	if (!r)
		return NULL;
	response_add(r, "Content-Type", f->type);
	response_add(r, "ETag", f->etag);
	response_add(r, "Cache-Control", cache_rule(f));
	response_add(r, "Content-Security-Policy", CSP_PAGES);
	if (f->is_packed)
		response_add(r, "Content-Encoding", "gzip");
	if (f->is_packed || f->packed)
		response_add(r, "Vary", "Accept-Encoding");
	response_common(r, s, hsts);
	if (close)
		response_add(r, "Connection", "close");
	return r;
}

static bool add_file(struct static_files *set, const char *disk, const char *path, struct err *e)
{
	struct static_file *f = &set->items[set->n];
	uint8_t digest[SHA256_BYTES];
	char hex[2 * SHA256_BYTES + 1];

	if (set->n == STATIC_FILES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d files to serve", STATIC_FILES_MAX);
	set->n++;
	buf_init(&f->body, STATIC_FILE_MAX);
	f->path = mem_str(path);
	if (!f->path)
		return err_nomem(e);
	if (!file_read(disk, STATIC_FILE_MAX, &f->body, e))
		return false;
	set->bytes += f->body.len;
	if (set->bytes > STATIC_BYTES_MAX)
		return err_set(e, ERR_LIMIT, "more than %zu bytes to serve", STATIC_BYTES_MAX);
	sha256(buf_span(&f->body), digest);
	hex_lower(span_of(digest, sizeof(digest)), hex);
	snprintf(f->etag, sizeof(f->etag), "\"%.32s\"", hex);
	f->type = type_of(path);
	f->for_ever = has_hash(path);
	return true;
}

static bool add_dir(struct static_files *set, const char *disk, const char *path, int depth,
		    struct err *e);

static bool add_entry(struct static_files *set, const char *disk, const char *path,
		      const char *name, int depth, struct err *e)
{
	char sub_disk[4096], sub_path[1024];
	struct stat st;

	if (name[0] == '.')
		return true;
	if (snprintf(sub_disk, sizeof(sub_disk), "%s/%s", disk, name) >= (int)sizeof(sub_disk) ||
	    snprintf(sub_path, sizeof(sub_path), "%s/%s", path, name) >= (int)sizeof(sub_path))
		return err_set(e, ERR_LIMIT, "path under '%s' too long", disk);
	if (stat(sub_disk, &st) < 0)
		return err_sys(e, errno, "cannot look at '%s'", sub_disk);
	if (S_ISDIR(st.st_mode))
		return add_dir(set, sub_disk, sub_path, depth + 1, e);
	return !S_ISREG(st.st_mode) || add_file(set, sub_disk, sub_path, e);
}

static bool add_dir(struct static_files *set, const char *disk, const char *path, int depth,
		    struct err *e)
{
	DIR *dir = opendir(disk);
	struct dirent *entry;
	bool ok = true;

	if (!dir)
		return err_sys(e, errno, "cannot read folder '%s'", disk);
	if (depth > DEPTH_MAX)
		ok = err_set(e, ERR_LIMIT, "more than %d folders deep", DEPTH_MAX);
	while (ok && (entry = readdir(dir)))
		ok = add_entry(set, disk, path, entry->d_name, depth, e);
	closedir(dir);
	return ok;
}

static int by_path(const void *a, const void *b)
{
	const struct static_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static struct static_file *find(const struct static_files *set, const char *path)
{
	struct static_file key = {.path = (char *)path};

	return set ? bsearch(&key, set->items, set->n, sizeof(key), by_path) : NULL;
}

/* Leads each file to its gzip beside it, if there is one that is shorter. */
static void pair(struct static_files *set)
{
	char name[1024];

	for (size_t i = 0; i < set->n; i++) {
		struct static_file *f = &set->items[i], *packed;

		if (snprintf(name, sizeof(name), "%s" PACKED_END, f->path) >= (int)sizeof(name))
			continue;
		packed = find(set, name);
		if (!packed || packed->body.len >= f->body.len)
			continue;
		/* pages are small, and a scanner takes any packed page for one that holds a secret (BREACH) */
		if (text_ends_with(f->path, ".html"))
			continue;
		packed->is_packed = true;
		packed->type = f->type;
		f->packed = packed;
	}
}

static bool make_all(struct http_server *s, struct static_files *set, struct err *e)
{
	for (size_t i = 0; i < set->n; i++) {
		struct static_file *f = &set->items[i];

		f->whole = make(s, f, true, false, false);
		f->same = make(s, f, false, false, false);
		if (!f->whole || !f->same)
			return err_nomem(e);
	}
	return true;
}

bool static_load(struct http_server *s, const char *dir, struct static_files **out, struct err *e)
{
	struct static_files *set = mem_new(struct static_files);

	if (!set)
		return err_nomem(e);
	set->items = mem_array(STATIC_FILES_MAX, sizeof(*set->items));
	if (!set->items || !add_dir(set, dir, "", 0, e)) {
		if (!set->items)
			(void)err_nomem(e);
		static_free(set);
		return false;
	}
	qsort(set->items, set->n, sizeof(*set->items), by_path);
	pair(set);
	if (!make_all(s, set, e)) {
		static_free(set);
		return false;
	}
	*out = set;
	return true;
}

void static_free(struct static_files *set)
{
	if (!set)
		return;
	for (size_t i = 0; set->items && i < set->n; i++) {
		struct static_file *f = &set->items[i];

		if (f->whole)
			MHD_destroy_response(f->whole);
		if (f->same)
			MHD_destroy_response(f->same);
		buf_clear(&f->body);
		mem_free(f->path);
	}
	mem_free(set->items);
	mem_free(set);
}

/* Whether gzip is named and not refused by "q=0" (RFC 9110 12.5.3). */
static bool takes_gzip(const struct http_call *c)
{
	const char *accept = http_header(c, "Accept-Encoding");
	const char *at = accept ? strstr(accept, "gzip") : NULL;

	return at && (strncmp(at, "gzip;q=0", 8) != 0 || (at[8] == '.' && at[9] != '0'));
}

void static_reply(struct http_call *c)
{
	const char *path = strcmp(c->path, "/") == 0 ? "/index.html" : c->path;
	struct static_file *f = find(c->server->files, path);
	bool hsts = c->served && c->served->hsts, same;

	if (!f) {
		reply_error(c, "request.no_route", "there is nothing at this path");
		return;
	}
	if (strcmp(c->method, "GET") != 0 && strcmp(c->method, "HEAD") != 0) {
		reply_method(c, "GET, HEAD", "a file is only read");
		return;
	}
	if (f->packed && takes_gzip(c))
		f = f->packed;
	same = http_is_known(c, f->etag);
	c->status = same ? 304 : 200;
	c->ready = same ? f->same : f->whole;
	if (hsts || c->close) {
		c->ready = make(c->server, f, !same, hsts, c->close);
		c->ready_owned = true;
	}
}
