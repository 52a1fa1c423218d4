/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/span.h"
#include "core/core.h"

/*
 * Authentication certificates: the keys by which agents recognise what the server initiates. One is
 * current (store "OfficeScan NT"), its public half is OfcNTCer.dat; those that were replaced are
 * kept with their keys in "OfficeScan NT Expired", so that an agent that was away can follow. Every
 * switch makes a publication that the key before it signed (core/authentication/publications.h).
 * Their dates are not looked at by agents: the key is the pin.
 */
#define AUTHENTICATION_KEY_LIFE_S (3 * 365 * (int64_t)86400)
#define AUTHENTICATION_KEY_WARN_S (90 * (int64_t)86400) /* the console warns this long before */
#define AUTHENTICATION_BACKUP_DIR "AuthCertBackup"
#define AUTHENTICATION_BACKUP_MAX ((size_t)64 << 20) /* bytes of one backup file */
#define AUTHENTICATION_STORE "OfficeScan NT"
#define AUTHENTICATION_STORE_OLD "OfficeScan NT Expired"

/* Makes the first key, and with it publication 1, if there is none yet. */
bool authentication_keys_first_start(struct core *c, struct err *e) MUST_USE;

/* {"items":[{sha256, thumbprint, subject, algorithm, not_before, not_after, current, exportable,
 * made, replaced, reason}]} */
bool authentication_keys_list(struct core *c, json_t **out, struct err *e) MUST_USE;

/* OfcNTCer.dat: the DER of the current certificate. */
bool authentication_key_export(struct core *c, struct buf *der_out, struct err *e) MUST_USE;

struct authentication_rotation {
	const char *key;		      /* "ec256", "rsa2048" ...; NULL: ec256 */
	bool leaked;			      /* the former key must not be believed any more */
	const struct secret *backup_password; /* NULL: no backup is written */
};
/* A new, exportable key becomes current. The backup, with the new key in it, is on disk before
 * anything is switched. {"certificate":{...}, "publication":N, "backup":path or null, "missing":[]} */
bool authentication_key_rotate(struct core *c, const struct actor *by,
			       const struct authentication_rotation *r, json_t **out,
			       struct err *e) MUST_USE;

/* The backup as bytes; {"keys":n, "missing":[sha256...], "publication":N}. ERR_PASSWORD for an empty
 * password. The caller writes the file. */
bool authentication_keys_backup(struct core *c, const struct actor *by,
				const struct secret *password, struct buf *out, json_t **report_out,
				struct err *e) MUST_USE;

/* Brings every key of a backup in; the one that was current there is current here. Nothing changes
 * when any part of the file is wrong. {"certificate", "publication", "restored":n, "missing":[]} */
bool authentication_keys_restore(struct core *c, const struct actor *by, struct span file,
				 const struct secret *password, bool exportable, json_t **out,
				 struct err *e) MUST_USE;

/* A PFX with one certificate and its key becomes the current one. */
bool authentication_key_import(struct core *c, const struct actor *by, struct span pfx,
			       const struct secret *password, bool exportable, json_t **out,
			       struct err *e) MUST_USE;

/* Writes OfcNTCer.dat if it is not what the database says; before listening and after a switch. */
bool ntcer_write(struct core *c, bool *wrote_out, struct err *e) MUST_USE;
/* Whether OfcNTCer.dat is what the database says; true where there is no key yet. */
bool ntcer_holds(struct core *c, bool *out, struct err *e) MUST_USE;
