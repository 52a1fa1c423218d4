/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/json.h"
#include "core/bindings/served.h"
#include "core/reading/reader.h"
#include "tests/fault/steps.h"

#include <stdio.h>
#include <string.h>

/*
 * What tests/fault/test_kill.py kills: changes of the default binding through core/, as the command
 * line makes them with the console down.
 *
 * driver init DIR            makes a state directory and two certificates; prints their SHA-256
 * driver step DIR A B [S]    starts as the console does and prints what it finds, then binds the
 *                            other one of A and B; S: to be confirmed within S seconds, and
 *                            confirmed or given up in turn
 */
void fault_arm(void) __attribute__((weak)); /* there under the shim */

static int init(const char *dir)
{
	struct core *c AUTO_CORE = NULL;
	struct err e = ERR_INIT;
	struct buf pem_a AUTO_BUF = BUF_INIT, pem_b AUTO_BUF = BUF_INIT;
	char a[65], b[65];
	struct bind_request r = steps_bind_to(a);
	json_t *out AUTO_JSON = NULL;

	if (!core_open(dir, true, NULL, &c, &e) || !served_first_start(c, "127.0.0.1", 4343, &e) ||
	    !steps_cert_make("a.test", &pem_a, a, &e) ||
	    !steps_cert_make("b.test", &pem_b, b, &e) || !steps_import(c, &pem_a, &e) ||
	    !steps_import(c, &pem_b, &e) || !bind_set(c, &steps_actor, &r, &out, &e))
		return steps_fail("init", &e);
	printf("%s %s\n", a, b);
	return 0;
}

static bool change(struct core *c, const char *cert, int within_s, struct err *e)
{
	struct bind_request r = steps_bind_to(cert);
	json_t *out AUTO_JSON = NULL, *end AUTO_JSON = NULL;
	const char *id;

	r.confirm_within_s = within_s;
	if (!bind_set(c, &steps_actor, &r, &out, e))
		return err_is(e, "change.open") &&
		       bind_rollback(c, &steps_actor, "default", NULL, &end, e);
	id = json_string_value(json_object_get(out, "id"));
	return within_s == 0 || change_abort(c, &steps_actor, id, &end, e);
}

static int step(const char *dir, const char *a, const char *b, int within_s)
{
	struct core *c AUTO_CORE = NULL;
	struct err e = ERR_INIT;
	json_t *found AUTO_JSON = NULL;
	struct buf line AUTO_BUF = BUF_INIT;
	const char *served;

	if (!core_open(dir, false, NULL, &c, &e) || !steps_start(c, &found, &e) ||
	    !json_write(found, &line, &e))
		return steps_fail("start", &e);
	printf("%s\n", buf_str(&line));
	fflush(stdout);
	served = json_string_value(json_object_get(found, "served"));
	if (fault_arm)
		fault_arm();
	if (!change(c, strcmp(served, a) == 0 ? b : a, within_s, &e))
		return steps_fail("change", &e);
	printf("done\n");
	return 0;
}

int main(int argc, char **argv)
{
	struct err e = ERR_INIT;

	if (!reader_start(&e))
		return 1;
	if (argc == 3 && strcmp(argv[1], "init") == 0)
		return init(argv[2]);
	if (argc >= 5 && strcmp(argv[1], "step") == 0)
		return step(argv[2], argv[3], argv[4], argc > 5 ? 60 : 0);
	fprintf(stderr, "usage: driver init DIR | driver step DIR A B [confirm]\n");
	return 2;
}
