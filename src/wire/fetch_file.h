/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "wire/fetch.h"

/*
 * One file from a server straight to the disk, in constant memory; goes on where an earlier download
 * broke off. Whether it is the right file is for the caller to see: nothing here proves it.
 */
#define WIRE_FILE_STALL_S 30 /* slower than WIRE_FILE_STALL_BYTES_S for so long is given up */
#define WIRE_FILE_STALL_BYTES_S 512 /* bytes in a second, on average */
#define WIRE_FILE_MAX_S 21600	    /* one attempt, whole; the next one goes on from there */

struct wire_file {
	int fd;	       /* open for writing; what is written goes to its place, not to the offset */
	int64_t at;    /* bytes that are there; on return, those that are there now */
	int64_t bytes; /* of the whole file: not one more is taken */
	/* Tells how far it is; false gives up (ERR_CANCELLED). NULL is fine. */
	bool (*go_on)(void *arg, int64_t at);
	void *arg;
};

/*
 * Until f->at is f->bytes. Where the server cannot go on from f->at, it begins anew.
 * pins     as for wire_client_new()
 * Errors   agent.unreachable (also a file that ends early, or an answer but 200 and 206; wait_s),
 *	    agent.unproved, ERR_LIMIT (the file is larger), ERR_IO (the disk), ERR_CANCELLED
 */
bool wire_fetch_file(const struct cert_list *pins, const char *url, struct wire_file *f,
		     struct err *e) MUST_USE;
