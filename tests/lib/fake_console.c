/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "lib/fake_console.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "core/certs/import.h"
#include "core/reading/reader.h"
#include "lib/unit.h"
#include "store/db.h"
#include "x509/issue.h"
#include "x509/key.h"
#include "x509/pem.h"

#include <string.h>

#define PORT 4343

const struct actor fake_admin = {
	.name = "ann", .via = "cli", .address = "", .request_id = "", .role = ROLE_ADMIN};
const struct actor fake_operator = {
	.name = "otto", .via = "rest", .address = "", .request_id = "", .role = ROLE_OPERATOR};
const struct actor fake_viewer = {
	.name = "vera", .via = "rest", .address = "", .request_id = "", .role = ROLE_VIEWER};

static struct err e;
#define OK(call) unit_assert_ok((call), &e)

static bool hook_publish(void *arg, int64_t *generation, struct err *err)
{
	struct fake_console *f = arg;
	struct served *s = NULL;

	if (f->is_down)
		return err_reason(err, "daemon.down", "no console");
	if (f->publish_fails)
		return err_set(err, ERR_IO, "the new state cannot be served");
	f->n_published++;
	if (f->serves_old) {
		*generation = f->served->tls_generation;
		return true;
	}
	if (!served_build(f->core, &s, err))
		return false;
	served_unref(f->served);
	f->served = s;
	*generation = s->tls_generation;
	return true;
}

static bool hook_prove(void *arg, const struct prove_target *t, struct prove_result *out,
		       struct err *err)
{
	struct fake_console *f = arg;
	const struct served_binding *b = served_pick(f->served, t->ip, t->port, t->sni);

	(void)err;
	*out = (struct prove_result){.connected = b != NULL, .tls_version = "TLSv1.3"};
	f->n_proved++;
	text_copy(f->last_ip, sizeof f->last_ip, t->ip);
	text_copy(f->last_sni, sizeof f->last_sni, t->sni ? t->sni : "");
	if (b)
		text_copy(out->cert_sha256, sizeof out->cert_sha256, b->cert->id);
	return true;
}

static bool hook_try_endpoint(void *arg, const char *ip, uint16_t port, struct err *err)
{
	struct fake_console *f = arg;

	return !f->endpoint_fails ||
	       err_reason(err, "endpoint.cannot_open", "%s port %u is taken", ip, (unsigned)port);
}

static bool hook_try_load(void *arg, const struct cert *leaf, const struct cert_list *chain,
			  const struct secret *pkcs8, struct err *err)
{
	struct fake_console *f = arg;

	(void)leaf;
	(void)chain;
	(void)pkcs8;
	return !f->load_fails ||
	       err_reason(err, "chain.not_loadable", "a feature it does not know");
}

static int64_t hook_now(void *arg)
{
	struct fake_console *f = arg;

	return f->now_s;
}

static void open_core(struct fake_console *f, bool prove)
{
	struct core_hooks hooks = {.arg = f, .now_s = hook_now};
	int64_t next, generation;

	OK(reader_start(&e));
	OK(core_open(unit_dir(), true, &hooks, &f->core, &e));
	OK(served_first_start(f->core, "127.0.0.1", PORT, &e));
	OK(changes_expire(f->core, &next, &e));
	OK(agent_files_rebuild(f->core, &e));
	hooks.publish = hook_publish;
	hooks.prove = prove ? hook_prove : NULL;
	hooks.try_endpoint = hook_try_endpoint;
	hooks.try_load = hook_try_load;
	core_set_hooks(f->core, &hooks);
	if (f->is_down)
		return;
	OK(hook_publish(f, &generation, &e));
	if (prove)
		OK(changes_prove_pending(f->core, &e));
}

void fake_console_open(struct fake_console *f)
{
	*f = (struct fake_console){.now_s = clock_now_s()};
	e = (struct err)ERR_INIT;
	open_core(f, true);
}

void fake_console_restart(struct fake_console *f, bool prove)
{
	core_close(f->core);
	f->core = NULL;
	served_unref(f->served);
	f->served = NULL;
	open_core(f, prove);
}

void fake_console_close(struct fake_console *f)
{
	core_close(f->core);
	served_unref(f->served);
	*f = (struct fake_console){.now_s = 0};
}

void fake_cert(struct fake_console *f, const char *cn, const char *dns, int64_t not_before_s,
	       int64_t not_after_s, char sha256_out[static 65])
{
	const char *ips[] = {"127.0.0.1"};
	const struct issue_params p = {.common_name = cn,
				       .dns_names = &dns,
				       .n_dns_names = dns ? 1 : 0,
				       .ip_addresses = ips,
				       .n_ip_addresses = dns ? 1 : 0,
				       .server_auth = true,
				       .not_before_s = not_before_s,
				       .not_after_s = not_after_s};
	struct secret key AUTO_SECRET = SECRET_INIT;
	struct buf der AUTO_BUF = BUF_INIT, pem AUTO_BUF = BUF_INIT;
	struct import_request r = {.store = "My", .all_to_store = true, .accept_warnings = true};
	json_t *done AUTO_JSON = NULL;
	uint8_t digest[SHA256_BYTES];

	OK(key_generate("ec256", &key, &e));
	OK(cert_make_self_signed(&key, &p, &der, &e));
	OK(pem_write("CERTIFICATE", buf_span(&der), &pem, &e));
	OK(pem_write("PRIVATE KEY", secret_span(&key), &pem, &e));
	r.file = buf_span(&pem);
	OK(import_file(f->core, &fake_admin, &r, &done, &e));
	sha256(buf_span(&der), digest);
	hex_lower(span_of(digest, sizeof digest), sha256_out);
}

const char *fake_shown(const struct fake_console *f, const char *ip, const char *sni)
{
	const struct served_binding *b = served_pick(f->served, ip, PORT, sni);

	return b ? b->cert->id : "";
}

const char *fake_ipcer(void)
{
	static char hex[2 * SHA256_BYTES + 1];
	struct buf file AUTO_BUF = BUF_INIT;
	uint8_t digest[SHA256_BYTES];
	const char *path = unit_path("PCCSRV/Pccnt/Common/OfcIPCer.dat");

	hex[0] = '\0';
	if (!file_exists(path))
		return hex;
	OK(file_read(path, 1 << 20, &file, &e));
	sha256(buf_span(&file), digest);
	hex_lower(span_of(digest, sizeof digest), hex);
	return hex;
}

void fake_sql(struct fake_console *f, const char *sql)
{
	OK(db_script(core_store(f->core), sql, &e));
}
