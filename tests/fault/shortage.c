/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/files.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/num.h"
#include "core/audit.h"
#include "core/bindings/served.h"
#include "core/certs/certs.h"
#include "core/console/backup.h"
#include "core/console/settings.h"
#include "core/programs/ipc_policy.h"
#include "core/programs/program.h"
#include "core/reading/reader.h"
#include "core/roots/required_roots.h"
#include "core/updates/updates.h"
#include "tests/fault/short.h"
#include "tests/fault/steps.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Memory fails at the first allocation of a step, then at the second, and so on until the step gets through:
 * opening, import, bind, and what the console does before it serves. After each failure there is an error that
 * says so, and the state is whole: nothing half imported, one of the two certificates bound, trusted and
 * published, the audit trail intact.
 *
 * shortage DIR STRIDE PACKAGE ROOT     STRIDE: only each so manieth allocation; PACKAGE: an update package, signed by
 *                                      PACKAGE.p7s; ROOT: the root of its signer
 */
#define LOOK_EVERY 20 /* steps between two looks at the whole state; each import is looked after */

static const char *dir, *package_file, *root_file;
static char signature_file[4096];
static uint64_t stride = 1;
static unsigned long looks;
static char id_a[65], id_b[65], id_c[65];
static struct buf pem_c = BUF_INIT;

static bool complain(const char *what, unsigned long n, const struct err *e)
{
	printf("# %s, allocation %lu: %s\n", what, n, e->text);
	return false;
}

static bool is_there(struct core *c, const char *id)
{
	struct cert *cert AUTO_CERT = NULL;
	struct err e = ERR_INIT;

	return certs_find(c, id, &cert, &e);
}

/* One of the two, in all places, and no word of it in doubt. */
static bool agrees(const json_t *found, const char *allowed_a, const char *allowed_b)
{
	const char *served = json_string_value(json_object_get(found, "served"));
	const char *bound = json_string_value(json_object_get(found, "bound"));
	const char *file = json_string_value(json_object_get(found, "file"));

	return served && bound && file && strcmp(served, bound) == 0 && strcmp(served, file) == 0 &&
	       (strcmp(served, allowed_a) == 0 || strcmp(served, allowed_b) == 0) &&
	       !json_is_true(json_object_get(found, "degraded"));
}

/* What a start with enough memory finds. */
static bool is_whole(const char *what, unsigned long n, bool wants_c)
{
	struct core *c AUTO_CORE = NULL;
	json_t *found AUTO_JSON = NULL, *audit AUTO_JSON = NULL;
	struct err e = ERR_INIT;

	if (!core_open(dir, false, NULL, &c, &e) || !core_check(c, &e) ||
	    !steps_start(c, &found, &e) || !audit_verify(c, &audit, &e))
		return complain(what, n, &e);
	if (!agrees(found, id_a, id_b))
		return complain(what, n,
				&(struct err){.text = "no longer one certificate in all places"});
	if (!json_is_true(json_object_get(audit, "intact")))
		return complain(what, n, &(struct err){.text = "the audit trail is broken"});
	if (is_there(c, id_c) != wants_c)
		return complain(what, n, &(struct err){.text = "half imported"});
	return true;
}

/* ---- the steps; true: it got through ---- */

static bool step_open(struct err *e)
{
	struct core *c AUTO_CORE = NULL;

	return core_open(dir, false, NULL, &c, e);
}

static bool step_import(struct err *e)
{
	struct core *c AUTO_CORE = NULL;

	return core_open(dir, false, NULL, &c, e) && steps_import(c, &pem_c, e);
}

static bool step_bind(struct err *e)
{
	struct bind_request r = steps_bind_to(id_b);
	struct core *c AUTO_CORE = NULL;
	json_t *done AUTO_JSON = NULL;

	return core_open(dir, false, NULL, &c, e) && bind_set(c, &steps_actor, &r, &done, e);
}

static bool step_start(struct err *e)
{
	struct core *c AUTO_CORE = NULL;
	json_t *found AUTO_JSON = NULL;

	return core_open(dir, false, NULL, &c, e) && steps_start(c, &found, e);
}

static bool step_backup(struct err *e)
{
	struct core *c AUTO_CORE = NULL;
	bool made;

	return core_open(dir, false, NULL, &c, e) && backup_keep(c, -1, &made, e);
}

static bool step_roots(struct err *e)
{
	struct required_roots_import r = {.unlisted = true};
	struct core *c AUTO_CORE = NULL;
	struct buf root AUTO_BUF = BUF_INIT;
	json_t *done AUTO_JSON = NULL;

	if (!core_open(dir, false, NULL, &c, e) || !file_read(root_file, 1 << 20, &root, e))
		return false;
	r.file = buf_span(&root);
	return required_roots_import(c, &steps_actor, &r, &done, e);
}

static bool update_drop(struct core *c, struct err *e)
{
	json_t *list AUTO_JSON = NULL;
	const json_t *item;
	size_t i;

	if (!updates_list(c, &list, e))
		return false;
	json_array_foreach(json_object_get(list, "items"), i, item)
	{
		const char *id = json_string_value(json_object_get(item, "id"));

		if (!update_remove(c, &steps_actor, id, e))
			return false;
	}
	return true;
}

/* Whatever an earlier try left goes first; what this one leaves is found by the next. */
static bool step_update(struct err *e)
{
	struct update_request r = {.offer = true};
	struct core *c AUTO_CORE = NULL;
	struct buf signature AUTO_BUF = BUF_INIT;
	json_t *done AUTO_JSON = NULL, *more AUTO_JSON = NULL;
	bool good;

	if (!core_open(dir, false, NULL, &c, e) || !update_drop(c, e) ||
	    !file_read(signature_file, 1 << 20, &signature, e))
		return false;
	r.fd = open(package_file, O_RDONLY | O_CLOEXEC);
	r.signature = buf_span(&signature);
	good = update_add(c, &steps_actor, &r, &done, &more, e);
	(void)close(r.fd);
	return good && updates_tidy(c, e);
}

/* Any file with its signature beside it will do. */
static bool step_program(struct err *e)
{
	struct program p AUTO_PROGRAM = PROGRAM_INIT;
	struct core *c AUTO_CORE = NULL;
	struct trust_view *view = NULL;
	json_t *required AUTO_JSON = json_string(IPC_REQUIRED);
	bool good = core_open(dir, false, NULL, &c, e) &&
		    settings_set_with(c, &steps_actor, IPC_SETTING, required, "a test", e) &&
		    ipc_policy_read(c, &view, e) && program_open_file(package_file, &p, e) &&
		    program_is_signed(&p, view, core_now_s(c), e);

	trust_view_unref(view);
	return good;
}

static const struct step {
	const char *name;
	bool (*run)(struct err *e);
	bool brings_c;
} steps[] = {
	{"open", step_open, false},	{"import", step_import, true},
	{"bind", step_bind, false},	{"start", step_start, false},
	{"backup", step_backup, false}, {"roots", step_roots, false},
	{"update", step_update, false}, {"program", step_program, false},
};

/* Until it gets through without the failure having come. */
static bool try_all(const struct step *s, bool *has_c, unsigned long *n_out)
{
	for (unsigned long n = 1;; n += stride) {
		struct err e = ERR_INIT;
		bool done, came;

		mem_fail_at(n);
		done = s->run(&e);
		came = mem_fail_left() == 0;
		mem_fail_at(0);
		*has_c = *has_c || (done && s->brings_c);
		if (!done && (e.code == ERR_OK || e.text[0] == '\0'))
			return complain(s->name, n,
					&(struct err){.text = "failed and did not say why"});
		if (!done && (!came || e.code == ERR_DENIED)) /* a want of memory is no verdict */
			return complain(s->name, n, &e);
		if ((++looks % LOOK_EVERY == 0 || !came || s->brings_c) &&
		    !is_whole(s->name, n, *has_c))
			return false;
		*n_out = n - 1;
		if (!came)
			return true;
	}
}

static bool prepare(struct err *e)
{
	struct buf a AUTO_BUF = BUF_INIT, b AUTO_BUF = BUF_INIT;
	struct bind_request r = steps_bind_to(id_a);
	struct core *c AUTO_CORE = NULL;
	json_t *done AUTO_JSON = NULL;

	return core_open(dir, true, NULL, &c, e) && served_first_start(c, "127.0.0.1", 4343, e) &&
	       steps_cert_make("a.test", &a, id_a, e) && steps_cert_make("b.test", &b, id_b, e) &&
	       steps_cert_make("c.test", &pem_c, id_c, e) && steps_import(c, &a, e) &&
	       steps_import(c, &b, e) && bind_set(c, &steps_actor, &r, &done, e);
}

int main(int argc, char **argv)
{
	struct err e = ERR_INIT;
	bool has_c = false, good = true;

	short_hooks();
	if (argc != 5 || !num_u64(argv[2], 1000, &stride) || stride == 0 || !reader_start(&e)) {
		fprintf(stderr, "usage: shortage DIR STRIDE PACKAGE ROOT\n");
		return 2;
	}
	dir = argv[1];
	package_file = argv[3];
	root_file = argv[4];
	(void)snprintf(signature_file, sizeof(signature_file), "%s.p7s", package_file);
	if (!prepare(&e))
		return steps_fail("prepare", &e);
	printf("1..%zu\n", ARRAY_LEN(steps));
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		unsigned long n = 0;
		bool ok = try_all(&steps[i], &has_c, &n);

		printf("%sok %zu - %s with memory short at each of %lu allocations\n",
		       ok ? "" : "not ", i + 1, steps[i].name, n);
		fflush(stdout);
		good = good && ok;
	}
	buf_clear(&pem_c);
	reader_stop();
	return good ? 0 : 1;
}
