/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "certbinderd/console.h"

#include "base/json.h"
#include "base/log.h"
#include "core/bindings/bindings.h"
#include "core/bindings/served.h"

#include <stdio.h>
#include <string.h>

static void listen_text(const struct endpoint *ep, char out[static 64])
{
	bool v6 = strchr(ep->ip, ':') != NULL;

	(void)snprintf(out, 64, "%s%s%s:%u", v6 ? "[" : "", ep->ip, v6 ? "]" : "",
		       (unsigned)ep->port);
}

/* The service manager's socket is where the first listener is, whatever the options say. */
static bool listen_adopt(struct console *k, struct endpoint *first, struct err *e)
{
	int fd = k->listen_fd;

	k->listen_fd = -1;
	if (!tls_front_adopt(k->front, fd, first->ip, &first->port, e))
		return false;
	listen_text(first, k->https[0]);
	return true;
}

/* Port 0 becomes the port that the kernel gave. */
static bool listens_open(struct console *k, struct listens *l, size_t from, bool plain,
			 char texts[][64], struct err *e)
{
	for (size_t i = from; i < l->n; i++) {
		struct endpoint *ep = &l->items[i];

		if (!tls_front_open(k->front, ep->ip, ep->port, plain, &ep->port, e))
			return false;
		listen_text(ep, texts[i]);
	}
	return true;
}

/* What the last run left open, before anything is served: overdue changes go back, and files that
 * mirror the database are written anew. */
static bool settle(struct core *core, struct err *e)
{
	struct err why = ERR_INIT;
	int64_t next_s;

	if (!changes_expire(core, &next_s, e))
		return false;
	/* A damaged certificate or a full disk must not keep the console from starting. */
	if (!agent_files_rebuild(core, &why) || !core_tidy(core, &why))
		log_warning("daemon.start", "%s", why.text);
	return true;
}

/* Without --listen the default binding stays where it was. */
static bool listens_default(struct core *core, struct listens *l, struct err *e)
{
	json_t *b AUTO_JSON = NULL;
	struct err none = ERR_INIT;
	const char *text = OPTIONS_LISTEN;
	struct endpoint ep;

	if (l->n > 0)
		return true;
	if (bindings_show(core, "default", &b, &none))
		text = json_string_value(json_object_get(b, "endpoint"));
	else if (!err_is(&none, "binding.not_found")) {
		*e = none;
		return false;
	}
	if (!endpoint_parse(text, &ep, e))
		return false;
	ep.host[0] = '\0';
	l->items[l->n++] = ep;
	return true;
}

bool console_prepare(struct console *k, struct core *core, struct config_file *config,
		     struct err *e)
{
	struct listens *l = &config->https;

	size_t adopted = k->listen_fd >= 0 ? 1 : 0;

	if (!listens_default(core, l, e) || !tls_front_new(&k->front, e) ||
	    (adopted && !listen_adopt(k, &l->items[0], e)) ||
	    !listens_open(k, l, adopted, false, k->https, e) ||
	    !listens_open(k, &config->http, 0, true, k->http_text, e))
		return false;
	return served_first_start(core, l->items[0].ip, l->items[0].port, e) &&
	       served_listeners(core, l->items + 1, l->n - 1, e) && settle(core, e);
}
