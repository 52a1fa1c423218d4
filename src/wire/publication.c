/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/publication.h"

#include "base/json.h"
#include "base/text.h"
#include "core/authentication/jws.h"
#include "core/authentication/publications.h"

#include <inttypes.h>
#include <string.h>

void publication_clear(struct publication *p)
{
	cert_unref(p->ntcer);
	cert_list_clear(&p->ipcer);
	buf_clear(&p->token);
	*p = (struct publication)PUBLICATION_INIT;
}

bool publication_copy(const struct publication *from, struct publication *out, struct err *e)
{
	struct publication p AUTO_PUBLICATION = *from;

	p.ntcer = from->ntcer ? cert_ref(from->ntcer) : NULL;
	p.ipcer = (struct cert_list)CERT_LIST_INIT;
	p.token = (struct buf)BUF_INIT;
	buf_add_span(&p.token, buf_span(&from->token));
	for (size_t i = 0; i < from->ipcer.n; i++)
		if (!cert_list_add(&p.ipcer, from->ipcer.items[i], e))
			return false;
	if (!buf_ok(&p.token))
		return err_nomem(e);
	*out = p;
	p = (struct publication)PUBLICATION_INIT;
	return true;
}

static bool read_cert(const json_t *text, struct cert **out, struct err *e)
{
	struct buf der AUTO_BUF = BUF_INIT;

	if (!json_is_string(text) || !base64_decode(span_str(json_string_value(text)), &der))
		return err_reason(e, "jws.corrupt", "a certificate in it is no base64");
	return cert_parse(der.data, der.len, out, e);
}

static bool read_ipcer(const json_t *list, struct cert_list *out, struct err *e)
{
	if (!json_is_array(list) || json_array_size(list) > PUBLICATION_IPCER_MAX)
		return err_reason(e, "jws.corrupt", "ipcer is a list of at most %d certificates",
				  PUBLICATION_IPCER_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct cert *c AUTO_CERT = NULL;

		if (!read_cert(json_array_get(list, i), &c, e) || !cert_list_add(out, c, e))
			return false;
	}
	return true;
}

static bool read_payload(const json_t *payload, struct span token, struct publication *out,
			 struct err *e)
{
	struct publication p AUTO_PUBLICATION = PUBLICATION_INIT;
	const char *reason = "", *created = "", *prev = "";

	if (!json_get_int(payload, "number", 1, INT64_MAX, &p.number, e) ||
	    !json_get_str(payload, "prev_sha256", &prev, e) ||
	    !json_get_str(payload, "reason", &reason, e) ||
	    !json_get_str(payload, "created", &created, e))
		return err_reason(e, "jws.corrupt", "it lacks a member");
	if (!read_cert(json_object_get(payload, "ntcer"), &p.ntcer, e) ||
	    !read_ipcer(json_object_get(payload, "ipcer"), &p.ipcer, e))
		return false;
	text_copy(p.reason, sizeof(p.reason), reason);
	text_copy(p.created, sizeof(p.created), created);
	buf_add_span(&p.token, token);
	if (!buf_ok(&p.token))
		return err_nomem(e);
	*out = p;
	p = (struct publication)PUBLICATION_INIT;
	return true;
}

static bool verify(const struct cert *key, struct span token, json_t **payload_out,
		   struct publication *out, struct err *e)
{
	return jws_verify(token, key, PUBLICATION_TYP, payload_out, e) &&
	       read_payload(*payload_out, token, out, e);
}

static bool reason_is_plain(const char *reason)
{
	static const char *const plain[] = {"first", "renewed", "rebound", "restored"};

	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		if (strcmp(reason, plain[i]) == 0)
			return true;
	return false;
}

/* prev_sha256 is not held against it: a server that was restored tells another story from some number
 * on, and whoever has the key could name any predecessor. */
static bool may_follow(const struct publication *held, const struct publication *next, bool pinned,
		       struct err *e)
{
	if (next->number != held->number + 1)
		return err_reason(e, "publication.step", "it says number %" PRId64, next->number);
	if (!pinned && !reason_is_plain(next->reason))
		return err_reason(e, "publication.leaked",
				  "reason '%.20s' counts only where the server proves itself",
				  next->reason);
	return true;
}

bool publication_follow(const struct publication *held, struct span token, bool pinned,
			struct publication *out, struct err *e)
{
	struct publication next AUTO_PUBLICATION = PUBLICATION_INIT;
	json_t *payload AUTO_JSON = NULL;

	if (!verify(held->ntcer, token, &payload, &next, e) || !may_follow(held, &next, pinned, e))
		return err_wrap(e, "publication %" PRId64, held->number + 1);
	*out = next;
	next = (struct publication)PUBLICATION_INIT;
	return true;
}

bool publication_begin(const struct cert *key, struct span token, struct publication *out,
		       struct err *e)
{
	json_t *payload AUTO_JSON = NULL;

	return verify(key, token, &payload, out, e);
}

bool publication_load(struct span token, struct publication *out, struct err *e)
{
	json_t *header AUTO_JSON = NULL, *payload AUTO_JSON = NULL;

	return jws_peek(token, &header, &payload, e) && read_payload(payload, token, out, e);
}
