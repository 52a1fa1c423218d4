/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/agents/command_signer.h"

#include "core/certs/certs.h"
#include "core/certs/keys.h"
#include "core/core_impl.h"
#include "store/authentication_keys.h"

#include <string.h>

void command_signers_clear(struct command_signers *s)
{
	for (size_t i = 0; i < s->n; i++)
		authentication_pair_clear(&s->pairs[i]);
	s->n = 0;
}

bool command_signers_open(struct core *c, struct command_signers *out, struct err *e)
{
	bool found = false;

	out->n = 0;
	if (!authentication_pair_current(c, &out->pairs[0], &found, e))
		return false;
	out->n = found ? 1 : 0;
	return found ||
	       err_reason(e, "authentication_key.none", "there is no authentication key yet");
}

struct search {
	const char *cert;
	bool usable;
};

static bool look_at(void *arg, const struct authentication_key_row *row, struct err *e)
{
	struct search *s = arg;

	(void)e; /* nothing fails here */
	if (strcmp(row->cert, s->cert) == 0)
		s->usable = strcmp(row->reason, "leaked") != 0;
	return true;
}

static bool load(struct core *c, const char *cert, struct authentication_pair *out)
{
	struct authentication_pair p AUTO_PAIR = AUTHENTICATION_PAIR_INIT;
	struct search s = {.cert = cert};
	struct err ignored = ERR_INIT;

	if (!authentication_key_row_list(core_store(c), look_at, &s, &ignored) || !s.usable ||
	    !certs_find(c, cert, &p.cert, &ignored) ||
	    !keys_load_for(c, p.cert, &p.pkcs8, &ignored))
		return false;
	*out = p;
	p = (struct authentication_pair)AUTHENTICATION_PAIR_INIT;
	return true;
}

const struct authentication_pair *command_signer_for(struct core *c, struct command_signers *s,
						     const char *ntcer_sha256)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->pairs[i].cert->id, ntcer_sha256) == 0)
			return &s->pairs[i];
	if (s->n < COMMAND_SIGNERS_MAX && ntcer_sha256[0] && load(c, ntcer_sha256, &s->pairs[s->n]))
		return &s->pairs[s->n++];
	return &s->pairs[0];
}
