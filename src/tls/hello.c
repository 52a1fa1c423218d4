/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tls/hello.h"

#include "base/text.h"

#define RECORD_HEADER 5
#define RECORD_MAX (16384 + 256)
#define HANDSHAKE_HEADER 4
#define EXT_SERVER_NAME 0
#define EXT_KEY_SHARE 51
#define GROUP_SECP256R1 23

/* A cursor: what is cut off the front is gone; after one failure everything fails. */
struct cursor {
	struct span left;
	bool bad;
};

static struct span cut(struct cursor *c, size_t n)
{
	struct span s = {.p = NULL, .len = 0};

	if (c->bad || n > c->left.len) {
		c->bad = true;
		return s;
	}
	s = span_of(c->left.p, n);
	c->left.p += n;
	c->left.len -= n;
	return s;
}

static size_t number(struct cursor *c, size_t n_bytes)
{
	struct span s = cut(c, n_bytes);
	size_t v = 0;

	for (size_t i = 0; i < s.len; i++)
		v = v << 8 | s.p[i];
	return v;
}

/* A vector with a length of n_bytes in front. */
static struct cursor vector(struct cursor *c, size_t n_bytes)
{
	struct span s = cut(c, number(c, n_bytes));

	return (struct cursor){.left = s, .bad = c->bad};
}

static void read_server_name(struct cursor ext, struct hello *out)
{
	struct cursor list = vector(&ext, 2);

	while (!list.bad && list.left.len > 0) {
		size_t type = number(&list, 1);
		struct cursor name = vector(&list, 2);

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
	struct cursor list = vector(&ext, 2);

	while (!list.bad && list.left.len > 0) {
		size_t group = number(&list, 2);

		vector(&list, 2);
		if (!list.bad && group == GROUP_SECP256R1)
			out->has_p256_share = true;
	}
}

static enum hello_state read_hello(struct cursor body, struct hello *out)
{
	struct cursor extensions;

	cut(&body, 2 + 32); /* version, random */
	vector(&body, 1);   /* session id */
	vector(&body, 2);   /* cipher suites */
	vector(&body, 1);   /* compression */
	extensions = vector(&body, 2);
	while (!extensions.bad && extensions.left.len > 0) {
		size_t type = number(&extensions, 2);
		struct cursor ext = vector(&extensions, 2);

		if (extensions.bad)
			return HELLO_ODD;
		if (type == EXT_SERVER_NAME && out->sni[0] == '\0')
			read_server_name(ext, out);
		if (type == EXT_KEY_SHARE)
			read_key_share(ext, out);
	}
	return body.bad ? HELLO_ODD : HELLO_READ;
}

enum hello_state hello_look(struct span in, struct hello *out)
{
	struct cursor record = {.left = in}, message;
	size_t record_len, len;

	*out = (struct hello){.sni = ""};
	if (in.len > 0 && in.p[0] != 22) /* handshake */
		return HELLO_ODD;
	if (in.len < RECORD_HEADER)
		return HELLO_MORE;
	cut(&record, 3); /* type, version */
	record_len = number(&record, 2);
	if (record_len < HANDSHAKE_HEADER || record_len > RECORD_MAX)
		return HELLO_ODD;
	if (record.left.len < record_len)
		return HELLO_MORE;
	message = (struct cursor){.left = cut(&record, record_len)};
	if (number(&message, 1) != 1) /* client_hello */
		return HELLO_ODD;
	len = number(&message, 3);
	if (len > message.left.len) /* spread over records: rare, and not worth it */
		return HELLO_ODD;
	return read_hello((struct cursor){.left = cut(&message, len)}, out);
}
