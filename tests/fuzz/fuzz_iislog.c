/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/iis_log.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static struct iis_log whole, pieces; /* large */

/* By member: what lies between and behind them is nobody's. */
static bool same(const struct iis_refusal *a, const struct iis_refusal *b)
{
	if (a->status != b->status || a->substatus != b->substatus || a->win32 != b->win32 ||
	    a->count != b->count || a->n_clients != b->n_clients ||
	    a->passed_before != b->passed_before || strcmp(a->first, b->first) != 0 ||
	    strcmp(a->last, b->last) != 0)
		return false;
	for (size_t i = 0; i < a->n_clients; i++)
		if (strcmp(a->clients[i], b->clients[i]) != 0)
			return false;
	return true;
}

/* However a log comes in pieces, the same is read; and each line is counted once. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t step = size > 0 ? 1 + data[0] % 13 : 1;

	iis_log_init(&whole);
	iis_log_feed(&whole, span_of(data, size));
	iis_log_end(&whole);
	iis_log_init(&pieces);
	for (size_t at = 0; at < size; at += step)
		iis_log_feed(&pieces, span_of(data + at, size - at < step ? size - at : step));
	iis_log_end(&pieces);
	must(whole.lines == pieces.lines && whole.requests == pieces.requests &&
	     whole.malformed == pieces.malformed && whole.n_refusals == pieces.n_refusals &&
	     whole.truncated == pieces.truncated);
	for (size_t i = 0; i < whole.n_refusals; i++)
		must(same(&whole.refusals[i], &pieces.refusals[i]));
	must(whole.requests + whole.malformed + whole.without_fields <= whole.lines);
	return 0;
}
