/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "lib/maker.h"
#include "lib/unit.h"
#include "trust/judge.h"

/*
 * A small world to judge in: the stores that matter, lists, a policy, and the verdict of the last judgement. Everything
 * put in is owned by the world.
 */
struct world {
	struct cert_list root, ca, client_auth_issuer, mine, people, disallowed;
	struct cert_list chain; /* what the peer presents */
	struct crl *crls[72];
	size_t n_crls;
	int64_t crls_checked_s;	    /* 0: when they were issued */
	struct trust_policy policy; /* WORLD_INIT: mode 0, client, usage checked */
	int64_t now_s;
	struct verdict *verdict;
};

#define WORLD_INIT                                                                                 \
	{                                                                                          \
		.policy = {.purpose = PURPOSE_CLIENT, .check_usage = true, .max_depth = -1},       \
		.now_s = MAKER_NOW                                                                 \
	}
#define AUTO_WORLD AUTO(world_clear)

void world_clear(struct world *w);
/* Makes a certificate into a list; the reference returned is the list's. */
struct cert *world_make(struct cert_list *list, const struct maker *m);
void world_put(struct cert_list *list, struct cert *c);
void world_judge(struct world *w);
/* Judges with the nth allocation failing (0: none); false: no verdict. mem_fail_at(0) is the caller's. */
bool world_try(struct world *w, unsigned long fail_at, struct err *e);
/* Judges, and the outcome must be this: reason, sub-status, win32. */
void world_refuses(struct world *w, const char *reason, int substatus, uint32_t win32);
void world_accepts(struct world *w);

/* The usual three: "Root" in a list (key 0), "Issuing" (key 1) and "Alice" (key 2). */
struct cert *world_root(struct cert_list *list);
struct cert *world_issuing(struct cert_list *list);
struct cert *world_alice(struct cert_list *list);
