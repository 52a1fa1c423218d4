/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "core/bindings.h"
#include "core/certs.h"
#include "core/import.h"
#include "core/reader.h"
#include "core/served.h"
#include "x509/issue.h"
#include "x509/key.h"
#include "x509/pem.h"

#include <limits.h>
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

static const struct actor driver = {
	.name = "driver", .via = "cli", .address = "", .request_id = "", .role = ROLE_ADMIN};

static int fail(const char *what, const struct err *e)
{
	fprintf(stderr, "%s: %s\n", what, e->text);
	return 1;
}

static bool cert_make(struct core *c, const char *cn, char sha256_out[static 65], struct err *e)
{
	const char *ips[] = {"127.0.0.1"};
	const struct issue_params p = {.common_name = cn,
				       .dns_names = &cn,
				       .n_dns_names = 1,
				       .ip_addresses = ips,
				       .n_ip_addresses = 1,
				       .server_auth = true,
				       .not_before_s = clock_now_s() - 86400,
				       .not_after_s = clock_now_s() + INT64_C(300) * 86400};
	struct secret key AUTO_SECRET = SECRET_INIT;
	struct buf der AUTO_BUF = BUF_INIT, pem AUTO_BUF = BUF_INIT;
	struct import_request r = {.store = "My", .all_to_store = true, .accept_warnings = true};
	json_t *done AUTO_JSON = NULL;
	uint8_t digest[SHA256_BYTES];

	if (!key_generate("ec256", &key, e) || !cert_make_self_signed(&key, &p, &der, e) ||
	    !pem_write("CERTIFICATE", buf_span(&der), &pem, e) ||
	    !pem_write("PRIVATE KEY", secret_span(&key), &pem, e))
		return false;
	r.file = buf_span(&pem);
	sha256(buf_span(&der), digest);
	hex_lower(span_of(digest, sizeof digest), sha256_out);
	return import_file(c, &driver, &r, &done, e);
}

static struct bind_request to(const char *cert)
{
	return (struct bind_request){.endpoint = "default",
				     .cert = cert,
				     .client_certs = -1,
				     .agents = -1,
				     .revocation = -1};
}

static int init(const char *dir)
{
	struct core *c AUTO_CORE = NULL;
	struct err e = ERR_INIT;
	char a[65], b[65];
	struct bind_request r = to(a);
	json_t *out AUTO_JSON = NULL;

	if (!core_open(dir, true, NULL, &c, &e) || !served_first_start(c, "127.0.0.1", 4343, &e) ||
	    !cert_make(c, "a.test", a, &e) || !cert_make(c, "b.test", b, &e) ||
	    !bind_set(c, &driver, &r, &out, &e))
		return fail("init", &e);
	printf("%s %s\n", a, b);
	return 0;
}

static bool file_sha256(struct core *c, char out[static 65], struct err *e)
{
	struct buf file AUTO_BUF = BUF_INIT;
	uint8_t digest[SHA256_BYTES];
	char path[PATH_MAX];

	if (!path_join(path, sizeof path, core_state_dir(c), "PCCSRV/Pccnt/Common/OfcIPCer.dat",
		       e) ||
	    !file_read(path, 1 << 20, &file, e))
		return false;
	sha256(buf_span(&file), digest);
	hex_lower(span_of(digest, sizeof digest), out);
	return true;
}

/* The start of the console, up to what it would serve; says what it finds. */
static bool start(struct core *c, char served_out[static 65], struct err *e)
{
	const struct cert_query trusted = {.store = "TrustedPeople", .has_key = -1, .used = -1};
	json_t *drift AUTO_JSON = NULL, *list AUTO_JSON = NULL, *say AUTO_JSON = NULL;
	struct served *s AUTO(served_autop) = NULL;
	struct buf line AUTO_BUF = BUF_INIT;
	char file[65];
	int64_t next_s;

	if (!served_first_start(c, "127.0.0.1", 4343, e) || !changes_expire(c, &next_s, e) ||
	    !agent_files_rebuild(c, e) || !served_build(c, &s, e) || !file_sha256(c, file, e) ||
	    !drift_show(c, &drift, e) || !certs_list(c, &trusted, &list, e))
		return false;
	text_copy(served_out, 65, s->bindings[0].cert->id);
	say = json_pack("{s:s, s:s, s:b, s:s, s:O, s:O}", "served", served_out, "bound",
			s->bindings[0].bound_sha256, "degraded", s->bindings[0].degraded, "file",
			file, "drift", drift, "trusted", json_object_get(list, "items"));
	if (!json_write(say, &line, e))
		return false;
	printf("%s\n", buf_str(&line));
	fflush(stdout);
	return true;
}

static bool change(struct core *c, const char *cert, int within_s, struct err *e)
{
	struct bind_request r = to(cert);
	json_t *out AUTO_JSON = NULL, *end AUTO_JSON = NULL;
	const char *id;

	r.confirm_within_s = within_s;
	if (!bind_set(c, &driver, &r, &out, e))
		return err_is(e, "change.open") &&
		       bind_rollback(c, &driver, "default", NULL, &end, e);
	id = json_string_value(json_object_get(out, "id"));
	return within_s == 0 || change_abort(c, &driver, id, &end, e);
}

static int step(const char *dir, const char *a, const char *b, int within_s)
{
	struct core *c AUTO_CORE = NULL;
	struct err e = ERR_INIT;
	char served[65];

	if (!core_open(dir, false, NULL, &c, &e) || !start(c, served, &e))
		return fail("start", &e);
	if (fault_arm)
		fault_arm();
	if (!change(c, strcmp(served, a) == 0 ? b : a, within_s, &e))
		return fail("change", &e);
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
