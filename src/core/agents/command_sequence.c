/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/authentication/publications.h"

#include "base/buf.h"
#include "base/num.h"
#include "store/settings.h"

#include <inttypes.h>

/*
 * Sequence numbers of commands. The epoch goes up at every restore, and the counter is written
 * before a command leaves: a server that came back from a backup is not taken for a replay.
 */
#define META_EPOCH "agents.epoch"
#define META_SEQUENCE "agents.sequence" /* counter within the epoch */
#define COUNTER_BITS 32

static bool number_read(struct core *c, const char *name, int64_t *out, struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;
	uint64_t n = 0;
	bool found = false;

	if (!store_meta_get(core_store(c), name, &text, &found, e))
		return false;
	if (found && !num_u64(buf_str(&text), INT64_MAX, &n))
		return err_reason(e, "state.corrupt", "'%s' is no number", name);
	*out = (int64_t)n;
	return true;
}

static bool number_write(struct core *c, const char *name, int64_t n, struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;

	buf_printf(&text, "%" PRId64, n);
	return buf_ok(&text) ? store_meta_set(core_store(c), name, buf_span(&text), e)
			     : err_nomem(e);
}

bool epoch_read(struct core *c, int64_t *out, struct err *e)
{
	return number_read(c, META_EPOCH, out, e);
}

bool epoch_advance(struct core *c, int64_t at_least, struct err *e)
{
	int64_t epoch, now = core_now_s(c);

	if (!epoch_read(c, &epoch, e))
		return false;
	epoch++;
	if (epoch < at_least + 1)
		epoch = at_least + 1;
	if (epoch < now)
		epoch = now;
	return number_write(c, META_EPOCH, epoch, e) && number_write(c, META_SEQUENCE, 0, e);
}

bool command_sequence_block(struct core *c, int64_t n, int64_t *first_out, struct err *e)
{
	int64_t epoch, counter;

	if (!epoch_read(c, &epoch, e) || !number_read(c, META_SEQUENCE, &counter, e))
		return false;
	if ((counter + n) >> COUNTER_BITS)
		return err_set(e, ERR_LIMIT, "this epoch has no sequence numbers left");
	*first_out = (epoch << COUNTER_BITS) + counter + 1;
	return number_write(c, META_SEQUENCE, counter + n, e);
}
