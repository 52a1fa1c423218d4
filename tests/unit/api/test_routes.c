/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "lib/unit.h"

#include "api/call.h"
#include "api/openapi.h"
#include "base/json.h"

#include <stdio.h>
#include <string.h>

/*
 * The router against docs/openapi.yaml, in both directions: paths, methods, operations, roles, query
 * parameters, members of bodies, If-Match.
 */
#define BASE "/api/v1"

static json_t *spec;

static int load(void **state)
{
	(void)state;
	spec = json_loadb((const char *)openapi_json, openapi_json_len, 0, NULL);
	return spec ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	json_decref(spec);
	return 0;
}

/* Follows "#/a/b/c". */
static const json_t *deref(const json_t *o)
{
	const char *ref = json_string_value(json_object_get(o, "$ref"));
	const json_t *at = spec;
	char name[64];

	if (!ref)
		return o;
	for (const char *p = ref + 2; at && *p;) {
		size_t n = strcspn(p, "/");

		assert_true(n < sizeof(name));
		memcpy(name, p, n);
		name[n] = '\0';
		at = json_object_get(at, name);
		p += n + (p[n] == '/');
	}
	assert_non_null(at);
	return at;
}

static const json_t *path_item(const struct api_route *r)
{
	size_t base = strlen(BASE);
	bool in_base = strncmp(r->pattern, BASE "/", base + 1) == 0;
	const json_t *item =
		json_object_get(json_object_get(spec, "paths"), r->pattern + (in_base ? base : 0));
	const char *server = json_string_value(
		json_object_get(json_array_get(json_object_get(item, "servers"), 0), "url"));

	if (item && in_base == (server && strcmp(server, "/") == 0))
		fail_msg("%s is described under another base", r->pattern);
	return item;
}

static const json_t *operation(const struct api_route *r)
{
	char method[8] = "";

	for (size_t i = 0; r->method[i]; i++)
		method[i] = (char)(r->method[i] + 'a' - 'A');
	return json_object_get(path_item(r), method);
}

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static void every_route_is_described(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_api_route_rows; i++) {
		const struct api_route *r = &api_route_rows[i];
		const json_t *op = operation(r);

		if (!op)
			fail_msg("%s %s is not in openapi.yaml", r->method, r->pattern);
		if (strcmp(text(op, "operationId"), r->operation) != 0)
			fail_msg("%s %s is %s in openapi.yaml, %s here", r->method, r->pattern,
				 text(op, "operationId"), r->operation);
		if (strcmp(text(op, "x-role"), role_name(r->role)) != 0)
			fail_msg("%s is for %s in openapi.yaml, for %s here", r->operation,
				 text(op, "x-role"), role_name(r->role));
	}
}

static bool has_route(const char *operation_id)
{
	for (size_t i = 0; i < n_api_route_rows; i++)
		if (strcmp(api_route_rows[i].operation, operation_id) == 0)
			return true;
	return false;
}

static void everything_described_is_routed(void **state)
{
	const char *path, *method;
	json_t *item, *op;

	(void)state;
	json_object_foreach(json_object_get(spec, "paths"), path, item)
	{
		json_object_foreach(item, method, op)
		{
			const char *id = text(op, "operationId");

			if (*id && !has_route(id))
				fail_msg("%s %s (%s) has no route", method, path, id);
		}
	}
}

/* Calls for each parameter of the operation, those of its path included. */
static bool describes_parameter(const struct api_route *r, const char *in, const char *name)
{
	const json_t *lists[] = {json_object_get(path_item(r), "parameters"),
				 json_object_get(operation(r), "parameters")};

	for (size_t k = 0; k < ARRAY_LEN(lists); k++) {
		size_t i;
		const json_t *p;

		json_array_foreach((json_t *)(uintptr_t)lists[k], i, p)
		{
			p = deref(p);
			if (strcmp(text(p, "in"), in) == 0 && strcmp(text(p, "name"), name) == 0)
				return true;
		}
	}
	return false;
}

static bool takes_query(const struct api_route *r, const char *name)
{
	char names[API_QUERY_MAX][24];
	size_t n = api_route_query(r, names);

	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void parameters_agree(void **state)
{
	(void)state;
	for (size_t k = 0; k < n_api_route_rows; k++) {
		const struct api_route *r = &api_route_rows[k];
		char names[API_QUERY_MAX][24];
		size_t n = api_route_query(r, names), i;
		const json_t *p;

		for (size_t j = 0; j < n; j++)
			if (!describes_parameter(r, "query", names[j]))
				fail_msg("%s takes %s, which is not described", r->operation,
					 names[j]);
		json_array_foreach(json_object_get(operation(r), "parameters"), i, p)
		{
			p = deref(p);
			if (strcmp(text(p, "in"), "query") == 0 && !takes_query(r, text(p, "name")))
				fail_msg("%s describes %s, which is not taken", r->operation,
					 text(p, "name"));
		}
		if (!(r->flags & API_MATCH) != !describes_parameter(r, "header", "If-Match"))
			fail_msg("%s: If-Match is demanded on one side only", r->operation);
		for (const char *b = strchr(r->pattern, '{'); b; b = strchr(b + 1, '{')) {
			char name[32] = "";

			memcpy(name, b + 1, strcspn(b + 1, "}"));
			if (!describes_parameter(r, "path", name))
				fail_msg("%s: {%s} is not described", r->operation, name);
		}
	}
}

static const json_t *members_of(const struct api_route *r, const char *type)
{
	const json_t *content =
		json_object_get(json_object_get(operation(r), "requestBody"), "content");
	const json_t *body = json_object_get(content, type);

	return body ? json_object_get(deref(json_object_get(body, "schema")), "properties") : NULL;
}

/* A form names the file in the head of its part. */
static void members_agree_with(const struct api_route *r, const json_t *members, bool form)
{
	const char *key;
	json_t *schema;

	json_object_foreach((json_t *)(uintptr_t)members, key, schema)
	{
		if (!api_in_list(r->members, key))
			fail_msg("%s describes member %s, which is not taken", r->operation, key);
	}
	for (const char *p = r->members; p && *p;) {
		char name[32] = "";
		size_t n = strcspn(p, ",");

		memcpy(name, p, n);
		if (!json_object_get(members, name) && !(form && strcmp(name, "file_name") == 0))
			fail_msg("%s takes member %s, which is not described", r->operation, name);
		p += n + (p[n] == ',');
	}
}

static void bodies_agree(void **state)
{
	(void)state;
	for (size_t k = 0; k < n_api_route_rows; k++) {
		const struct api_route *r = &api_route_rows[k];
		const json_t *json = members_of(r, "application/json");
		const json_t *form = members_of(r, "multipart/form-data");
		bool upload = r->body == BODY_UPLOAD || r->body == BODY_UPLOAD_OPTIONAL;

		upload = upload || r->body == BODY_FORM;
		if (!json != (r->body == BODY_NONE || r->body == BODY_FORM) || !form != !upload)
			fail_msg("%s: kind of body differs", r->operation);
		if (json)
			members_agree_with(r, json, false);
		if (form)
			members_agree_with(r, form, true);
	}
}

static void only_open_routes_run_without_identity(void **state)
{
	(void)state;
	for (size_t k = 0; k < n_api_route_rows; k++)
		if (api_route_rows[k].run == RUN_INLINE)
			assert_int_equal(api_route_rows[k].role, ROLE_NONE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_is_described),
		cmocka_unit_test(everything_described_is_routed),
		cmocka_unit_test(parameters_agree),
		cmocka_unit_test(bodies_agree),
		cmocka_unit_test(only_open_routes_run_without_identity),
	};

	if (load(NULL) != 0)
		return 1;
	int failed = unit_run("api/routes", tests, ARRAY_LEN(tests));

	return unload(NULL) + failed;
}
