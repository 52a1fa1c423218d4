/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "core/core.h"

/*
 * The control socket (state directory/control.sock): how the command line wakes the console and
 * has it make a handshake. One JSON object on one line either way, one exchange a connection.
 *
 *   {"op":"reload"}                               {"ok":true,"tls_generation":7,"trust_generation":3}
 *   {"op":"prove","ip":"::1","port":443,"sni":s}  {"ok":true,"connected":true,"cert_sha256":...}
 *   {"op":"try_endpoint","ip":"*","port":443}     {"ok":true}
 *   {"op":"try_load","cert":sha256}               {"ok":true}
 *   {"op":"notify","topic":"change","what":{}}    {"ok":true}
 *   {"op":"signature"}                            {"ok":true}, or why its own program would be refused
 *   {"op":"status"}                               {"ok":true,"pid":1,...}
 *   any failure                                   {"ok":false,"code":"endpoint.cannot_open","detail":...}
 *
 * The daemon answers the owner of the state directory and root, and nobody else.
 */
#define CONTROL_SOCKET "control.sock"
#define CONTROL_LINE_MAX ((size_t)64 << 10) /* bytes of one line */
#define CONTROL_TIMEOUT_MS 5000		    /* for the answer to a reload */
#define CONTROL_PROVE_TIMEOUT_MS 15000	    /* for a handshake, which has limits of its own */

/*
 * One exchange. *out_json: the answer's object, yours.
 * Errors   ERR_UNREACHABLE daemon.down, ERR_TIMEOUT daemon.slow, and what the daemon said
 */
bool control_call(const char *state_dir, const json_t *request, int timeout_ms, json_t **out_json,
		  struct err *e) MUST_USE;
/* The same with another daemon's socket in its own state directory: the agent's. */
bool control_call_on(const char *state_dir, const char *name, const json_t *request, int timeout_ms,
		     json_t **out_json, struct err *e) MUST_USE;

/* From here on whoever is called must run a program that is signed by somebody whom view (stolen; NULL: nobody needs
 * to) believes. By the main thread, while no other calls. */
struct trust_view;
void control_demand(struct trust_view *view);

/* The hooks of a program that is not the console: everything through the socket, and where no
 * console runs, endpoints are tried here. state_dir must outlive the hooks. */
void control_hooks(const char *state_dir, struct core_hooks *out);

/* For the daemon: binds the socket anew (0600), listening; *fd_out yours. With core/programs/witness.h's process, where there is
 * one, as it is with calls. */
bool control_listen(const char *state_dir, int *fd_out, struct err *e) MUST_USE;
bool control_listen_on(const char *state_dir, const char *name, int *fd_out,
		       struct err *e) MUST_USE;
/* Whether the other end is the owner of our files, or root. */
bool control_peer_is_allowed(int fd);
/* One line from fd within timeout_ms, as JSON; and one line to it. What a caller asks is heard with
 * core/programs/control_proof.h. */
bool control_read(int fd, int timeout_ms, json_t **out, struct err *e) MUST_USE;
bool control_write(int fd, int timeout_ms, const json_t *v, struct err *e) MUST_USE;

/* Whether ip:port could be opened by this process now: binds it, for a moment. */
bool endpoint_try(const char *ip, uint16_t port, struct err *e) MUST_USE;
