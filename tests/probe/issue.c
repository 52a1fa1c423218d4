/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/reason.h"
#include "x509/issue.h"
#include "x509/key.h"
#include "x509/pem.h"

#include <stdio.h>
#include <string.h>

/*
 * A bench tool, not installed: makes a key and a request or a self-signed certificate, as PEM.
 *
 *   issue csr|cert KEYSPEC KEYFILE FILE [DNS=NAME|IP=ADDRESS|CN=NAME|O=NAME]...
 */
static const char *const dns_is = "DNS=", *const ip_is = "IP=", *const cn_is = "CN=",
			 *const o_is = "O=";

static bool write_pem(const char *path, const char *label, struct span der, struct err *e)
{
	struct buf out AUTO_BUF = {.secret = true};
	return pem_write(label, der, &out, e) && file_replace(path, 0600, buf_span(&out), e);
}

int main(int argc, char **argv)
{
	const char *dns[ISSUE_NAMES_MAX], *ips[ISSUE_NAMES_MAX];
	struct issue_params p = {.dns_names = dns, .ip_addresses = ips, .server_auth = true};
	struct secret key AUTO_SECRET = SECRET_INIT;
	struct buf der AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	if (argc < 5) {
		fprintf(stderr,
			"usage: issue csr|cert KEYSPEC KEYFILE FILE [DNS=|IP=|CN=|O=]...\n");
		return 2;
	}
	for (int i = 5; i < argc && i < ISSUE_NAMES_MAX; i++) {
		const char *a = argv[i];
		if (strncmp(a, dns_is, 4) == 0)
			dns[p.n_dns_names++] = a + 4;
		else if (strncmp(a, ip_is, 3) == 0)
			ips[p.n_ip_addresses++] = a + 3;
		else if (strncmp(a, cn_is, 3) == 0)
			p.common_name = a + 3;
		else if (strncmp(a, o_is, 2) == 0)
			p.organisation = a + 2;
	}
	bool is_csr = strcmp(argv[1], "csr") == 0;
	p.not_before_s = clock_now_s();
	p.not_after_s = p.not_before_s + 86400;
	if (!key_generate(argv[2], &key, &e) ||
	    !(is_csr ? csr_make(&key, &p, &der, &e) : cert_make_self_signed(&key, &p, &der, &e)) ||
	    !write_pem(argv[3], "PRIVATE KEY", secret_span(&key), &e) ||
	    !write_pem(argv[4], is_csr ? "CERTIFICATE REQUEST" : "CERTIFICATE", buf_span(&der),
		       &e)) {
		fprintf(stderr, "%s: %s\n", err_public(&e)->code, e.text);
		return 1;
	}
	return 0;
}
