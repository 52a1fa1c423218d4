/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/fetch_file.h"

#include "wire/fetch_impl.h"

#include <errno.h>
#include <unistd.h>

struct taking {
	struct wire_client *client;
	struct wire_file *file;
	int errnum;
	bool too_big, given_up;
};

static size_t take(char *p, size_t size, size_t n, void *arg)
{
	struct taking *t = arg;
	struct wire_file *f = t->file;
	size_t len = size * n, done = 0;
	long status = 0;

	(void)curl_easy_getinfo(t->client->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200 && status != 206)
		return len; /* what a redirection says besides is nobody's file */
	if ((int64_t)len > f->bytes - f->at) {
		t->too_big = true;
		return 0;
	}
	while (done < len) {
		ssize_t wrote = pwrite(f->fd, p + done, len - done, f->at);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0) {
			t->errnum = errno;
			return 0;
		}
		done += (size_t)wrote;
		f->at += wrote;
	}
	return len;
}

static int look(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	struct taking *t = arg;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	t->given_up =
		wire_ended() || (t->file->go_on && !t->file->go_on(t->file->arg, t->file->at));
	return t->given_up ? 1 : 0;
}

static bool set_up(struct taking *t, const char *url)
{
	CURL *h = t->client->curl;

	return curl_easy_setopt(h, CURLOPT_URL, url) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_HTTPGET, 1L) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_FAILONERROR, 1L) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)t->file->at) ==
		       CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_WRITEDATA, t) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, look) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_XFERINFODATA, t) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_LOW_SPEED_LIMIT, (long)WIRE_FILE_STALL_BYTES_S) ==
		       CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_LOW_SPEED_TIME, (long)WIRE_FILE_STALL_S) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, WIRE_FILE_MAX_S * 1000L) == CURLE_OK;
}

static bool failed(const struct taking *t, const char *url, CURLcode code, struct err *e)
{
	long status = 0;

	if (t->errnum)
		return err_sys(e, t->errnum, "cannot write the download");
	if (t->too_big)
		return err_set(e, ERR_LIMIT, "more than the %lld bytes that were named",
			       (long long)t->file->bytes);
	if (t->given_up)
		return err_set(e, ERR_CANCELLED, "the download was given up");
	(void)curl_easy_getinfo(t->client->curl, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_HTTP_RETURNED_ERROR && code != CURLE_OK)
		return wire_failed(t->client, url, code, e);
	(void)err_reason(e, "agent.unreachable", "%.120s is answered with %ld", url, status);
	e->wait_s = wire_retry_after(t->client);
	return false;
}

/* *again_out: not from there; from the start perhaps. */
static bool run(struct taking *t, const char *url, bool *again_out, struct err *e)
{
	int64_t from = t->file->at;
	long status = 0;
	CURLcode code;

	if (!set_up(t, url))
		return err_set(e, ERR_BUG, "libcurl lacks an option");
	code = curl_easy_perform(t->client->curl);
	(void)curl_easy_getinfo(t->client->curl, CURLINFO_RESPONSE_CODE, &status);
	*again_out = from > 0 && (code == CURLE_RANGE_ERROR || status == 416);
	if (code != CURLE_OK || (status != 200 && status != 206))
		return failed(t, url, code, e);
	return t->file->at == t->file->bytes ||
	       err_reason(e, "agent.unreachable", "%.120s ends after %lld of %lld bytes", url,
			  (long long)t->file->at, (long long)t->file->bytes);
}

bool wire_fetch_file(const struct cert_list *pins, const char *url, struct wire_file *f,
		     struct err *e)
{
	struct wire_client *client AUTO_WIRE_CLIENT = NULL;
	struct taking t = {.file = f};
	bool again = false;

	if (!wire_client_new(pins, &client, e))
		return false;
	t.client = client;
	if (run(&t, url, &again, e))
		return true;
	if (!again)
		return false;
	*e = (struct err)ERR_INIT;
	f->at = 0;
	if (ftruncate(f->fd, 0) != 0)
		return err_sys(e, errno, "cannot begin the download anew");
	return run(&t, url, &again, e);
}
