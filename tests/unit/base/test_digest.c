/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/digest.h"
#include "base/text.h"

static void assert_sha256(struct span in, const char *wanted)
{
	uint8_t out[SHA256_BYTES];
	char hex[2 * SHA256_BYTES + 1];

	sha256(in, out);
	hex_lower(span_of(out, sizeof(out)), hex);
	assert_string_equal(hex, wanted);
}

/* FIPS 180-2, appendix B, and the empty message. */
static void agrees_with_the_standard(void **state)
{
	(void)state;
	assert_sha256(span_str("abc"),
		      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_sha256(span_of(NULL, 0),
		      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_sha256(span_str("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
		      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_standard),
	};
	return unit_run("base/digest", tests, ARRAY_LEN(tests));
}
