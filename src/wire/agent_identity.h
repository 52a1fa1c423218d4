/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/secret.h"
#include "x509/cert.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The agent's own key pair: it serves the listener (CN=ofcsslagent, self-made) and signs the
 * registration, which binds the agent's id to it. key.pem (0600) holds key and certificate; made once,
 * written whole, never changed.
 */
#define AGENT_KEY_FILE "key.pem"
#define AGENT_COMMON_NAME "ofcsslagent"

struct agent_identity {
	struct cert *cert;
	struct secret pkcs8;
};
#define AGENT_IDENTITY_INIT                                                                        \
	{                                                                                          \
		.cert = NULL                                                                       \
	}
void agent_identity_clear(struct agent_identity *i);
#define AUTO_AGENT_IDENTITY AUTO(agent_identity_clear)

/* Reads the pair of dir; makes it where there is none and create is set (else ERR_NOT_FOUND). */
bool agent_identity_load(const char *dir, bool create, int64_t now_s, struct agent_identity *out,
			 struct err *e) MUST_USE;
