/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/json.h"
#include "core/updates/package.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The update packages that an agent knows: what its server offers, what is installed, and how far it
 * is with each. Nothing here looks at a clock, the disk or the network.
 *
 *   downloading -> verifying -> updating -> current
 * A package whose signer cannot be judged yet stays in updating and names what is missing; one that
 * is wrong is failed. Both are tried again when the server's offer changes.
 * Threads  any; whoever owns the struct guards it
 */
#define AGENT_UPDATES_MAX 32 /* packages that an agent follows */
#define AGENT_UPDATE_DETAIL_SIZE 240
#define AGENT_UPDATE_TRY_MIN_MS                                                                    \
	5000 /* until what failed for a while is tried again; doubled each time */
#define AGENT_UPDATE_TRY_MAX_MS 900000	 /* at most so long */
#define AGENT_UPDATE_CLOCK_MOVED_MS 5000 /* the clock was set: who was not valid may be now */

enum agent_update_state {
	AGENT_UPDATE_CURRENT,
	AGENT_UPDATE_DOWNLOADING,
	AGENT_UPDATE_VERIFYING,
	AGENT_UPDATE_UPDATING,
	AGENT_UPDATE_FAILED
};
const char *agent_update_state_name(enum agent_update_state s);

/* What an unfinished package waits for. */
enum update_wait {
	UPDATE_WAIT_NONE,  /* to be worked on */
	UPDATE_WAIT_TRUST, /* another content of the trust directory */
	UPDATE_WAIT_CLOCK, /* the signer's validity, or a signature from the server itself */
	UPDATE_WAIT_RETRY, /* the server, or room on the disk */
	UPDATE_WAIT_OFFER  /* failed: another offer */
};

struct agent_update {
	char package[PACKAGE_NAME_MAX + 1];
	char version[PACKAGE_NAME_MAX + 1]; /* wanted; "" none is offered */
	char sha256[2 * SHA256_BYTES + 1];  /* of the wanted ZIP */
	int64_t bytes;
	char installed[PACKAGE_NAME_MAX + 1], previous[PACKAGE_NAME_MAX + 1]; /* "": none */
	char installed_sha256[2 * SHA256_BYTES + 1];
	enum agent_update_state state;
	enum update_wait wait;
	int64_t since_s; /* of this state */
	char reason[48]; /* dotted; "": none */
	char detail[AGENT_UPDATE_DETAIL_SIZE];
	char missing[256]; /* the certificate that would be needed next; "": none */
	bool missing_is_root;
	char missing_sha256[2 * SHA256_BYTES + 1];

	/* not kept over a restart: then all of it is tried at once */
	int64_t got;	   /* bytes downloaded */
	int64_t unpacked;  /* bytes that it unpacks to; 0: not known yet */
	int64_t next_ms;   /* monotonic; not before, unless what it waits for came */
	int64_t clock_ms;  /* wall clock minus monotonic when it was judged */
	unsigned failures; /* in a row */
	unsigned retries;  /* how often it was asked for again */
	char judged_with[2 * SHA256_BYTES + 1]; /* digest of the trust directory */
};

struct agent_updates {
	int64_t revision; /* of the server's offer; -1: none is known */
	struct agent_update items[AGENT_UPDATES_MAX];
	size_t n;
};
#define AGENT_UPDATES_INIT                                                                         \
	{                                                                                          \
		.revision = -1                                                                     \
	}

/* As in agent.json; NULL: no memory. */
json_t *agent_updates_json(const struct agent_updates *u);
/* v NULL or null: none. What was in the middle of something begins again. */
bool agent_updates_read(const json_t *v, struct agent_updates *out, struct err *e) MUST_USE;

/*
 * Takes the answer to GET /updates. Each package that is not current is to be worked on from here on.
 * Errors   update.offer; *u is as before
 */
bool agent_updates_offer(struct agent_updates *u, const json_t *answer, int64_t now_s,
			 struct err *e) MUST_USE;

/* It is tried at once, whatever it waits for; it stays in its state until it comes out otherwise. */
void agent_update_again(struct agent_update *i);
void agent_updates_retry(struct agent_updates *u);

/* The package that is to be worked on now, or NULL. trust: digest of the trust directory. */
struct agent_update *agent_updates_due(struct agent_updates *u, const char *trust, int64_t now_ms,
				       int64_t mono_ms);
/* How long until one is due by time alone; -1: none is. */
int64_t agent_updates_wait_ms(const struct agent_updates *u, int64_t mono_ms);
/* The same package, still with the same ZIP; NULL: the offer changed. */
struct agent_update *agent_updates_find(struct agent_updates *u, const struct agent_update *like);

/* Only another state begins anew in time. */
void agent_update_enter(struct agent_update *i, enum agent_update_state s, int64_t now_s);
/* Waits for something, or is failed for good (UPDATE_WAIT_OFFER). */
void agent_update_wait(struct agent_update *i, enum update_wait w, const char *reason,
		       const char *detail, int64_t now_s);
/* What a check that is not good means. */
enum update_wait agent_update_judge(const struct package_check *p);
void agent_update_judged(struct agent_update *i, const struct package_check *p, int64_t now_s);
/* Is installed now, and current. */
void agent_update_done(struct agent_update *i, int64_t now_s);
/* After a failure that may pass: doubles, with the server's own wish as the least. */
void agent_update_back_off(struct agent_update *i, int64_t mono_ms, int wait_s, uint32_t dice);

/* Member "update" of a heartbeat's states: of the package that matters most. *out NULL: there is
 * none. */
bool agent_updates_report(const struct agent_updates *u, json_t **out, struct err *e) MUST_USE;
