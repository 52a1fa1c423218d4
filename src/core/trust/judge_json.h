/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/json.h"
#include "trust/judge.h"

/*
 * The trust engine behind a JSON object (CONTRACTS.md "trust judge"): stores, chain, time and policy come with the
 * question, so that no state directory and no clock is touched. Used by the command line and by REST.
 */
#define JUDGE_STORES_MAX 32   /* stores in one question */
#define JUDGE_CERTS_MAX 20000 /* certificates in one question */
#define JUDGE_CRLS_MAX 4096   /* revocation lists in one question */

/*
 * in       the question; unknown members are passed over
 * cache    may be shared by many questions; NULL: none
 * *out     the answer, a new reference; untouched on failure
 * Errors   ERR_INVALID with the member's name, ERR_LIMIT, ERR_NOMEM; a certificate that does not parse is an answer
 * Threads  any
 */
bool judge_json(const json_t *in, struct signature_cache *cache, json_t **out,
		struct err *e) MUST_USE;
