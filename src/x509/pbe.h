/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "x509/ber.h"
#include "x509/cipher.h"
#include "x509/kdf.h"
#include "x509/password.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Password-based encryption: PBES2 (RFC 8018 6.2; PBKDF2 with any HMAC, scrypt), PBES1 of PKCS#5 and the six schemes
 * of PKCS#12. Every count is held against a limit before any work is done, and all work on one file is held against
 * one budget, so that a file of a few bytes cannot keep a processor busy.
 */
#define PBE_ROUNDS_MAX 10000000u	/* of one derivation */
#define PBE_WORK_MAX UINT64_C(60000000) /* computations of SHA-256 that one file may cost */
#define PBE_SCRYPT_BYTES_MAX (UINT64_C(256) << 20) /* memory of one scrypt derivation */
#define PBE_SALT_MAX 1024			   /* octets */

/* The public codes that a failure takes, by what the scheme was met in. */
struct pbe_codes {
	const char *corrupt, *unsupported;
	const char *too_many; /* NULL: the class, ERR_LIMIT */
	const char *wrong;    /* this password does not open it */
	const char *missing;  /* no password was given, and it is needed */
};
extern const struct pbe_codes pbe_codes_pfx, pbe_codes_key;

struct pbe_work {
	uint64_t left;
	const struct pbe_codes *codes;
};
/*
 * Takes n computations of h, or with NULL of SHA-256, off the budget; slow ones weigh more. An error of class ERR_LIMIT
 * when it does not hold them.
 */
bool pbe_charge(struct pbe_work *w, const struct nettle_hash *h, uint64_t n,
		struct err *e) MUST_USE;
/* A round count out of a file: from 1 to PBE_ROUNDS_MAX. */
bool pbe_rounds(uint64_t count, const struct pbe_codes *codes, unsigned *out,
		struct err *e) MUST_USE;

/* PBKDF2-params (RFC 8018 A.2); also for PBMAC1. */
struct pbkdf2_params {
	struct span salt;
	unsigned rounds;
	size_t key_len; /* 0: absent */
	const struct nettle_hash *prf;
};
bool pbkdf2_params_parse(struct span parameters, const struct pbe_codes *codes,
			 struct pbkdf2_params *out, struct err *e) MUST_USE;

enum pbe_kdf { PBE_KDF_PKCS12, PBE_KDF_PBKDF1, PBE_KDF_PBKDF2, PBE_KDF_SCRYPT };

/* One parsed scheme. Borrows from the bytes it was read from. */
struct pbe {
	enum pbe_kdf kdf;
	const struct nettle_hash *hash;
	struct span salt;
	unsigned rounds;
	uint64_t scrypt_n;
	uint32_t scrypt_r, scrypt_p;
	struct cipher cipher;
	struct span iv; /* empty where it is derived */
};

bool pbe_parse(const struct ber_algorithm *a, const struct pbe_codes *codes, struct pbe *out,
	       struct err *e) MUST_USE;

/*
 * Tries the forms of the password until the plain text passes looks_right.
 * out     the plain text, wiped when cleared
 * Errors  codes->wrong, codes->missing (password NULL or empty), codes->too_many, ERR_NOMEM
 */
bool pbe_decrypt(const struct pbe *p, struct span in, const struct secret *password,
		 bool (*looks_right)(struct span plain), struct pbe_work *work, struct buf *out,
		 struct err *e) MUST_USE;

enum pbe_scheme { PBE_AES256_SHA256, PBE_3DES_SHA1 };

/* Appends AlgorithmIdentifier to algorithm_out and the encrypted bytes to out; salt and IV are new ones. */
bool pbe_encrypt(enum pbe_scheme scheme, unsigned rounds, struct span plain,
		 const struct secret *password, struct buf *algorithm_out, struct buf *out,
		 struct err *e) MUST_USE;
