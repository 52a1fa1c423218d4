/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/text.h"
#include "core/bindings/bindings.h"

#include "lib/unit.h"

#include <string.h>

static struct err e;

/* Reads text and gives its canonical form; "" when it is refused. */
static const char *canonical(const char *text)
{
	static char out[400];
	struct buf b AUTO_BUF = BUF_INIT;
	struct endpoint ep;

	out[0] = '\0';
	e = (struct err)ERR_INIT;
	if (!endpoint_parse(text, &ep, &e))
		return out;
	endpoint_text(&ep, &b);
	text_copy(out, sizeof(out), buf_str(&b));
	return out;
}

static void reads_the_spellings_of_administrators(void **state)
{
	(void)state;
	assert_string_equal(canonical("127.0.0.1:4343:"), "127.0.0.1:4343:");
	assert_string_equal(canonical("127.0.0.1:4343"), "127.0.0.1:4343:");
	assert_string_equal(canonical("*:443:www.Example.ORG."), "*:443:www.example.org");
	assert_string_equal(canonical("*:443:*.example.org"), "*:443:*.example.org");
	assert_string_equal(canonical("[::1]:443:"), "[::1]:443:");
	assert_string_equal(canonical("[0:0:0:0:0:0:0:1]:443"), "[::1]:443:");
	assert_string_equal(canonical("10.0.0.1:0:"), "10.0.0.1:0:");
}

static void any_address_has_one_name(void **state)
{
	(void)state;
	assert_string_equal(canonical("0.0.0.0:443:"), "*:443:");
	assert_string_equal(canonical("[::]:443:"), "*:443:");
	assert_string_equal(canonical(":443:"), "*:443:");
	assert_string_equal(canonical("[::ffff:10.0.0.1]:443:"), "10.0.0.1:443:");
	assert_string_equal(canonical("[::ffff:0.0.0.0]:443:"), "*:443:");
}

static void refuses_what_is_no_endpoint(void **state)
{
	static const char *const bad[] = {
		"",
		"4343",
		"127.0.0.1",
		"127.0.0.1:",
		"127.0.0.1:x:",
		"127.0.0.1:65536:",
		"127.0.0.1:-1:",
		"256.0.0.1:1:",
		"::1:443:",
		"[::1]443:",
		"[::1:443:",
		"[127.0.0.1]:443:",
		"*:443:a b",
		"*:443:-a.example",
		"*:443:a..example",
		"*:443:127.0.0.1",
		"*:443:w*.example",
		"*:443:*.",
		"*:443:www.ex:mple",
		"*:443:b\xc3\xbc.example",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (canonical(bad[i])[0])
			fail_msg("'%s' was taken", bad[i]);
		unit_assert_reason(&e, "binding.endpoint");
	}
}

static void host_names_have_limits(void **state)
{
	char text[400] = "*:443:";

	(void)state;
	memset(text + 6, 'a', 64);
	assert_string_equal(canonical(text), "");
	text[6 + 63] = '\0';
	assert_string_equal(canonical(text), text);
	for (int i = 0; i < 254; i++)
		text[6 + i] = i % 2 ? '.' : 'a';
	text[6 + 253] = '\0';
	assert_string_equal(canonical(text), text);
	text[6 + 253] = 'a';
	text[6 + 254] = '\0';
	assert_string_equal(canonical(text), "");
}

static void leaves_out_alone_on_failure(void **state)
{
	struct endpoint ep = {.port = 7};

	(void)state;
	assert_false(endpoint_parse("127.0.0.1:1:a b", &ep, &e));
	assert_int_equal(ep.port, 7);
	assert_string_equal(ep.ip, "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_spellings_of_administrators),
		cmocka_unit_test(any_address_has_one_name),
		cmocka_unit_test(refuses_what_is_no_endpoint),
		cmocka_unit_test(host_names_have_limits),
		cmocka_unit_test(leaves_out_alone_on_failure),
	};

	return unit_run("core/endpoint", tests, ARRAY_LEN(tests));
}
