/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/text.h"
#include "http/router.h"

#include <string.h>

static void nothing(struct http_call *c)
{
	(void)c;
}

static const struct http_route routes[] = {
	{"GET", "/", RUN_INLINE, ROLE_NONE, 0, nothing, "root"},
	{"GET", "/certificates", RUN_INLINE, ROLE_NONE, 0, nothing, "list"},
	{"POST", "/certificates", RUN_JOB, ROLE_NONE, 50, nothing, "add"},
	{"GET", "/certificates/{sha256}", RUN_INLINE, ROLE_NONE, 0, nothing, "show"},
	{"DELETE", "/certificates/{sha256}", RUN_INLINE, ROLE_NONE, 0, nothing, "remove"},
	{"POST", "/certificates/import", RUN_JOB, ROLE_NONE, 70, nothing, "import"},
	{"GET", "/stores/{store}/certificates/{sha256}", RUN_INLINE, ROLE_NONE, 0, nothing, "both"},
	{"GET", "/files/{rest*}", RUN_INLINE, ROLE_NONE, 0, nothing, "rest"},
};

static struct router *router;
static struct named params[HTTP_PARAMS_MAX];
static size_t n_params;
static char scratch[256];

static const char *go(const char *method, const char *path)
{
	const struct http_route *r = NULL;

	text_copy(scratch, sizeof(scratch), path);
	switch (router_match(router, method, path, scratch, &r, params, &n_params)) {
	case ROUTE_FOUND:
		return r->operation;
	case ROUTE_NONE:
		return "none";
	case ROUTE_OTHER_METHOD:
		return "other method";
	}
	return NULL;
}

static void finds_literals_parameters_and_the_rest(void **state)
{
	(void)state;
	assert_string_equal(go("GET", "/"), "root");
	assert_string_equal(go("GET", "/certificates"), "list");
	assert_string_equal(go("POST", "/certificates"), "add");
	assert_string_equal(go("GET", "/certificates/abc"), "show");
	assert_string_equal(params[0].name, "sha256");
	assert_string_equal(params[0].value, "abc");
	assert_string_equal(go("GET", "/stores/My/certificates/def"), "both");
	assert_int_equal(n_params, 2);
	assert_string_equal(params[0].value, "My");
	assert_string_equal(params[1].value, "def");
	assert_string_equal(go("GET", "/files/a/b//c"), "rest");
	assert_string_equal(params[0].value, "a/b//c");
}

static void a_literal_beats_a_parameter_but_not_another_method(void **state)
{
	(void)state;
	assert_string_equal(go("POST", "/certificates/import"), "import");
	assert_string_equal(go("GET", "/certificates/import"), "show");
}

static void HEAD_follows_GET(void **state)
{
	(void)state;
	assert_string_equal(go("HEAD", "/certificates"), "list");
	assert_string_equal(go("HEAD", "/certificates/import"), "show");
}

static void tells_no_route_from_another_method(void **state)
{
	struct buf allow AUTO(buf_clear) = BUF_INIT;

	(void)state;
	assert_string_equal(go("GET", "/nothing"), "none");
	assert_string_equal(go("GET", "/certificates/"), "none");
	assert_string_equal(go("GET", "/certificates/a/b"), "none");
	assert_string_equal(go("GET", "certificates"), "none");
	assert_string_equal(go("GET", ""), "none");
	assert_string_equal(go("GET", "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s"), "none");
	assert_string_equal(go("PUT", "/certificates"), "other method");
	router_allow(router, "/certificates", &allow);
	assert_string_equal(buf_str(&allow), "GET, HEAD, POST");
}

static void knows_the_largest_body_by_the_target_as_sent(void **state)
{
	(void)state;
	assert_int_equal(router_body_max(router, span_str("POST"), span_str("/certificates?x=/y")),
			 50);
	assert_int_equal(
		router_body_max(router, span_str("POST"), span_str("/certificates/import")), 70);
	assert_int_equal(router_body_max(router, span_str("POST"), span_str("/nothing")),
			 HTTP_BODY_MAX_DEFAULT);
}

static int make(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	return router_new(routes, ARRAY_LEN(routes), &router, &e) ? 0 : -1;
}

static int drop(void **state)
{
	(void)state;
	router_free(router);
	router = NULL;
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(finds_literals_parameters_and_the_rest, make, drop),
		cmocka_unit_test_setup_teardown(a_literal_beats_a_parameter_but_not_another_method,
						make, drop),
		cmocka_unit_test_setup_teardown(HEAD_follows_GET, make, drop),
		cmocka_unit_test_setup_teardown(tells_no_route_from_another_method, make, drop),
		cmocka_unit_test_setup_teardown(knows_the_largest_body_by_the_target_as_sent, make,
						drop),
	};

	return unit_run("http/router", tests, ARRAY_LEN(tests));
}
