/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tls/hello.h"
#include "tls/hello_read.h"

#include "base/attr.h"

#include <string.h>

/*
 * The shapes of a ClientHello's extensions. mbedTLS reads what it needs of each and lets pass bytes behind
 * it, lists of nothing and shares of the same group; RFC 8446 section 4.2 and the extensions' own texts do
 * not. Extensions without a rule here are anybody's.
 */
struct shape {
	size_t type;
	int prefix;  /* bytes of the length before the list; 0: no list, the content itself */
	int element; /* bytes of each element; 0: each has a length of its own, of name bytes */
	int name;    /* bytes of that length */
	size_t min, most; /* bytes of list or content */
};

static const struct shape shapes[] = {
	{0, 2, -1, 0, 1, 65535},  /* server_name, RFC 6066 3: read by names() */
	{1, 0, 1, 0, 1, 1},	  /* max_fragment_length, RFC 6066 4 */
	{10, 2, 2, 0, 2, 65535},  /* supported_groups */
	{11, 1, 1, 0, 1, 255},	  /* ec_point_formats, RFC 8422 5.1.2 */
	{13, 2, 2, 0, 2, 65534},  /* signature_algorithms */
	{16, 2, 0, 1, 2, 65535},  /* ALPN, RFC 7301 3.1 */
	{22, 0, 1, 0, 0, 0},	  /* encrypt_then_mac, RFC 7366 */
	{23, 0, 1, 0, 0, 0},	  /* extended_master_secret, RFC 7627 5.1 */
	{28, 0, 2, 0, 2, 2},	  /* record_size_limit, RFC 8449 4 */
	{42, 0, 1, 0, 0, 0},	  /* early_data */
	{43, 1, 2, 0, 2, 254},	  /* supported_versions */
	{44, 2, 1, 0, 1, 65535},  /* cookie */
	{45, 1, 1, 0, 1, 255},	  /* psk_key_exchange_modes */
	{50, 2, 2, 0, 2, 65534},  /* signature_algorithms_cert */
	{51, 2, -1, 0, 0, 65535}, /* key_share: read by shares() */
	{65281, 1, 1, 0, 0, 255}, /* renegotiation_info, RFC 5746 3.2 */
};

#define HELLO_SHARES_MAX 32 /* shares of a hello; nobody has a use for more */
#define RECORD_SIZE_MIN 64  /* bytes to which a client may limit records, RFC 8449 4 */

/* host_name once, and not empty; other kinds are not known to anybody. */
static unsigned char names(struct cursor list)
{
	bool seen[256] = {false};

	while (cursor_more(&list)) {
		size_t kind = cursor_number(&list, 1);
		struct cursor name = cursor_vector(&list, 2);

		if (!list.bad && seen[kind])
			return ALERT_ILLEGAL_PARAMETER;
		if (list.bad || name.left.len == 0)
			return ALERT_DECODE_ERROR;
		seen[kind] = true;
	}
	return list.bad ? ALERT_DECODE_ERROR : 0;
}

static unsigned char shares(struct cursor list)
{
	size_t groups[HELLO_SHARES_MAX], n = 0;

	while (cursor_more(&list)) {
		size_t group = cursor_number(&list, 2);
		struct cursor key = cursor_vector(&list, 2);

		if (list.bad || key.left.len == 0)
			return ALERT_DECODE_ERROR;
		for (size_t i = 0; i < n; i++)
			if (groups[i] == group)
				return ALERT_ILLEGAL_PARAMETER;
		if (n == HELLO_SHARES_MAX)
			return ALERT_ILLEGAL_PARAMETER;
		groups[n++] = group;
	}
	return list.bad ? ALERT_DECODE_ERROR : 0;
}

/* Elements with a length of their own, none empty. */
static unsigned char vectors(struct cursor list, size_t n_bytes)
{
	while (cursor_more(&list))
		if (cursor_vector(&list, n_bytes).left.len == 0)
			return ALERT_DECODE_ERROR;
	return list.bad ? ALERT_DECODE_ERROR : 0;
}

/* What the content says, where its shape is right. */
static unsigned char meaning(size_t type, struct span list)
{
	if (type == 1 && (list.p[0] < 1 || list.p[0] > 4))
		return ALERT_ILLEGAL_PARAMETER;
	if (type == 28 && (list.p[0] << 8 | list.p[1]) < RECORD_SIZE_MIN)
		return ALERT_ILLEGAL_PARAMETER;
	if (type == 65281 && list.len > 0) /* this is the first handshake of the connection */
		return ALERT_HANDSHAKE_FAILURE;
	return 0;
}

static unsigned char fault_of(const struct shape *s, struct span data)
{
	struct cursor content = {.left = data};
	struct cursor list = s->prefix ? cursor_vector(&content, (size_t)s->prefix) : content;

	if (content.bad || (s->prefix && content.left.len > 0) || list.left.len < s->min ||
	    list.left.len > s->most)
		return ALERT_DECODE_ERROR;
	if (s->element > 0 && list.left.len % (size_t)s->element != 0)
		return ALERT_DECODE_ERROR;
	if (s->type == 0)
		return names(list);
	if (s->type == 51)
		return shares(list);
	return s->element == 0 ? vectors(list, (size_t)s->name) : meaning(s->type, list.left);
}

unsigned char hello_extension_fault(size_t type, struct span data)
{
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
		if (shapes[i].type == type)
			return fault_of(&shapes[i], data);
	return 0;
}
