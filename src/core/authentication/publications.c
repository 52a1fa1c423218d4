/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/authentication/publications.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/num.h"
#include "base/text.h"
#include "core/agents/agent_hosts.h"
#include "core/agents/agents.h"
#include "core/authentication/jws.h"
#include "core/paging.h"
#include "store/publications.h"
#include "store/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static json_t *base64_json(struct span der)
{
	struct buf text AUTO_BUF = BUF_INIT;

	base64_encode(der, &text);
	return buf_ok(&text) ? json_string(buf_str(&text)) : NULL;
}

/* The host certificates that agents may meet: those given, else the present ones. */
static json_t *ipcer_json(struct core *c, const struct cert_list *given, struct err *e)
{
	struct cert_list present AUTO_CERT_LIST = CERT_LIST_INIT;
	const struct cert_list *hosts = given ? given : &present;
	json_t *list;

	if (!given && !agent_hosts(c, &present, e))
		return NULL;
	list = json_array();
	for (size_t i = 0; list && i < hosts->n; i++)
		(void)json_array_append_new(
			list, base64_json(span_of(hosts->items[i]->der, hosts->items[i]->der_len)));
	if (!list)
		(void)err_nomem(e); /* NULL says it */
	return list;
}

static json_t *payload_json(struct core *c, const struct publication_new *n, int64_t number,
			    const char *prev, struct err *e)
{
	json_t *ipcer = ipcer_json(c, n->ipcer, e), *payload;

	if (!ipcer)
		return NULL;
	payload = json_pack("{s:I, s:s, s:o, s:o, s:s, s:o}", "number", (json_int_t)number,
			    "prev_sha256", prev, "ntcer",
			    base64_json(span_of(n->ntcer->der, n->ntcer->der_len)), "ipcer", ipcer,
			    "reason", n->reason, "created", json_time(core_now_s(c)));
	if (!payload)
		(void)err_nomem(e); /* NULL says it */
	return payload;
}

bool publication_add(struct core *c, const struct publication_new *n, int64_t *number_out,
		     struct err *e)
{
	struct publication_row last = {.number = 0}, row = {.created_s = core_now_s(c)};
	struct buf token AUTO_BUF = BUF_INIT;
	json_t *payload AUTO_JSON = NULL;
	uint8_t digest[SHA256_BYTES];
	bool found = false;

	if (!publication_row_find(core_store(c), 0, &last, NULL, &found, e))
		return false;
	row.number = last.number + 1;
	payload = payload_json(c, n, row.number, found ? last.sha256 : "", e);
	if (!payload || !jws_sign(n->signer_key, n->signer, PUBLICATION_TYP, payload, &token, e))
		return err_wrap(e, "publication %" PRId64, row.number);
	sha256(buf_span(&token), digest);
	hex_lower(span_of(digest, sizeof(digest)), row.sha256);
	text_copy(row.ntcer, sizeof(row.ntcer), n->ntcer->id);
	text_copy(row.signed_by, sizeof(row.signed_by), n->signer->id);
	text_copy(row.reason, sizeof(row.reason), n->reason);
	if (!publication_row_insert(core_store(c), &row, buf_str(&token), e))
		return false;
	*number_out = row.number;
	return agents_restate(c, e); /* what they hold is worth something else now */
}

bool publication_token(struct core *c, int64_t number, struct buf *out, struct err *e)
{
	struct publication_row row;
	bool found = false;

	if (!publication_row_find(core_store(c), number, &row, out, &found, e))
		return false;
	return found ||
	       err_reason(e, "publication.not_found", "there is no publication %" PRId64, number);
}

struct list_arg {
	json_t *items;
	int limit;
	int64_t next; /* first number of the next page; 0: none */
};

static bool list_one(void *arg, const struct publication_row *r, const char *token, struct err *e)
{
	struct list_arg *a = arg;

	(void)token; /* has its own address */
	if ((int)json_array_size(a->items) == a->limit) {
		if (a->next == 0)
			a->next = r->number;
		return true;
	}
	return json_array_append_new(a->items, json_pack("{s:I, s:s, s:s, s:s, s:s, s:o}", "number",
							 (json_int_t)r->number, "sha256", r->sha256,
							 "ntcer_sha256", r->ntcer, "signed_by",
							 r->signed_by, "reason", r->reason,
							 "created", json_time(r->created_s))) ==
		       0 ||
	       err_nomem(e);
}

bool publications_list(struct core *c, const struct page *p, json_t **out, struct err *e)
{
	struct list_arg arg = {.limit = p && p->limit ? p->limit : PAGE_LIMIT_DEFAULT};
	struct publication_row last = {.number = 0};
	uint64_t first = 1;
	bool found = false;
	json_t *answer;
	char next[24];

	if (p && p->token && !num_u64(p->token, INT64_MAX, &first))
		return err_reason(e, "request.parameter", "the page token is not one of ours");
	arg.items = json_array();
	if (!arg.items)
		return err_nomem(e);
	if (!publication_row_find(core_store(c), 0, &last, NULL, &found, e) ||
	    !publication_row_each(core_store(c), (int64_t)first, list_one, &arg, e)) {
		json_decref(arg.items);
		return false;
	}
	answer = json_pack("{s:o, s:I}", "items", arg.items, "total", (json_int_t)last.number);
	if (!answer)
		return err_nomem(e);
	snprintf(next, sizeof(next), "%" PRId64, arg.next);
	if (arg.next && json_object_set_new(answer, "next_page_token", json_string(next)) != 0) {
		json_decref(answer);
		return err_nomem(e);
	}
	*out = answer;
	return true;
}
