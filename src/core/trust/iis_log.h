/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads W3C extended logs of IIS as they come, piece by piece, in constant memory, and counts what
 * was refused. Columns are those of the #Fields line last seen, in any order; a log may have several
 * such lines. Nothing in a log is believed: what does not fit is counted, and the next line is read.
 */
#define IIS_LINE_MAX 65536  /* bytes of a line: IIS's own limit; longer ones count as malformed */
#define IIS_COLUMNS_MAX 64  /* columns of one #Fields line */
#define IIS_REFUSALS_MAX 64 /* different status triples; further ones are counted as others */
#define IIS_CLIENTS_MAX 5   /* client addresses kept for each, the first ones */
#define IIS_TIME_SIZE 20    /* "2026-11-22 04:00:00" */
#define IIS_ADDRESS_SIZE 48 /* longer addresses are cut */

struct iis_refusal {
	int status, substatus; /* -1: the log has no such column */
	int64_t win32;	       /* likewise */
	uint64_t count;
	char first[IIS_TIME_SIZE], last[IIS_TIME_SIZE]; /* "" when the log has no dates */
	char clients[IIS_CLIENTS_MAX][IIS_ADDRESS_SIZE];
	size_t n_clients;
	uint64_t passed_before; /* requests that passed before the first of these */
};

struct iis_log {
	uint64_t lines, requests, passed, malformed, without_fields, field_lines, others;
	bool truncated; /* the last line had no end, or did not fit */
	char first[IIS_TIME_SIZE], last[IIS_TIME_SIZE], last_passed[IIS_TIME_SIZE];
	struct iis_refusal refusals[IIS_REFUSALS_MAX];
	size_t n_refusals;
	/* inside: which column is what, 1-based; 0: the log has none */
	size_t n_columns, date, time, status, substatus, win32, client;
	char line[IIS_LINE_MAX];
	size_t line_len;
	bool too_long;
};

void iis_log_init(struct iis_log *l);
/* Any length, any bytes. */
void iis_log_feed(struct iis_log *l, struct span piece);
void iis_log_end(struct iis_log *l);
