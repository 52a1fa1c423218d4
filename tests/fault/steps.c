/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/fault/steps.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "core/bindings/served.h"
#include "core/certs/certs.h"
#include "core/certs/import.h"
#include "x509/issue.h"
#include "x509/key.h"
#include "x509/pem.h"

#include <limits.h>
#include <stdio.h>

const struct actor steps_actor = {
	.name = "driver", .via = "cli", .address = "", .request_id = "", .role = ROLE_ADMIN};

int steps_fail(const char *what, const struct err *e)
{
	fprintf(stderr, "%s: %s\n", what, e->text);
	return 1;
}

bool steps_cert_make(const char *cn, struct buf *pem_out, char sha256_out[static 65], struct err *e)
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
	struct buf der AUTO_BUF = BUF_INIT;
	uint8_t digest[SHA256_BYTES];

	if (!key_generate("ec256", &key, e) || !cert_make_self_signed(&key, &p, &der, e) ||
	    !pem_write("CERTIFICATE", buf_span(&der), pem_out, e) ||
	    !pem_write("PRIVATE KEY", secret_span(&key), pem_out, e))
		return false;
	sha256(buf_span(&der), digest);
	hex_lower(span_of(digest, sizeof digest), sha256_out);
	return true;
}

bool steps_import(struct core *c, const struct buf *pem, struct err *e)
{
	const struct import_request r = {.store = "My",
					 .all_to_store = true,
					 .accept_warnings = true,
					 .file = buf_span(pem)};
	json_t *done AUTO_JSON = NULL;

	return import_file(c, &steps_actor, &r, &done, e);
}

struct bind_request steps_bind_to(const char *cert)
{
	return (struct bind_request){.endpoint = "default",
				     .cert = cert,
				     .client_certs = -1,
				     .agents = -1,
				     .revocation = -1};
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

bool steps_start(struct core *c, json_t **out, struct err *e)
{
	const struct cert_query trusted = {.store = "TrustedPeople", .has_key = -1, .used = -1};
	json_t *drift AUTO_JSON = NULL, *list AUTO_JSON = NULL;
	struct served *s AUTO(served_autop) = NULL;
	char file[65];
	int64_t next_s;

	if (!served_first_start(c, "127.0.0.1", 4343, e) || !changes_expire(c, &next_s, e) ||
	    !agent_files_rebuild(c, e) || !served_build(c, &s, e) || !file_sha256(c, file, e) ||
	    !drift_show(c, &drift, e) || !certs_list(c, &trusted, &list, e))
		return false;
	*out = json_pack("{s:s, s:s, s:b, s:s, s:O, s:O}", "served", s->bindings[0].cert->id,
			 "bound", s->bindings[0].bound_sha256, "degraded", s->bindings[0].degraded,
			 "file", file, "drift", drift, "trusted", json_object_get(list, "items"));
	return *out || err_nomem(e);
}
