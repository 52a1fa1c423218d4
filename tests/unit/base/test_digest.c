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

static void pieces_make_the_digest_of_the_whole(void **state)
{
	static const char text[] =
		"a message whose pieces end within blocks of sixty-four bytes, and beyond them";
	uint8_t whole[SHA256_BYTES], pieces[SHA256_BYTES], half[SHA256_BYTES];

	(void)state;
	sha256(span_str(text), whole);
	for (size_t cut = 0; cut < sizeof(text); cut++) {
		struct sha256_state s, copy;

		sha256_begin(&s);
		sha256_add(&s, span_of(text, cut));
		copy = s;
		sha256_end(&copy, pieces);
		sha256(span_of(text, cut), half);
		assert_memory_equal(pieces, half, sizeof(half));
		sha256_add(&s, span_of(text + cut, strlen(text) - cut));
		sha256_end(&s, pieces);
		assert_memory_equal(pieces, whole, sizeof(whole));
	}
}

/* FNV-1a 64 as its authors' test vectors have it ("" and "foobar"), folded; and it goes with the seed. */
static void hash_for_tables_is_fnv_with_a_seed(void **state)
{
	const uint64_t basis = UINT64_C(0xcbf29ce484222325), foobar = UINT64_C(0x85944171f73967e8);

	(void)state;
	assert_true(table_hash(span_of(NULL, 0), basis) == (basis ^ basis >> 32));
	assert_true(table_hash(span_str("foobar"), basis) == (foobar ^ foobar >> 32));
	assert_true(table_hash(span_str("foobar"), 1) != table_hash(span_str("foobar"), 2));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_standard),
		cmocka_unit_test(pieces_make_the_digest_of_the_whole),
		cmocka_unit_test(hash_for_tables_is_fnv_with_a_seed),
	};
	return unit_run("base/digest", tests, ARRAY_LEN(tests));
}
