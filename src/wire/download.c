/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/download.h"

#include "base/attr.h"
#include "base/num.h"
#include "core/trust/crl_egress.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct transfer {
	const struct download_request *request;
	const atomic_bool *stop;
	struct buf *out;
	uint16_t port;
	bool refused, too_big;
	char refused_text[INET6_ADDRSTRLEN];
};

static void url_autop(CURLU **u)
{
	curl_url_cleanup(*u);
}

static void easy_autop(CURL **h)
{
	curl_easy_cleanup(*h);
}

static void part_autop(char **s)
{
	curl_free(*s);
}

static bool scheme_fits(const struct download_request *r, const char *scheme, struct err *e)
{
	if (strcmp(scheme, "http") == 0 || (r->https && strcmp(scheme, "https") == 0))
		return true;
	return err_reason(e, "egress.refused", "'%.200s' is not http", r->url);
}

/* Host and port must be in the list before anything is resolved. */
static bool url_fits(const struct download_request *r, uint16_t *port_out, struct err *e)
{
	CURLU *u AUTO(url_autop) = curl_url();
	char *scheme AUTO(part_autop) = NULL, *host AUTO(part_autop) = NULL,
		     *port AUTO(part_autop) = NULL, *user AUTO(part_autop) = NULL;
	uint64_t n = 0;
	size_t len;

	if (!u)
		return err_nomem(e);
	if (strlen(r->url) > DOWNLOAD_URL_MAX || curl_url_set(u, CURLUPART_URL, r->url, 0) ||
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) ||
	    curl_url_get(u, CURLUPART_HOST, &host, 0) ||
	    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) ||
	    !num_u64(port, UINT16_MAX, &n))
		return err_reason(e, "egress.refused", "'%.200s' is no address of the web", r->url);
	if (!scheme_fits(r, scheme, e))
		return false;
	if (curl_url_get(u, CURLUPART_USER, &user, 0) != CURLUE_NO_USER)
		return err_reason(e, "egress.refused", "an address with a name and a password");
	len = strlen(host);
	if (len > 2 && host[0] == '[') {
		memmove(host, host + 1, len - 2);
		host[len - 2] = '\0';
	}
	*port_out = (uint16_t)n;
	return crl_egress_allows_host(r->egress, host, (uint16_t)n) ||
	       err_reason(e, "egress.refused", "%.200s:%u is not in crl_egress", host, (unsigned)n);
}

/* What the name led to: the last look before the first packet leaves. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct transfer *t = arg;
	const struct sockaddr_in *v4 = (const void *)&a->addr;
	const struct sockaddr_in6 *v6 = (const void *)&a->addr;
	bool is_v4 = a->family == AF_INET;
	const uint8_t *ip = is_v4 ? (const void *)&v4->sin_addr : (const void *)&v6->sin6_addr;

	if (purpose != CURLSOCKTYPE_IPCXN || (!is_v4 && a->family != AF_INET6))
		return CURL_SOCKET_BAD;
	if (!crl_egress_allows_address(t->request->egress, ip, is_v4 ? 4 : 16, t->port)) {
		t->refused = true;
		(void)inet_ntop(a->family, ip, t->refused_text, sizeof t->refused_text);
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static size_t take(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;

	if (t->out->len + size * n > t->request->max_bytes) {
		t->too_big = true;
		return 0;
	}
	buf_add(t->out, p, size * n);
	return buf_ok(t->out) ? size * n : 0;
}

static int look(void *arg, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up)
{
	const struct transfer *t = arg;

	(void)total;
	(void)now;
	(void)up_total;
	(void)up;
	return t->stop && atomic_load(t->stop);
}

static bool prepare(CURL *h, struct transfer *t)
{
	return curl_easy_setopt(h, CURLOPT_URL, t->request->url) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR,
				t->request->https ? "http,https" : "http") == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_PROXY, "") == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)DOWNLOAD_CONNECT_TIMEOUT_MS) ==
		       CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)DOWNLOAD_TIMEOUT_MS) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_LOW_SPEED_LIMIT, (long)DOWNLOAD_STALL_BYTES_S) ==
		       CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_LOW_SPEED_TIME, (long)DOWNLOAD_STALL_S) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_USERAGENT, "certbinder/" PACKAGE_VERSION) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, t) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_WRITEDATA, t) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, look) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_XFERINFODATA, t) == CURLE_OK;
}

static bool failed(const struct transfer *t, CURLcode code, const char *more, struct err *e)
{
	if (t->refused)
		return err_reason(e, "egress.refused",
				  "the name leads to the inner address %s, which is not in "
				  "crl_egress",
				  t->refused_text);
	if (t->too_big)
		return err_reason(e, "limit.body", "more than %zu bytes", t->request->max_bytes);
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return err_set(e, ERR_CANCELLED, "the download was given up");
	if (code == CURLE_OPERATION_TIMEDOUT)
		return err_reason(e, "download.timeout", "no answer in time");
	return err_reason(e, "download.failed", "%.160s",
			  more[0] ? more : curl_easy_strerror(code));
}

static bool status_fits(CURL *h, struct err *e)
{
	long status = 0;

	(void)curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	if (status == 200)
		return true;
	if (status >= 300 && status < 400)
		return err_reason(e, "download.redirected", "it answers %ld, a redirection",
				  status);
	return err_reason(e, "download.failed", "it answers %ld", status);
}

static void curl_start(void)
{
	(void)curl_global_init(CURL_GLOBAL_DEFAULT); /* a failure shows in curl_easy_init() */
}

bool download_get(const struct download_request *request, const atomic_bool *stop, struct buf *out,
		  struct err *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct transfer t = {.request = request, .stop = stop, .out = out};
	char more[CURL_ERROR_SIZE] = "";
	CURL *h AUTO(easy_autop) = NULL;
	CURLcode code;

	pthread_once(&once, curl_start);
	if (!url_fits(request, &t.port, e))
		return false;
	h = curl_easy_init();
	buf_init(out, request->max_bytes + 1);
	if (!h || !prepare(h, &t) || curl_easy_setopt(h, CURLOPT_ERRORBUFFER, more) != CURLE_OK)
		return err_nomem(e);
	code = curl_easy_perform(h);
	if (code != CURLE_OK)
		return failed(&t, code, more, e);
	return status_fits(h, e);
}
