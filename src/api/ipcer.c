/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/resources.h"
#include "base/files.h"
#include "core/bindings/bindings.h"

#include <string.h>

#define IPCER_PATH "PCCSRV/Pccnt/Common/OfcIPCer.dat"

static bool send_file(struct api_call *c, struct err *e)
{
	struct buf file AUTO_BUF = BUF_INIT;
	char path[1024];

	if (!path_join(path, sizeof(path), core_state_dir(c->core), IPCER_PATH, e) ||
	    !file_read(path, IPCER_FILE_MAX, &file, e))
		return false;
	return api_reply_file(c, "application/pkix-cert", "OfcIPCer.dat", &file);
}

bool api_ipcer_file(struct api_call *c, struct err *e)
{
	return send_file(c, e);
}

bool api_ipcer_show(struct api_call *c, struct err *e)
{
	const char *accept = http_header(c->http, "Accept");
	json_t *ipcer = NULL;

	if (accept && strstr(accept, "application/pkix-cert"))
		return send_file(c, e);
	return ipcer_show(c->core, &ipcer, e) && api_reply(c, 200, ipcer);
}

bool api_ipcer_publish(struct api_call *c, struct err *e)
{
	struct buf file AUTO_BUF = BUF_INIT;
	struct ipcer_request r = {.dry_run = c->dry_run};
	json_t *ipcer = NULL;

	if (!api_file(c, &file, NULL, e) || !api_flag(c, "as_next", &r.as_next, e))
		return false;
	r.file = buf_span(&file);
	if (ipcer_publish(c->core, &c->actor, &r, &ipcer, e))
		return api_reply(c, 200, ipcer);
	c->more = ipcer; /* what was recognised, and what to do instead */
	return false;
}

bool api_ipcer_next_show(struct api_call *c, struct err *e)
{
	json_t *next = NULL;

	return ipcer_next_show(c->core, &next, e) && api_reply(c, 200, next);
}

bool api_ipcer_withdraw(struct api_call *c, struct err *e)
{
	json_t *next AUTO_JSON = NULL;

	if (!ipcer_next_show(c->core, &next, e) || !api_match(c, next, e))
		return false;
	return (c->dry_run || ipcer_withdraw(c->core, &c->actor, e)) && api_reply_done(c);
}
