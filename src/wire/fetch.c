/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/fetch.h"

#include "wire/fetch_impl.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/secret.h"
#include "base/text.h"
#include "x509/pem.h"

#include <curl/curl.h>
#include <stdatomic.h>
#include <string.h>

#define CERT_MARK "Cert:" /* how libcurl labels the PEM of one certificate */

bool wire_start(struct err *e)
{
	return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ||
	       err_set(e, ERR_BUG, "libcurl does not start");
}

static atomic_bool ended;

void wire_end(void)
{
	atomic_store(&ended, true);
}

bool wire_ended(void)
{
	return atomic_load(&ended);
}

static int go_on(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)arg;
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return wire_ended() ? 1 : 0;
}

void wire_answer_clear(struct wire_answer *a)
{
	buf_clear(&a->body);
	*a = (struct wire_answer)WIRE_ANSWER_INIT;
}

static const char *shown_leaf(const struct curl_certinfo *info)
{
	if (!info || info->num_of_certs < 1)
		return NULL;
	for (const struct curl_slist *i = info->certinfo[0]; i; i = i->next)
		if (text_starts_with(i->data, CERT_MARK))
			return i->data + strlen(CERT_MARK);
	return NULL;
}

static bool is_pinned(struct wire_client *c, const char *pem_text)
{
	struct pem pem AUTO_PEM = {.n = 0};
	struct cert *shown AUTO_CERT = NULL;
	struct err ignored = ERR_INIT;

	if (!pem_read(span_str(pem_text), &pem, &ignored) || pem.n == 0 ||
	    !cert_parse(pem.members[0].der.data, pem.members[0].der.len, &shown, &ignored))
		return false;
	text_copy(c->shown, sizeof(c->shown), shown->id);
	return cert_list_has(&c->pins, shown);
}

/* After the handshake, before the first byte of the request. A connection that is used again was looked
 * at when it was made, by this same client with these same pins. */
static int before_request(void *arg, char *remote_ip, char *local_ip, int remote_port,
			  int local_port)
{
	struct wire_client *c = arg;
	struct curl_certinfo *info = NULL;
	const char *leaf;
	long made = 1;

	(void)remote_ip;
	(void)local_ip;
	(void)remote_port;
	(void)local_port;
	if (!c->pinned)
		return CURL_PREREQFUNC_OK;
	if (curl_easy_getinfo(c->curl, CURLINFO_CERTINFO, &info) != CURLE_OK ||
	    curl_easy_getinfo(c->curl, CURLINFO_NUM_CONNECTS, &made) != CURLE_OK)
		made = 1;
	leaf = shown_leaf(info);
	c->refused = leaf ? !is_pinned(c, leaf) : made != 0;
	return c->refused ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static size_t take_body(char *p, size_t size, size_t n, void *arg)
{
	struct buf *body = arg;

	buf_add(body, p, size * n);
	return buf_ok(body) ? size * n : 0;
}

static bool set_up(struct wire_client *c)
{
	CURL *h = c->curl;

	return curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, c->pinned ? "https" : "http,https") ==
		       CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_PROXY, "") == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
	       /* the pin is looked at in before_request() */
	       curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 0L) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 0L) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_CAINFO, NULL) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_CAPATH, NULL) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_SSL_SESSIONID_CACHE, 0L) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_CERTINFO, 1L) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_PREREQFUNCTION, before_request) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_PREREQDATA, c) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, go_on) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)WIRE_CONNECT_MS) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)WIRE_ANSWER_MS) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_USERAGENT, "certbinder-agentd/" PACKAGE_VERSION) ==
		       CURLE_OK;
}

bool wire_client_new(const struct cert_list *pins, struct wire_client **out, struct err *e)
{
	struct wire_client *c AUTO_WIRE_CLIENT = mem_new(struct wire_client);

	if (!c)
		return err_nomem(e);
	c->pinned = pins != NULL;
	for (size_t i = 0; pins && i < pins->n; i++)
		if (!cert_list_add(&c->pins, pins->items[i], e))
			return false;
	c->curl = curl_easy_init();
	if (!c->curl)
		return err_nomem(e);
	if (!set_up(c))
		return err_set(e, ERR_BUG, "libcurl lacks an option");
	*out = c;
	c = NULL;
	return true;
}

void wire_client_free(struct wire_client *c)
{
	if (!c)
		return;
	if (c->curl)
		curl_easy_cleanup(c->curl);
	cert_list_clear(&c->pins);
	mem_free(c);
}

static void header_add(struct curl_slist **list, bool *good, const char *name, const char *value)
{
	struct buf line AUTO_BUF = {.secret = true};
	struct curl_slist *longer;

	buf_printf(&line, "%s:%s%s", name, value[0] ? " " : "", value);
	longer = buf_ok(&line) ? curl_slist_append(*list, buf_str(&line)) : NULL;
	*good = *good && longer;
	if (longer)
		*list = longer;
}

static void headers_free(struct curl_slist *list)
{
	for (struct curl_slist *i = list; i; i = i->next)
		secret_wipe(i->data, strlen(i->data)); /* one of them may hold the agent's secret */
	curl_slist_free_all(list);
}

bool wire_failed(const struct wire_client *c, const char *url, CURLcode code, struct err *e)
{
	if (c->refused)
		return err_reason(e, "agent.unproved",
				  "the server shows certificate %.16s..., which is none of those "
				  "that its publication names",
				  c->shown[0] ? c->shown : "-");
	if (code == CURLE_OUT_OF_MEMORY)
		return err_nomem(e);
	return err_reason(e, "agent.unreachable", "%.120s: %s", url, curl_easy_strerror(code));
}

static bool failed(const struct wire_client *c, const struct wire_request *r, CURLcode code,
		   const struct buf *body, struct err *e)
{
	if (!c->refused && body->failed)
		return err_set(e, ERR_LIMIT, "an answer over %zu bytes", body->max);
	return wire_failed(c, r->url, code, e);
}

/* Not by CURLINFO_RETRY_AFTER: newer libraries make six hours of whatever is more, and a wait that is
 * not believed must not become one. Our servers say seconds; a date is none of theirs. */
int wire_retry_after(const struct wire_client *c)
{
	struct curl_header *h = NULL;
	uint64_t wait_s = 0;

	if (curl_easy_header(c->curl, "Retry-After", 0, CURLH_HEADER, -1, &h) != CURLHE_OK ||
	    !num_u64(h->value, WIRE_RETRY_AFTER_MAX_S, &wait_s))
		return 0;
	return (int)wait_s;
}

static bool perform(struct wire_client *c, const struct wire_request *r, struct wire_answer *a,
		    struct err *e)
{
	long status = 0;
	CURLcode code;

	c->refused = false;
	c->shown[0] = '\0';
	code = curl_easy_perform(c->curl);
	if (code != CURLE_OK || !buf_ok(&a->body))
		return failed(c, r, code, &a->body, e);
	(void)curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	a->status = (int)status;
	a->retry_after_s = wire_retry_after(c);
	return true;
}

bool wire_fetch(struct wire_client *c, const struct wire_request *r, struct wire_answer *out,
		struct err *e)
{
	struct wire_answer a AUTO_WIRE_ANSWER = WIRE_ANSWER_INIT;
	struct curl_slist *headers = NULL;
	bool good = true;

	buf_init(&a.body, WIRE_ANSWER_MAX);
	a.body.secret = true; /* the answer to a registration holds one */
	header_add(&headers, &good, "Expect", "");
	if (r->content_type)
		header_add(&headers, &good, "Content-Type", r->content_type);
	if (r->authorization)
		header_add(&headers, &good, "Authorization", r->authorization);
	good = good && curl_easy_setopt(c->curl, CURLOPT_URL, r->url) == CURLE_OK &&
	       curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
	       curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, &a.body) == CURLE_OK &&
	       curl_easy_setopt(c->curl, CURLOPT_HTTPGET, 1L) == CURLE_OK;
	if (good && r->content_type)
		good = curl_easy_setopt(c->curl, CURLOPT_POST, 1L) == CURLE_OK &&
		       curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE, (long)r->body.len) ==
			       CURLE_OK &&
		       curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, r->body.p) == CURLE_OK;
	good = (good || err_nomem(e)) && perform(c, r, &a, e);
	(void)curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, NULL);
	headers_free(headers);
	if (!good)
		return false;
	*out = a;
	a = (struct wire_answer)WIRE_ANSWER_INIT;
	return true;
}
