/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/bindings/bindings.h"
#include "core/bindings/served.h"
#include "core/core.h"

/*
 * A console without sockets for tests of core/: it publishes by building the snapshot, and proves by
 * picking from it. Faults are switched on by the members. The state directory is unit_dir().
 */
struct fake_console {
	struct core *core;
	struct served *served; /* NULL: nothing published yet */
	int64_t now_s;
	bool is_down;	    /* publish says ERR_UNREACHABLE */
	bool publish_fails; /* publish says why the state cannot be served */
	bool serves_old;    /* publishes, but goes on serving what it had */
	bool endpoint_fails, load_fails;
	int n_published, n_proved;
	char last_ip[48], last_sni[256];
};

extern const struct actor fake_admin, fake_operator, fake_viewer;

/* Opens a state directory with its first certificate and default binding on 127.0.0.1:4343. */
void fake_console_open(struct fake_console *f);
/* Closes and opens again as a start of the console does: expire, files, publish, prove. */
void fake_console_restart(struct fake_console *f, bool prove);
void fake_console_close(struct fake_console *f);

/* Imports a new self-signed server certificate into My and gives its SHA-256. */
void fake_cert(struct fake_console *f, const char *cn, const char *dns, int64_t not_before_s,
	       int64_t not_after_s, char sha256_out[static 65]);
/* What a client of ip:4343 with this name would be shown. */
const char *fake_shown(const struct fake_console *f, const char *ip, const char *sni);
/* What is in OfcIPCer.dat: its SHA-256, "" when it is not there. */
const char *fake_ipcer(void);
/* One SQL statement behind the console's back. */
void fake_sql(struct fake_console *f, const char *sql);
