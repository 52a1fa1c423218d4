/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/sender.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/text.h"

#include <curl/curl.h>
#include <string.h>

#define PIN_PREFIX "sha256//"

struct flight {
	CURL *curl;
	struct buf answer;
	char error[CURL_ERROR_SIZE];
	void *arg;
	bool flies;
	struct flight *next; /* among the spare ones */
};

struct sender {
	CURLM *multi;
	struct curl_slist *headers;
	sender_fn fn;
	void *ctx;
	struct flight *flights; /* all of them */
	struct flight *spare;
	size_t n_spare;
};

static size_t take_bytes(char *p, size_t size, size_t n, void *arg)
{
	struct flight *f = arg;

	buf_add(&f->answer, p, size * n);
	return buf_ok(&f->answer) ? size * n : 0;
}

/* What is the same for every command. */
static bool flight_make(struct sender *s, struct flight *f)
{
	f->curl = curl_easy_init();
	if (!f->curl)
		return false;
	f->answer.max = SENDER_ANSWER_MAX;
	return curl_easy_setopt(f->curl, CURLOPT_PRIVATE, f) == CURLE_OK &&
	       curl_easy_setopt(f->curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(f->curl, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
	       curl_easy_setopt(f->curl, CURLOPT_PROXY, "") == CURLE_OK &&
	       curl_easy_setopt(f->curl, CURLOPT_NOPROXY, "*") == CURLE_OK &&
	       curl_easy_setopt(f->curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	       curl_easy_setopt(f->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) ==
		       CURLE_OK &&
	       /* self-made certificates: the key is the pin, names and chains say nothing */
	       curl_easy_setopt(f->curl, CURLOPT_SSL_VERIFYPEER, 0L) == CURLE_OK &&
	       curl_easy_setopt(f->curl, CURLOPT_SSL_VERIFYHOST, 0L) == CURLE_OK &&
	       /* else each handshake reads and parses the system's roots first */
	       curl_easy_setopt(f->curl, CURLOPT_CAINFO, NULL) == CURLE_OK &&
	       curl_easy_setopt(f->curl, CURLOPT_CAPATH, NULL) == CURLE_OK &&
	       curl_easy_setopt(f->curl, CURLOPT_HTTPHEADER, s->headers) == CURLE_OK &&
	       curl_easy_setopt(f->curl, CURLOPT_POST, 1L) == CURLE_OK &&
	       curl_easy_setopt(f->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)SENDER_CONNECT_MS) ==
		       CURLE_OK &&
	       curl_easy_setopt(f->curl, CURLOPT_TIMEOUT_MS, (long)SENDER_ANSWER_MS) == CURLE_OK &&
	       curl_easy_setopt(f->curl, CURLOPT_ERRORBUFFER, f->error) == CURLE_OK &&
	       curl_easy_setopt(f->curl, CURLOPT_WRITEFUNCTION, take_bytes) == CURLE_OK &&
	       curl_easy_setopt(f->curl, CURLOPT_WRITEDATA, f) == CURLE_OK;
}

bool sender_new(sender_fn fn, void *ctx, struct sender **out, struct err *e)
{
	struct sender *s = mem_new(struct sender);

	if (!s)
		return err_nomem(e);
	s->fn = fn;
	s->ctx = ctx;
	s->multi = curl_multi_init();
	s->headers = curl_slist_append(NULL, "Content-Type: application/jose");
	if (s->headers && !curl_slist_append(s->headers, "Expect:")) {
		curl_slist_free_all(s->headers);
		s->headers = NULL;
	}
	s->flights = mem_array(SENDER_PARALLEL_MAX, sizeof(*s->flights));
	if (!s->multi || !s->headers || !s->flights ||
	    curl_multi_setopt(s->multi, CURLMOPT_MAXCONNECTS, (long)SENDER_KEPT_MAX) != CURLM_OK) {
		sender_free(s, NULL);
		return err_nomem(e);
	}
	for (size_t i = 0; i < SENDER_PARALLEL_MAX; i++) {
		struct flight *f = &s->flights[i];

		if (!flight_make(s, f)) {
			sender_free(s, NULL);
			return err_nomem(e);
		}
		f->next = s->spare;
		s->spare = f;
		s->n_spare++;
	}
	*out = s;
	return true;
}

void sender_free(struct sender *s, void (*drop)(void *arg))
{
	if (!s)
		return;
	for (size_t i = 0; s->flights && i < SENDER_PARALLEL_MAX; i++) {
		if (!s->flights[i].curl)
			continue;
		(void)curl_multi_remove_handle(s->multi, s->flights[i].curl); /* or not in it */
		curl_easy_cleanup(s->flights[i].curl);
		buf_clear(&s->flights[i].answer);
		if (s->flights[i].flies && drop)
			drop(s->flights[i].arg);
	}
	mem_free(s->flights);
	if (s->multi)
		(void)curl_multi_cleanup(s->multi);
	curl_slist_free_all(s->headers);
	mem_free(s);
}

size_t sender_room(const struct sender *s)
{
	return s->n_spare;
}

static bool aim(struct flight *f, const struct sender_post *p)
{
	struct buf url AUTO_BUF = BUF_INIT, pin AUTO_BUF = BUF_INIT;
	bool v6 = strchr(p->address, ':') != NULL;

	buf_printf(&url, "https://%s%s%s:%u" SENDER_PATH, v6 ? "[" : "", p->address, v6 ? "]" : "",
		   (unsigned)p->port);
	buf_add_str(&pin, PIN_PREFIX);
	base64_encode(span_of(p->listener_sha256, SHA256_BYTES), &pin);
	return buf_ok(&url) && buf_ok(&pin) &&
	       curl_easy_setopt(f->curl, CURLOPT_URL, buf_str(&url)) == CURLE_OK &&
	       curl_easy_setopt(f->curl, CURLOPT_PINNEDPUBLICKEY, buf_str(&pin)) == CURLE_OK &&
	       curl_easy_setopt(f->curl, CURLOPT_POSTFIELDSIZE, (long)p->body.len) == CURLE_OK &&
	       curl_easy_setopt(f->curl, CURLOPT_COPYPOSTFIELDS, p->body.p) == CURLE_OK;
}

bool sender_post(struct sender *s, const struct sender_post *p, struct err *e)
{
	struct flight *f = s->spare;

	if (!f)
		return err_set(e, ERR_BUSY, "%d commands are on their way", SENDER_PARALLEL_MAX);
	buf_reset(&f->answer);
	f->error[0] = '\0';
	f->arg = p->arg;
	if (!aim(f, p) || curl_multi_add_handle(s->multi, f->curl) != CURLM_OK)
		return err_nomem(e);
	f->flies = true;
	s->spare = f->next;
	s->n_spare--;
	return true;
}

static void land(struct sender *s, CURL *curl, CURLcode result)
{
	struct sender_answer a = {.status = 0};
	struct flight *f = NULL;
	long status = 0;

	(void)curl_easy_getinfo(curl, CURLINFO_PRIVATE, &f); /* set when it was made */
	(void)curl_multi_remove_handle(s->multi, curl);
	if (result == CURLE_OK &&
	    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK)
		a.status = (int)status;
	a.arg = f->arg;
	a.error = result == CURLE_SSL_PINNEDPUBKEYNOTMATCH
			  ? "the listener shows another key than the agent registered with"
		  : f->error[0] ? f->error
				: curl_easy_strerror(result);
	a.body = buf_span(&f->answer);
	f->flies = false;
	s->fn(s->ctx, &a);
	f->next = s->spare;
	s->spare = f;
	s->n_spare++;
}

bool sender_run(struct sender *s, int wait_ms, struct err *e)
{
	int running = 0, left = 0;
	CURLMsg *m;

	if (curl_multi_perform(s->multi, &running) != CURLM_OK)
		return err_set(e, ERR_IO, "libcurl fails");
	while ((m = curl_multi_info_read(s->multi, &left))) {
		if (m->msg == CURLMSG_DONE) {
			land(s, m->easy_handle, m->data.result);
			wait_ms = 0;
		}
	}
	if (wait_ms > 0 && curl_multi_poll(s->multi, NULL, 0, wait_ms, NULL) != CURLM_OK)
		return err_set(e, ERR_IO, "libcurl cannot wait");
	return true;
}

void sender_wake(struct sender *s)
{
	(void)curl_multi_wakeup(s->multi); /* else it wakes by itself a little later */
}
