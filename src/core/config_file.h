/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/bindings/bindings.h"

/*
 * The configuration file: listeners and paths, nothing else; settings live in the database. INI
 * with sections, '#' and ';' comments; an unknown section or key is an error with its line.
 *
 *   [listen]
 *   https = 127.0.0.1:4343      may be repeated; the first carries the default binding
 *   http = 127.0.0.1:8080       may be repeated
 *   [paths]
 *   state_dir = /var/lib/certbinder
 *   log_dir = /var/log/certbinder
 *   www_dir = /usr/share/certbinder/www
 */
#define LISTENS_MAX 32				 /* listeners of one kind */
#define CONFIG_FILE_MAX_BYTES ((size_t)64 << 10) /* of certbinder.conf */

struct listens {
	struct endpoint items[LISTENS_MAX]; /* host is empty */
	size_t n;
};

struct config_file {
	struct listens https, http;
	char state_dir[4096], log_dir[4096], www_dir[4096]; /* "" not given */
};

/* One --listen: host:port, [v6]:port, *:port; port 0 takes a free one. */
bool listens_add(struct listens *l, const char *text, struct err *e) MUST_USE;

/* The same of a text in memory; messages call it shown_as. */
bool config_text_read(struct span in, const char *shown_as, struct config_file *out,
		      struct err *e) MUST_USE;
bool config_file_read(const char *path, struct config_file *out, struct err *e) MUST_USE;
