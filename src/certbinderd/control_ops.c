/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "certbinderd/control_ops.h"

#include "base/json.h"
#include "base/reason.h"
#include "core/bindings/bindings.h"
#include "core/programs/ipc_policy.h"

#include <string.h>
#include <unistd.h>

typedef bool (*op_fn)(struct console *k, struct core *core, const json_t *request, json_t **out,
		      struct err *e);

static bool packed(json_t *o, json_t **out, struct err *e)
{
	*out = o;
	return o || err_nomem(e);
}

static bool op_reload(struct console *k, struct core *core, const json_t *request, json_t **out,
		      struct err *e)
{
	int64_t served;

	(void)core;
	(void)request;
	return console_publish(k, &served, e) &&
	       packed(json_pack("{s:b, s:I, s:I}", "ok", 1, "tls_generation", (json_int_t)served,
				"trust_generation", (json_int_t)atomic_load(&k->trust_generation)),
		      out, e);
}

static bool op_prove(struct console *k, struct core *core, const json_t *request, json_t **out,
		     struct err *e)
{
	struct prove_target t = {.sni = NULL};
	struct prove_result r = {.connected = false};
	int64_t port;

	(void)k;
	(void)core;
	if (!json_get_str(request, "ip", &t.ip, e) ||
	    !json_get_int(request, "port", 1, 65535, &port, e) ||
	    !json_get_str_opt(request, "sni", &t.sni, e))
		return false;
	t.port = (uint16_t)port;
	return tls_prove(&t, CONSOLE_PROVE_TIMEOUT_MS, &r, e) &&
	       packed(json_pack("{s:b, s:b, s:s, s:s, s:I, s:o}", "ok", 1, "connected", r.connected,
				"cert_sha256", r.cert_sha256, "tls_version", r.tls_version,
				"took_us", (json_int_t)r.took_us, "error",
				json_text(span_str(r.error))),
		      out, e);
}

static bool op_try_endpoint(struct console *k, struct core *core, const json_t *request,
			    json_t **out, struct err *e)
{
	const char *ip;
	int64_t port;

	(void)core;
	return json_get_str(request, "ip", &ip, e) &&
	       json_get_int(request, "port", 1, 65535, &port, e) &&
	       tls_front_try_endpoint(k->front, ip, (uint16_t)port, e) &&
	       packed(json_pack("{s:b}", "ok", 1), out, e);
}

static bool op_try_load(struct console *k, struct core *core, const json_t *request, json_t **out,
			struct err *e)
{
	const char *cert;

	(void)k;
	return json_get_str(request, "cert", &cert, e) && binding_try_load(core, cert, e) &&
	       packed(json_pack("{s:b}", "ok", 1), out, e);
}

static bool op_notify(struct console *k, struct core *core, const json_t *request, json_t **out,
		      struct err *e)
{
	const char *topic;
	json_t *what;

	(void)core;
	if (!json_get_str(request, "topic", &topic, e) ||
	    !json_get_object(request, "what", &what, e))
		return false;
	api_notify(k->api, topic, what);
	return packed(json_pack("{s:b}", "ok", 1), out, e);
}

static bool op_signature(struct console *k, struct core *core, const json_t *request, json_t **out,
			 struct err *e)
{
	(void)k;
	(void)request;
	return ipc_policy_self(core, e) && packed(json_pack("{s:b}", "ok", 1), out, e);
}

static bool op_status(struct console *k, struct core *core, const json_t *request, json_t **out,
		      struct err *e)
{
	(void)core;
	(void)request;
	return packed(json_pack("{s:b, s:i, s:s, s:I, s:I, s:i}", "ok", 1, "pid", (int)getpid(),
				"version", PACKAGE_VERSION, "tls_generation",
				(json_int_t)atomic_load(&k->tls_generation), "trust_generation",
				(json_int_t)atomic_load(&k->trust_generation), "left_out",
				(int)atomic_load(&k->n_dropped)),
		      out, e);
}

static const struct {
	const char *name;
	op_fn run;
} ops[] = {
	{"reload", op_reload},	   {"prove", op_prove},	  {"try_endpoint", op_try_endpoint},
	{"try_load", op_try_load}, {"notify", op_notify}, {"signature", op_signature},
	{"status", op_status},
};

static bool dispatch(struct console *k, struct core *core, const json_t *request, json_t **out,
		     struct err *e)
{
	const char *name;

	if (!core)
		return err_set(e, ERR_DB, "the database cannot be opened");
	if (!json_get_str(request, "op", &name, e))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(ops); i++)
		if (strcmp(ops[i].name, name) == 0)
			return ops[i].run(k, core, request, out, e);
	return err_set(e, ERR_INVALID, "there is no operation of this name");
}

json_t *control_op(struct console *k, struct core *core, const json_t *request)
{
	struct err e = ERR_INIT;
	json_t *reply = NULL;

	if (dispatch(k, core, request, &reply, &e))
		return reply;
	return json_pack("{s:b, s:s, s:o}", "ok", 0, "code", err_public(&e)->code, "detail",
			 json_text(span_str(e.text)));
}
