/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/json.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Which commands an agent has seen: the highest sequence number, and every id until the command
 * would be refused as expired anyway. The numbers alone keep replays out; the ids stay where the
 * numbers begin anew (another server).
 */
#define REPLAY_IDS_MAX 4096 /* ids remembered; the one that expires first makes room */
#define REPLAY_ID_SIZE 65   /* bytes of one, with terminator */

struct replay_id {
	int64_t until_s;
	char jti[REPLAY_ID_SIZE];
};

struct replay {
	int64_t seq; /* last one taken; 0 none */
	struct replay_id *ids;
	size_t n, cap;
};

void replay_clear(struct replay *r);
bool replay_has(const struct replay *r, const char *jti);
/* Takes seq and jti in, and drops what expired before now_s. */
bool replay_add(struct replay *r, int64_t seq, const char *jti, int64_t until_s, int64_t now_s,
		struct err *e) MUST_USE;

json_t *replay_json(const struct replay *r); /* NULL: no memory */
bool replay_read(const json_t *v, struct replay *out, struct err *e) MUST_USE;
