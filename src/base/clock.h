/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Time. Whoever judges by time is handed a time; only this file asks the system.
 * Wall time is Unix seconds, UTC. RFC 3339 texts are "2026-11-22T00:00:00Z".
 */
#define RFC3339_SIZE 24 /* with terminator; years 0000 to 9999 */

int64_t clock_now_s(void);
int64_t clock_now_ms(void);
int64_t clock_mono_ms(void);
int64_t clock_mono_ns(void);
void time_rfc3339(int64_t t_s, char out[static RFC3339_SIZE]);
_Bool time_parse_rfc3339(const char *s, int64_t *out);

/* Days and clock fields without the C library's calendar; months and days from 1. */
struct civil {
	int year, month, day, hour, minute, second;
};
void time_to_civil(int64_t t_s, struct civil *out);
int64_t time_from_civil(const struct civil *c);
