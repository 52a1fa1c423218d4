/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/mem.h"
#include "trust/judge.h"
#include "x509/pem.h"

#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <string.h>

/*
 * Chains judged in a second, ours beside mbedTLS's own verifier, on the same cases in the same process and run:
 *
 *   bench-judge CASES.jsonl [ROUNDS]
 *
 * Cases are those of the conformance folder that need nothing special and that mbedTLS can read. Each round takes a case
 * from its octets to the verdict, without any cache; then the verdicts alone, on what was read before.
 */
#define CASES_MAX 512
#define CERTS_MAX 16
#define FILE_MAX ((size_t)64 << 20)

struct bench_case {
	struct buf der[CERTS_MAX]; /* chain, then anchors */
	size_t n_chain, n;
	int64_t now_s;
	enum cert_purpose purpose;
	/* read before, for the second figure */
	struct cert_list chain, anchors;
	struct trust_view *view;
	mbedtls_x509_crt mbed_chain, mbed_anchors;
};

static struct bench_case cases[CASES_MAX];
static size_t n_cases;

static const mbedtls_x509_crt_profile legacy = {
	.allowed_mds =
		MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA1) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA224) |
		MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
		MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
	.allowed_pks = 0xfffffff,
	.allowed_curves = 0xfffffff,
	.rsa_min_bitlen = 1024,
};

static bool add_pem(struct bench_case *c, const json_t *list)
{
	size_t i;
	const json_t *item;
	json_array_foreach((json_t *)list, i, item)
	{
		struct pem pem AUTO_PEM = {.n = 0};
		struct err e = ERR_INIT;
		if (!pem_read(span_str(json_string_value(item)), &pem, &e) || pem.n != 1 ||
		    strcmp(pem.members[0].label, "CERTIFICATE") != 0 || c->n == CERTS_MAX)
			return false;
		buf_add_span(&c->der[c->n++], buf_span(&pem.members[0].der));
	}
	return true;
}

static bool read_mbed(const struct bench_case *c, size_t from, size_t to, mbedtls_x509_crt *out)
{
	mbedtls_x509_crt_init(out);
	for (size_t i = from; i < to; i++)
		if (mbedtls_x509_crt_parse_der(out, c->der[i].data, c->der[i].len) != 0)
			return false;
	return true;
}

static bool read_ours(const struct bench_case *c, size_t from, size_t to, struct cert_list *out)
{
	struct err e = ERR_INIT;
	for (size_t i = from; i < to; i++) {
		struct cert *x AUTO_CERT = NULL;
		if (!cert_parse(c->der[i].data, c->der[i].len, &x, &e) ||
		    !cert_list_add(out, x, &e))
			return false;
	}
	return true;
}

static bool make_view(const struct cert_list *anchors, struct trust_view **out)
{
	const struct trust_store store = {"Anchors", anchors};
	struct err e = ERR_INIT;
	return trust_view_new(&store, 1, NULL, 0, out, &e);
}

static bool judge(const struct trust_view *view, const struct bench_case *c,
		  const struct cert_list *chain)
{
	const struct trust_policy policy = {.mode = TRUST_EXCLUSIVE_CA,
					    .issuer_store = "Anchors",
					    .purpose = c->purpose,
					    .check_usage = true,
					    .legacy_algorithms = true,
					    .max_depth = -1};
	struct verdict *v AUTO(verdict_autop) = NULL;
	struct err e = ERR_INIT;
	return trust_judge(view, &policy, chain->items, chain->n, c->now_s, NULL, &v, &e) &&
	       v->accept;
}

static bool verify(mbedtls_x509_crt *chain, mbedtls_x509_crt *anchors)
{
	uint32_t flags = 0;
	return mbedtls_x509_crt_verify_with_profile(chain, anchors, NULL, &legacy, NULL, &flags,
						    NULL, NULL) == 0;
}

static bool take_case(const char *line, size_t len)
{
	json_t *o AUTO_JSON = NULL;
	struct err e = ERR_INIT;
	struct bench_case *c = &cases[n_cases];
	if (!json_read(span_of(line, len), &o, &e) ||
	    json_array_size(json_object_get(o, "needs")) > 0)
		return false;
	c->now_s = json_integer_value(json_object_get(o, "time"));
	c->purpose = strcmp(json_string_value(json_object_get(o, "purpose")), "client") == 0
			     ? PURPOSE_CLIENT
			     : PURPOSE_SERVER;
	if (!add_pem(c, json_object_get(o, "chain")))
		return false;
	c->n_chain = c->n;
	return c->n_chain > 0 && add_pem(c, json_object_get(o, "trusted")) &&
	       read_mbed(c, 0, c->n_chain, &c->mbed_chain) &&
	       read_mbed(c, c->n_chain, c->n, &c->mbed_anchors) &&
	       read_ours(c, 0, c->n_chain, &c->chain) &&
	       read_ours(c, c->n_chain, c->n, &c->anchors) && make_view(&c->anchors, &c->view);
}

static void load(const struct buf *file)
{
	const char *p = buf_str(file);
	while (*p != '\0' && n_cases < CASES_MAX) {
		size_t len = strcspn(p, "\n");
		if (take_case(p, len))
			n_cases++;
		else
			cases[n_cases] = (struct bench_case){.n = 0};
		p += len + (p[len] != '\0');
	}
}

static void whole_ours(struct bench_case *c)
{
	struct cert_list chain AUTO_CERT_LIST = CERT_LIST_INIT;
	struct cert_list anchors AUTO_CERT_LIST = CERT_LIST_INIT;
	struct trust_view *view = NULL;
	if (read_ours(c, 0, c->n_chain, &chain) && read_ours(c, c->n_chain, c->n, &anchors) &&
	    make_view(&anchors, &view))
		(void)judge(view, c, &chain);
	trust_view_unref(view);
}

static void whole_mbed(struct bench_case *c)
{
	mbedtls_x509_crt chain, anchors;
	bool chain_read = read_mbed(c, 0, c->n_chain, &chain);
	bool anchors_read = read_mbed(c, c->n_chain, c->n, &anchors);
	if (chain_read && anchors_read)
		(void)verify(&chain, &anchors);
	mbedtls_x509_crt_free(&chain);
	mbedtls_x509_crt_free(&anchors);
}

static void verdict_ours(struct bench_case *c)
{
	(void)judge(c->view, c, &c->chain);
}

static void verdict_mbed(struct bench_case *c)
{
	(void)verify(&c->mbed_chain, &c->mbed_anchors);
}

static void measure(const char *what, void (*run)(struct bench_case *), size_t rounds)
{
	int64_t start = clock_mono_ns();
	for (size_t r = 0; r < rounds; r++)
		for (size_t i = 0; i < n_cases; i++)
			run(&cases[i]);
	double seconds = (double)(clock_mono_ns() - start) / 1e9;
	printf("%-34s %9.0f chains/s\n", what, (double)(rounds * n_cases) / seconds);
}

int main(int argc, char **argv)
{
	struct buf file AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	if (argc < 2) {
		fprintf(stderr, "usage: bench-judge CASES.jsonl [x for every 10 rounds]\n");
		return 2;
	}
	size_t rounds = argc > 2 ? 10 * strlen(argv[2]) : 10;
	if (!file_read(argv[1], FILE_MAX, &file, &e)) {
		fprintf(stderr, "bench-judge: %s\n", e.text);
		return 1;
	}
	load(&file);
	printf("%zu cases, %zu rounds, one thread, no cache\n", n_cases, rounds);
	measure("mbedTLS, octets to verdict", whole_mbed, rounds);
	measure("certbinder, octets to verdict", whole_ours, rounds);
	measure("mbedTLS, verdict alone", verdict_mbed, rounds);
	measure("certbinder, verdict alone", verdict_ours, rounds);
	return 0;
}
