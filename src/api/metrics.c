/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/resources.h"
#include "base/clock.h"
#include "core/console/settings.h"
#include "core/console/system.h"

static void sample(struct buf *out, const char *name, const char *type, const char *help,
		   uint64_t value)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", name, help, name, type, name,
		   (unsigned long long)value);
}

static void tls_metrics(const struct api *a, struct buf *out)
{
	struct api_tls_counters n = {0};
	static const char name[] = "certbinder_tls_handshakes_total";

	if (!a->config.tls_counters)
		return;
	a->config.tls_counters(a->config.arg, &n);
	buf_printf(out, "# HELP %s Handshakes by outcome.\n# TYPE %s counter\n", name, name);
	buf_printf(out, "%s{result=\"full\"} %llu\n", name, (unsigned long long)n.handshakes_full);
	buf_printf(out, "%s{result=\"resumed\"} %llu\n", name,
		   (unsigned long long)n.handshakes_resumed);
	buf_printf(out, "%s{result=\"failed\"} %llu\n", name,
		   (unsigned long long)n.handshakes_failed);
	sample(out, "certbinder_tls_connections_open", "gauge", "Connections open now.",
	       n.connections_open);
	sample(out, "certbinder_tls_connections_refused_total", "counter",
	       "Connections refused by a limit.", n.connections_refused);
}

/* For the role viewer; for everybody where the setting says so. */
bool api_metrics(struct api_call *c, struct err *e)
{
	struct buf out AUTO_BUF = BUF_INIT;
	int64_t open = 0;

	if (c->who->role == ROLE_NONE) {
		if (!settings_get_int(c->core, "metrics_open", &open, e))
			return false;
		if (!open) {
			http_reply_header(c->http, "WWW-Authenticate",
					  "Bearer realm=\"certbinder\"");
			return err_reason(e, "auth.required", "metrics are for the role viewer");
		}
	}
	if (!system_metrics(c->core, &out, e))
		return false;
	sample(&out, "certbinder_start_time_seconds", "gauge", "When the console started.",
	       (uint64_t)c->api->started_s);
	tls_metrics(c->api, &out);
	if (!buf_ok(&out))
		return err_nomem(e);
	http_reply_buf(c->http, 200, "text/plain; version=0.0.4; charset=utf-8", &out);
	return true;
}
