/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/text.h"
#include "core/authentication/jws.h"
#include "tests/fuzz/fuzz.h"
#include "x509/key.h"

/* The certificate of the key that signed the samples; nobody has the key any more. */
static const char signer[] = "MIIBezCCASCgAwIBAgIRYEnSahGoZ4OfesIQHiZtVywwCgYIKoZIzj0EAwIwDzEN"
			     "MAsGA1UEAwwEZnV6ejAeFw0yMDAxMDEwMDAwMDBaFw00OTAxMDEwMDAwMDBaMA8x"
			     "DTALBgNVBAMMBGZ1enowWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATYBiBi3ZuU"
			     "kpkaZYLHAzx6QebtetNl87KAcjUvCoRrlU4d+cb0HR2FN6grF4QB+kUD1iAG7l6v"
			     "VDbx2LI8KELro10wWzAJBgNVHRMEAjAAMA4GA1UdDwEB/wQEAwIHgDAdBgNVHQ4E"
			     "FgQUcKAeGJaS8AVd4oqAittxm+IIfPgwHwYDVR0jBBgwFoAUcKAeGJaS8AVd4oqA"
			     "ittxm+IIfPgwCgYIKoZIzj0EAwIDSQAwRgIhAMKxmKuqyuoT2xQCvzHzYQS9ZJBD"
			     "xMYnwSYV+YxdDNuEAiEAkiScoYbsT9R7mCI33VSDbufh0+Tc2ELG4ISesBY2JGo=";

static struct cert *signer_read(void)
{
	struct buf der AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	struct cert *c = NULL;

	must(base64_decode(span_str(signer), &der) && cert_parse(der.data, der.len, &c, &e));
	return c;
}

/* Only what was signed: one of the payloads of the samples. */
static void must_be_signed(const json_t *payload)
{
	const json_t *sequence = json_object_get(payload, "seq");
	const json_t *number = json_object_get(payload, "number");

	if (json_object_size(payload) > 0)
		must(json_integer_value(sequence) == 7 || json_integer_value(number) == 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = {"cb-cmd+jwt", "cb-pub+jwt"};
	static struct cert *cert;
	json_t *header AUTO_JSON = NULL, *peeked AUTO_JSON = NULL;
	struct err e = ERR_INIT;
	bool looks = jws_peek(span_of(data, size), &header, &peeked, &e);

	if (!cert)
		cert = signer_read();
	must(looks == (peeked != NULL));
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		json_t *payload AUTO_JSON = NULL;

		if (!jws_verify(span_of(data, size), cert, types[i], &payload, &e)) {
			must(payload == NULL);
			continue;
		}
		must(looks && json_equal(payload, peeked));
		must_be_signed(payload);
	}
	return 0;
}
