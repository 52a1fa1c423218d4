/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/span.h"
#include "x509/cert.h"
#include "x509/kdf.h"

/*
 * PFX files as no writer would make them: for tests of what the reader refuses. Outside in: safes
 * hold bags, the authenticated safe holds contents, the file holds that and its MAC.
 */
void make_cert_bag(struct buf *out, const struct cert *c);
void make_plain_key_bag(struct buf *out, struct span pkcs8);
void make_secret_bag(struct buf *out);
void make_nested_bag(struct buf *out, struct span bags); /* SafeContents in a bag */
void make_plain_content(struct buf *out, struct span bags);
void make_encrypted_content(struct buf *out, struct span algorithm, struct span data);
void make_content_of_kind(struct buf *out, struct span oid);
/* PBES2 with AES-256 and HMAC-SHA-256 over these bags; key: the octets that PBKDF2 takes. */
void make_pbes2_content(struct buf *out, struct span bags, struct span key, uint64_t rounds);

/* PKCS#12 MAC (password as BMPString with terminator) over the contents, or PBMAC1 (octets). */
void make_mac(struct buf *out, struct span contents, struct span bmp, uint64_t rounds);
struct pbmac1_recipe {
	uint64_t rounds;
	unsigned key_len; /* what is derived; written down unless omit_key_len is set */
	bool omit_key_len;
};
void make_pbmac1(struct buf *out, struct span contents, struct span password,
		 const struct pbmac1_recipe *r);
void make_unknown_mac(struct buf *out);

/* contents: ContentInfos one behind the other. mac: empty for none. */
void make_pfx(struct buf *out, uint64_t version, struct span contents, struct span mac);
