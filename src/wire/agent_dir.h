/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "x509/cert.h"

#include <stdbool.h>

/*
 * The agent's state directory, and files that administrators hand in. Its owner and root may use it,
 * nobody else.
 */
#define AGENT_STATE_DIR "/var/lib/certbinder-agent"
#define AGENT_SOCKET "agent.sock"
#define AGENT_CERT_FILE_MAX ((size_t)256 << 10) /* bytes of a certificate file */

/* Errors: ERR_NOT_FOUND (and create is not set), auth.not_owner */
bool agent_dir_ready(const char *dir, bool create, struct err *e) MUST_USE;
/* Root goes on as the owner of dir, for good: what is written there stays readable to the agent. */
bool agent_dir_become_owner(const char *dir, struct err *e) MUST_USE;

/* One certificate, DER or PEM. Errors: ERR_NOT_FOUND, pem.corrupt, x509.corrupt */
bool agent_cert_file(const char *path, struct cert **out, struct err *e) MUST_USE;
