/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>

/*
 * Errors: what could not be done. The caller owns the struct, it is never NULL and never allocates.
 * A refused certificate, an empty result or a failed check is an answer, not an error.
 * code     the class, for the program to branch on
 * reason   points into the one table of dotted public codes (base/reason.h); NULL means that of the
 *          class
 * text     lower case, no full stop, says what was being done to which thing; never holds a secret
 * pointer  JSON pointer (RFC 6901) to the member of the request that it is about; "" where it is
 *          about none, or one too deep to name
 * Threads  any; one struct err belongs to one thread
 */
enum err_code {
	ERR_OK = 0,
	ERR_NOMEM,	 /* out of memory */
	ERR_INVALID,	 /* the caller's input does not make sense */
	ERR_FORMAT,	 /* bytes that are not what they claim to be */
	ERR_LIMIT,	 /* a named limit was exceeded */
	ERR_NOT_FOUND,	 /* no such thing */
	ERR_EXISTS,	 /* is there already */
	ERR_IN_USE,	 /* something relies on it */
	ERR_DENIED,	 /* not allowed for this caller */
	ERR_AUTH,	 /* not authenticated */
	ERR_PASSWORD,	 /* wrong password or passphrase */
	ERR_CHECK,	 /* refused by a check */
	ERR_CONFLICT,	 /* stale, or another change is open */
	ERR_BUSY,	 /* try again later */
	ERR_TIMEOUT,	 /* not in time, or not confirmed */
	ERR_UNREACHABLE, /* peer or daemon not reachable */
	ERR_IO,		 /* a system call failed, see sys */
	ERR_DB,		 /* the database failed */
	ERR_CRYPTO,	 /* a cryptographic operation failed */
	ERR_UNSUPPORTED, /* understood, but not done here */
	ERR_CANCELLED,	 /* given up on request */
	ERR_BUG,	 /* ours */
	ERR_N_CODES
};

#define ERR_TEXT_MAX 240 /* bytes of text kept, terminator included; longer is cut at a character */
#define ERR_POINTER_SIZE 128

struct reason;

struct err {
	enum err_code code;
	const struct reason *reason;
	int sys;    /* errno, or 0 */
	int wait_s; /* ERR_BUSY: after so many seconds it is worth trying again; 0: soon */
	const char *file;
	int line;
	char text[ERR_TEXT_MAX];
	char pointer[ERR_POINTER_SIZE]; /* json_refuse() sets it, err_wrap() leaves it */
};

#define ERR_INIT                                                                                   \
	{                                                                                          \
		.code = ERR_OK                                                                     \
	}

/* Each returns false, so that a failure is one line: return err_set(e, ERR_LIMIT, "...", ...). */
#define err_set(e, code, ...) err_set_at((e), (code), NULL, 0, __FILE__, __LINE__, __VA_ARGS__)
#define err_reason(e, dotted, ...) err_reason_at((e), (dotted), __FILE__, __LINE__, __VA_ARGS__)
#define err_sys(e, errnum, ...)                                                                    \
	err_set_at((e), ERR_IO, NULL, (errnum), __FILE__, __LINE__, __VA_ARGS__)
#define err_nomem(e) err_set_at((e), ERR_NOMEM, NULL, 0, __FILE__, __LINE__, "out of memory")

bool err_set_at(struct err *e, enum err_code code, const struct reason *reason, int sys,
		const char *file, int line, const char *fmt, ...) PRINTF(7, 8);

/*
 * dotted names a row of the reason table, which gives the class too; an unknown one is a bug
 * (asserted).
 */
bool err_reason_at(struct err *e, const char *dotted, const char *file, int line, const char *fmt,
		   ...) PRINTF(5, 6);

/* Puts "what: " before the text that is there; class, reason, pointer and place stay. Returns false. */
bool err_wrap(struct err *e, const char *fmt, ...) PRINTF(2, 3);

/* The row that speaks for e to the public: its own, else that of its class. Never NULL. */
const struct reason *err_public(const struct err *e);

/* Whether e carries exactly this dotted code. */
bool err_is(const struct err *e, const char *dotted);
