/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Files: read whole with a limit, replace whole or not at all.
 * file_replace writes a temporary file beside path, syncs it, renames it over path and syncs the
 * folder: after a crash either the old or the new content is there. Everything is opened O_CLOEXEC;
 * reads refuse what is no regular file unless it is a pipe (a shell's <(...)).
 */
/* "-" reads standard input. */
bool file_read(const char *path, size_t max, struct buf *out, struct err *e) MUST_USE;
/* To its end; stays open. */
bool file_read_fd(int fd, const char *shown_as, size_t max, struct buf *out,
		  struct err *e) MUST_USE;
/* All of it, through short writes; syncs nothing. Errors: disk.full (sys says which limit), ERR_IO */
bool file_write_fd(int fd, const char *shown_as, struct span content, struct err *e) MUST_USE;
bool file_replace(const char *path, mode_t mode, struct span content, struct err *e) MUST_USE;
/* Removes what a file_replace(path) left that was killed half-way. The caller sees to it that none is
 * running. */
void file_sweep(const char *path);
/* Never over an existing file. */
bool file_write_new(const char *path, mode_t mode, struct span content, struct err *e) MUST_USE;
/* Whether the file system of fd takes so many bytes more and has FILE_RESERVE_BYTES left then. Errors: disk.full, with
 * what (as "an upload"). */
#define FILE_RESERVE_BYTES ((int64_t)64 << 20) /* room on disk that uploads and packages leave */
bool file_has_room(int fd, int64_t bytes, const char *what, struct err *e) MUST_USE;
/* After a rename or unlink: the folder that path is in reaches the disk. */
bool file_sync_folder(const char *path, struct err *e) MUST_USE;
bool file_exists(const char *path);
/* With parents; fine when it is there. */
bool dir_make(const char *path, mode_t mode, struct err *e) MUST_USE;
/* A descriptor that a scope leaves behind is closed; -1: there is none. For what is only read, synced before, or failed. */
void fd_autop(int *fd);
#define AUTO_FD AUTO(fd_autop)
bool path_join(char *out, size_t size, const char *dir, const char *name, struct err *e) MUST_USE;
