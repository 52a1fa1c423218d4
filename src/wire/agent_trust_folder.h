/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * One store of an agent's trust directory on disk, for wire/agent_trust.c and agent_trust_add.c alone. Follows no
 * symbolic link, waits for no pipe.
 */
struct trust_folder {
	int fd;	      /* -1: there is none */
	char **names; /* sorted; what is named like a certificate */
	size_t n;
	bool is_cut; /* AGENT_TRUST_NAMES_MAX were not enough */
};
#define TRUST_FOLDER_INIT                                                                          \
	{                                                                                          \
		.fd = -1                                                                           \
	}
void trust_folder_clear(struct trust_folder *f);
#define AUTO_TRUST_FOLDER AUTO(trust_folder_clear)

/* "DIR/trust/STORE"; with name NULL the folder itself. */
bool trust_folder_path(const char *state_dir, const char *store, const char *name, char *out,
		       size_t size, struct err *e) MUST_USE;
bool trust_folder_open(const char *state_dir, const char *store, struct trust_folder *out,
		       struct err *e) MUST_USE;
/* A regular file of at most AGENT_TRUST_FILE_MAX bytes. */
bool trust_folder_read(const struct trust_folder *f, const char *name, struct buf *out,
		       struct err *e) MUST_USE;
/* Names, sizes and times, for seeing whether anything moved. */
void trust_folder_stamp(const struct trust_folder *f, struct buf *out);
