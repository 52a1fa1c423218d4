/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tls/hello.h"

#include "base/text.h"
#include "tls/config.h"
#include "tls/hello_read.h"
#include "tls/mbed.h"

#include <string.h>

#define RECORD_CHANGE_CIPHER_SPEC 20
#define RECORD_HANDSHAKE 22
#define RECORD_HEADER 5
#define RECORD_MAX (16384 + 256) /* bytes of the record of a ClientHello */
#define EXT_SERVER_NAME 0
#define EXT_GROUPS 10
#define EXT_VERSIONS 43
#define EXT_KEY_SHARE 51
#define EXT_TYPES 65536
#define VERSION_13 0x0304
#define SUITE_FALLBACK 0x5600
#define GROUP_SECP256R1 23

static void read_server_name(struct cursor ext, struct hello *out)
{
	struct cursor list = cursor_vector(&ext, 2);

	while (!list.bad && list.left.len > 0) {
		size_t type = cursor_number(&list, 1);
		struct cursor name = cursor_vector(&list, 2);

		if (list.bad || type != 0 || name.left.len == 0 ||
		    name.left.len >= sizeof(out->sni))
			continue;
		for (size_t i = 0; i < name.left.len; i++)
			out->sni[i] = ascii_lower((char)name.left.p[i]);
		out->sni[name.left.len] = '\0';
		if (name.left.len > 1 && out->sni[name.left.len - 1] == '.')
			out->sni[name.left.len - 1] = '\0';
		return;
	}
}

static void read_key_share(struct cursor ext, struct hello *out)
{
	struct cursor list = cursor_vector(&ext, 2);

	while (!list.bad && list.left.len > 0) {
		size_t group = cursor_number(&list, 2);

		cursor_vector(&list, 2);
		if (!list.bad && group == GROUP_SECP256R1)
			out->has_p256_share = true;
	}
}

static bool has_number(struct cursor list, size_t wanted)
{
	while (cursor_more(&list))
		if (cursor_number(&list, 2) == wanted)
			return true;
	return false;
}

static bool has_group_of_ours(struct cursor list)
{
	for (const uint16_t *g = tls_groups_served; *g != MBEDTLS_SSL_IANA_TLS_GROUP_NONE; g++)
		if (has_number(list, *g))
			return true;
	return false;
}

/* What decides about a hello as a whole. */
struct offer {
	bool is_13;    /* TLS 1.3 is among the versions */
	bool no_group; /* none of its groups is served here */
};

/* Of the bytes behind an extension's head. */
static void read_extension(size_t type, struct cursor ext, struct hello *out, struct offer *offer)
{
	struct cursor content = ext;

	if (type == EXT_SERVER_NAME && out->sni[0] == '\0')
		read_server_name(ext, out);
	if (type == EXT_KEY_SHARE)
		read_key_share(ext, out);
	if (type == EXT_VERSIONS)
		offer->is_13 = has_number(cursor_vector(&content, 1), VERSION_13);
	if (type == EXT_GROUPS)
		offer->no_group = !has_group_of_ours(cursor_vector(&content, 2));
}

/* The first fault counts. */
static void fault(struct hello *out, unsigned char alert)
{
	if (out->alert == 0)
		out->alert = alert;
}

static enum hello_state read_extensions(struct cursor list, struct hello *out, struct offer *offer)
{
	uint8_t seen[EXT_TYPES / 8] = {0};

	while (cursor_more(&list)) {
		size_t type = cursor_number(&list, 2);
		struct cursor ext = cursor_vector(&list, 2);

		if (list.bad)
			return HELLO_ODD;
		if (seen[type / 8] & 1 << type % 8)
			fault(out, ALERT_ILLEGAL_PARAMETER); /* RFC 8446 4.2 */
		seen[type / 8] |= (uint8_t)(1 << type % 8);
		fault(out, hello_extension_fault(type, ext.left));
		read_extension(type, ext, out, offer);
	}
	return list.bad ? HELLO_ODD : HELLO_READ;
}

static enum hello_state read_hello(struct cursor body, struct hello *out)
{
	struct cursor suites, extensions;
	enum hello_state state;
	struct offer offer = {.is_13 = false};

	cursor_cut(&body, 2 + 32); /* version, random */
	cursor_vector(&body, 1);   /* session id */
	suites = cursor_vector(&body, 2);
	cursor_vector(&body, 1); /* compression */
	extensions = cursor_vector(&body, 2);
	if (body.bad)
		return HELLO_ODD;
	state = read_extensions(extensions, out, &offer);
	if (body.left.len > 0)
		fault(out, ALERT_DECODE_ERROR);
	if (!offer.is_13 && has_number(suites, SUITE_FALLBACK))
		fault(out, ALERT_INAPPROPRIATE_FALLBACK);
	if (offer.is_13 && offer.no_group)
		fault(out, ALERT_HANDSHAKE_FAILURE); /* RFC 8446 4.1.1 */
	return state;
}

enum hello_state hello_look(struct span in, struct hello *out)
{
	struct cursor record = {.left = in}, message;
	size_t record_len, len;

	*out = (struct hello){.sni = ""};
	if (in.len > 0 &&
	    in.p[0] == RECORD_CHANGE_CIPHER_SPEC) { /* RFC 8446 5: not before a hello */
		fault(out, ALERT_UNEXPECTED_MESSAGE);
		return HELLO_READ;
	}
	if (in.len > 0 && in.p[0] != RECORD_HANDSHAKE)
		return HELLO_ODD;
	if (in.len < RECORD_HEADER)
		return HELLO_MORE;
	cursor_cut(&record, 3); /* type, version */
	record_len = cursor_number(&record, 2);
	if (record_len < HANDSHAKE_HEADER || record_len > RECORD_MAX)
		return HELLO_ODD;
	if (record.left.len < record_len)
		return HELLO_MORE;
	message = (struct cursor){.left = cursor_cut(&record, record_len)};
	if (cursor_number(&message, 1) != 1) /* client_hello */
		return HELLO_ODD;
	len = cursor_number(&message, 3);
	if (len > message.left.len) /* spread over records: rare, and not worth it */
		return HELLO_ODD;
	return read_hello((struct cursor){.left = cursor_cut(&message, len)}, out);
}
