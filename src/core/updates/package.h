/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/json.h"
#include "base/span.h"
#include "trust/judge.h"
#include "x509/cert.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Update packages (CONTRACTS.md "Agents"): a ZIP with manifest.json and a detached CMS signature over it. Nothing of a
 * package is believed or unpacked before digest, signed attributes, signature and the signer's chain are right; the
 * signer must be meant for code signing, and is judged at the time of looking, since a signing time is only the
 * signer's word. The file is streamed: memory does not grow with it.
 *
 * manifest.json: {"package","version","files":[{"name","size","sha256","version"}]}; it names every other member.
 */
#define PACKAGE_MAX_BYTES ((int64_t)4 << 30)	     /* one package, and what it unpacks to */
#define PACKAGE_MANIFEST_MAX_BYTES ((size_t)4 << 20) /* manifest.json */
#define PACKAGE_MEMBERS_MAX 20000		     /* files in one package */
#define PACKAGE_NAME_MAX 64 /* bytes of a package's name, and of its version */
#define PACKAGE_MANIFEST "manifest.json"

/* What is wrong with a package is an answer. */
struct package_check {
	bool good;
	const char *reason;		   /* dotted code; "ok" when good: static */
	char explanation[480];		   /* one sentence */
	char sha256[2 * SHA256_BYTES + 1]; /* of the ZIP */
	int64_t bytes;
	struct cert *signer;	 /* reference; NULL when not even that could be read */
	struct verdict *verdict; /* of the signer's chain; NULL when it did not come to that */
	/* Where the chain breaks off: the certificate that would be needed next. */
	char missing[256];    /* its name; "" none is missing */
	bool missing_is_root; /* it was shown, self-signed, and is in no Root store */
	char missing_sha256[2 * SHA256_BYTES + 1]; /* when it was shown */
};

void package_check_clear(struct package_check *p);
#define AUTO_PACKAGE_CHECK AUTO(package_check_clear)

/* SHA-256 of a file from its start, and its size. Errors: ERR_IO, ERR_LIMIT */
bool package_digest(int fd, uint8_t out[static SHA256_BYTES], int64_t *bytes_out,
		    struct err *e) MUST_USE;

/*
 * zip_fd   read from its start, stays open
 * p7s      the detached signature, DER or PEM
 * view     the judge's own stores; see package_view_new()
 * Errors   ERR_IO, ERR_NOMEM, ERR_LIMIT; everything else is an answer
 */
bool package_check(int zip_fd, struct span p7s, const struct trust_view *view, int64_t now_s,
		   struct package_check *out, struct err *e) MUST_USE;

/* The signer alone, of a package whose digest and signature were found good before: bytes and sha256 stay empty. */
bool package_signer(struct span p7s, const struct trust_view *view, int64_t now_s,
		    struct package_check *out, struct err *e) MUST_USE;

/* A view for judging signers: anchors are the self-signed members of roots; its other members lead on, as those of
 * intermediates do. A signer or CA that one of the revocation lists names is refused; where there is none nobody is. */
struct package_stores {
	const struct cert_list *roots, *intermediates;
	const struct cert_list *disallowed; /* NULL: none */
	struct crl *const *crls;
	size_t n_crls;
};
bool package_view_of(const struct package_stores *stores, struct trust_view **out,
		     struct err *e) MUST_USE;
/* The same without revocation lists. */
bool package_view_new(const struct cert_list *roots, const struct cert_list *intermediates,
		      const struct cert_list *disallowed, struct trust_view **out,
		      struct err *e) MUST_USE;

/* A package's name or version: letters, digits and . _ + - after a letter or digit; folders and files are named after
 * both. No package and no version is called "current". */
bool package_name_is_plain(const char *name);
/* For a package that was found good. Reads manifest.json. Errors: package.manifest, zip.*; zip.bomb for what would
 * unpack to more than PACKAGE_MAX_BYTES */
bool package_manifest(int zip_fd, json_t **out, struct err *e) MUST_USE;
/* Unpacks every file that the manifest names into the folder dir_fd, checking size and digest; what stands beside the
 * manifest or differs from it is refused, as is what is missing or there twice. On failure the folder holds what came
 * before it: unpack into a fresh one. dir_fd -1: nothing is written, the files are only compared with the manifest. */
bool package_unpack(int zip_fd, const json_t *manifest, int dir_fd, struct err *e) MUST_USE;
