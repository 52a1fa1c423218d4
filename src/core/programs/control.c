/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/programs/control.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/reason.h"
#include "base/text.h"
#include "core/programs/control_proof.h"
#include "core/programs/control_socket.h"
#include "core/programs/witness.h"
#include "x509/cert.h"

#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

static struct trust_view *demanded;

void control_demand(struct trust_view *view)
{
	trust_view_unref(demanded);
	demanded = view;
}

bool control_listen_on(const char *state_dir, const char *name, int *fd_out, struct err *e)
{
	int dir AUTO_FD = -1;

	if (witness_stands())
		return witness_listen(state_dir, name, fd_out, e);
	return control_dir_open(state_dir, &dir, e) && control_dir_listen(dir, name, fd_out, e);
}

bool control_listen(const char *state_dir, int *fd_out, struct err *e)
{
	return control_listen_on(state_dir, CONTROL_SOCKET, fd_out, e);
}

bool control_peer_is_allowed(int fd)
{
	struct ucred who;
	socklen_t len = sizeof who;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 &&
	       (who.uid == 0 || who.uid == geteuid());
}

/* The one that listens is looked at before it is told anything. */
static bool connect_to(const char *state_dir, const char *name, int timeout_ms, int *fd_out,
		       struct err *e)
{
	int dir AUTO_FD = -1, fd AUTO_FD = -1;
	int proof_ms = timeout_ms < CONTROL_TIMEOUT_MS ? timeout_ms : CONTROL_TIMEOUT_MS;

	if (witness_stands() ? !witness_connect(state_dir, name, &fd, e)
			     : !control_dir_open(state_dir, &dir, e) ||
				       !control_dir_connect(dir, name, &fd, e))
		return err_is(e, "daemon.down")
			       ? err_reason(e, "daemon.down", "nothing runs on '%s'", state_dir)
			       : false;
	if (demanded && !control_peer_proves(fd, proof_ms, demanded, clock_now_s(), e))
		return err_wrap(e, "what listens on %s", name);
	*fd_out = fd;
	fd = -1;
	return true;
}

/* What the daemon said becomes our own error, with its public code. */
static bool failure_of(const json_t *answer, struct err *e)
{
	const char *code = json_string_value(json_object_get(answer, "code"));
	const char *detail = json_string_value(json_object_get(answer, "detail"));

	if (!code || !reason_find(code))
		code = "bug";
	return err_reason(e, code, "%s", detail ? detail : "it said no more");
}

bool control_call_on(const char *state_dir, const char *name, const json_t *request, int timeout_ms,
		     json_t **out_json, struct err *e)
{
	json_t *answer AUTO_JSON = NULL;
	int fd AUTO_FD = -1;
	bool ok = false;

	if (!connect_to(state_dir, name, timeout_ms, &fd, e) ||
	    !control_write(fd, timeout_ms, request, e) ||
	    !control_hear(fd, timeout_ms, &answer, e) || !json_get_bool_opt(answer, "ok", &ok, e))
		return false;
	if (!ok)
		return failure_of(answer, e);
	*out_json = answer;
	answer = NULL;
	return true;
}

bool control_call(const char *state_dir, const json_t *request, int timeout_ms, json_t **out_json,
		  struct err *e)
{
	return control_call_on(state_dir, CONTROL_SOCKET, request, timeout_ms, out_json, e);
}

static bool hook_publish(void *arg, int64_t *tls_generation_out, struct err *e)
{
	json_t *request AUTO_JSON = json_pack("{s:s}", "op", "reload"), *answer AUTO_JSON = NULL;

	return control_call(arg, request, CONTROL_TIMEOUT_MS, &answer, e) &&
	       json_get_int(answer, "tls_generation", 0, INT64_MAX, tls_generation_out, e);
}

static bool hook_prove(void *arg, const struct prove_target *t, struct prove_result *out,
		       struct err *e)
{
	json_t *request AUTO_JSON = json_pack("{s:s, s:s, s:i, s:s?}", "op", "prove", "ip", t->ip,
					      "port", (int)t->port, "sni", t->sni);
	json_t *answer AUTO_JSON = NULL;
	const char *cert = "", *version = "", *error = "";

	*out = (struct prove_result){.connected = false};
	if (!control_call(arg, request, CONTROL_PROVE_TIMEOUT_MS, &answer, e) ||
	    !json_get_bool_opt(answer, "connected", &out->connected, e) ||
	    !json_get_str(answer, "cert_sha256", &cert, e) ||
	    !json_get_str(answer, "tls_version", &version, e) ||
	    !json_get_str(answer, "error", &error, e) ||
	    !json_get_int(answer, "took_us", 0, INT64_MAX, &out->took_us, e))
		return false;
	text_copy(out->cert_sha256, sizeof out->cert_sha256, cert);
	text_copy(out->tls_version, sizeof out->tls_version, version);
	text_copy(out->error, sizeof out->error, error);
	return true;
}

/* The console knows what is its own already; without one, this process tries. */
static bool hook_try_endpoint(void *arg, const char *ip, uint16_t port, struct err *e)
{
	json_t *request AUTO_JSON =
		json_pack("{s:s, s:s, s:i}", "op", "try_endpoint", "ip", ip, "port", (int)port);
	json_t *answer AUTO_JSON = NULL;

	if (control_call(arg, request, CONTROL_TIMEOUT_MS, &answer, e))
		return true;
	if (e->code != ERR_UNREACHABLE)
		return false;
	*e = (struct err)ERR_INIT;
	return endpoint_try(ip, port, e);
}

/* Only the console has the TLS library; it reads the certificate from the database itself, so that
 * no key crosses the socket. */
static bool hook_try_load(void *arg, const struct cert *leaf, const struct cert_list *chain,
			  const struct secret *pkcs8, struct err *e)
{
	json_t *request AUTO_JSON = json_pack("{s:s, s:s}", "op", "try_load", "cert", leaf->id);
	json_t *answer AUTO_JSON = NULL;

	(void)chain;
	(void)pkcs8;
	if (control_call(arg, request, CONTROL_TIMEOUT_MS, &answer, e))
		return true;
	if (e->code != ERR_UNREACHABLE)
		return false;
	*e = (struct err)ERR_INIT; /* the start looks again, and falls back */
	return true;
}

static bool hook_console_is_signed(void *arg, struct err *e)
{
	json_t *request AUTO_JSON = json_pack("{s:s}", "op", "signature"), *answer AUTO_JSON = NULL;

	return request ? control_call(arg, request, CONTROL_TIMEOUT_MS, &answer, e) : err_nomem(e);
}

/* What is done is done, and pages look again by themselves; but who is refused must hear of it, once. */
static void say_refused(const struct err *e)
{
	static atomic_flag said = ATOMIC_FLAG_INIT;

	if (text_starts_with(err_public(e)->code, "ipc.") && !atomic_flag_test_and_set(&said))
		log_warning("control.refused", "the console is not told: code=%s why=%s",
			    err_public(e)->code, e->text);
}

static void hook_notify(void *arg, const char *topic, const json_t *what)
{
	json_t *request AUTO_JSON =
		json_pack("{s:s, s:s, s:O}", "op", "notify", "topic", topic, "what", what);
	json_t *answer AUTO_JSON = NULL;
	struct err why = ERR_INIT;

	if (request && !control_call(arg, request, CONTROL_TIMEOUT_MS, &answer, &why))
		say_refused(&why);
}

void control_hooks(const char *state_dir, struct core_hooks *out)
{
	union {
		const char *in;
		void *out;
	} dir = {.in = state_dir};

	*out = (struct core_hooks){.arg = dir.out,
				   .publish = hook_publish,
				   .prove = hook_prove,
				   .try_endpoint = hook_try_endpoint,
				   .try_load = hook_try_load,
				   .console_is_signed = hook_console_is_signed,
				   .notify = hook_notify};
}
