/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "agentd/update_step.h"

#include "agentd/link.h"
#include "agentd/trust.h"
#include "agentd/update_files.h"
#include "agentd/update_folder.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "base/reason.h"
#include "base/secret.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

bool update_commit(struct update_work *w, struct err *e)
{
	struct agent *a = w->agent;
	struct agent_update *i;
	bool good;

	pthread_mutex_lock(&a->lock);
	i = agent_updates_find(&a->state.updates, &w->item);
	if (i && i->retries != w->item.retries) { /* asked for again meanwhile */
		w->item.retries = i->retries;
		agent_update_again(&w->item);
	}
	if (i)
		*i = w->item;
	good = i ? agent_save(a, e)
		 : err_set(e, ERR_CANCELLED, "the package is not wanted any more");
	pthread_mutex_unlock(&a->lock);
	return good;
}

static bool enter(struct update_work *w, enum agent_update_state s, struct err *e)
{
	if (w->item.state == s && w->item.wait == UPDATE_WAIT_NONE)
		return true;
	agent_update_enter(&w->item, s, clock_now_s());
	log_info("agent.update", "package=%s version=%s state=%s", w->item.package, w->item.version,
		 agent_update_state_name(s));
	return update_commit(w, e);
}

/* Commits, and tells the server soon where it learns something by that. */
static void settle(struct update_work *w, const struct agent_update *before)
{
	const struct agent_update *i = &w->item;
	struct err e = ERR_INIT;

	if (!update_commit(w, &e)) {
		if (e.code != ERR_CANCELLED)
			log_error("agent.update", "%s", e.text);
		return;
	}
	if (i->state == before->state && strcmp(i->reason, before->reason) == 0 &&
	    strcmp(i->missing, before->missing) == 0)
		return;
	log_notice("agent.update", "package=%s version=%s state=%s code=%s why=%s", i->package,
		   i->version, agent_update_state_name(i->state), i->reason[0] ? i->reason : "ok",
		   i->detail);
	link_wake(w->agent->link);
}

static bool set_aside(struct update_work *w, struct err *e)
{
	enum update_file from = UPDATE_FILE_ZIP;

	if (!update_file_is_there(w->dir, &w->item, from))
		from = UPDATE_FILE_PART;
	return !update_file_is_there(w->dir, &w->item, from) ||
	       update_file_move(w->dir, &w->item, from, UPDATE_FILE_INVALID, e);
}

/* Wrong for good: only the file that was set aside stays. */
static bool refuse(struct update_work *w, const char *reason, const char *detail, struct err *e)
{
	if (!set_aside(w, e))
		return false;
	agent_update_wait(&w->item, UPDATE_WAIT_OFFER, reason, detail, clock_now_s());
	update_file_drop(w->dir, &w->item, UPDATE_FILE_P7S);
	return true;
}

/* Bytes that are wrong. Where they did not come from the server that offered them, they say nothing of the offer: they
 * are fetched again, after a while. */
static bool refuse_bytes(struct update_work *w, const char *reason, const char *detail,
			 struct err *e)
{
	bool is_zip = strcmp(reason, "package.digest") == 0;

	if (!w->unproved && !(w->is_kept && text_starts_with(reason, "cms.")))
		return refuse(w, reason, detail, e);
	for (int f = UPDATE_FILE_PART; is_zip && f <= UPDATE_FILE_INVALID; f++)
		update_file_drop(w->dir, &w->item, (enum update_file)f);
	update_file_drop(w->dir, &w->item, UPDATE_FILE_P7S);
	return err_reason(e, reason, "%.200s", detail);
}

/* What is downloaded was judged wrong by its bytes alone: it may come better. */
static void forget_wrong_bytes(struct update_work *w)
{
	if (strcmp(w->item.reason, "package.digest") == 0)
		update_file_drop(w->dir, &w->item, UPDATE_FILE_INVALID);
}

static bool have_zip(struct update_work *w, struct err *e)
{
	forget_wrong_bytes(w);
	if (update_file_is_there(w->dir, &w->item, UPDATE_FILE_ZIP) ||
	    update_file_is_there(w->dir, &w->item, UPDATE_FILE_INVALID))
		return true;
	return enter(w, AGENT_UPDATE_DOWNLOADING, e) && update_fetch_zip(w, e);
}

static bool open_zip(struct update_work *w, int *fd_out, struct err *e)
{
	struct err ignored = ERR_INIT;

	return update_file_open(w->dir, &w->item, UPDATE_FILE_ZIP, O_RDONLY, fd_out, &ignored) ||
	       update_file_open(w->dir, &w->item, UPDATE_FILE_INVALID, O_RDONLY, fd_out, e);
}

static bool judge(struct update_work *w, int zip, struct span p7s, struct package_check *out,
		  struct err *e)
{
	struct trust_view *view = NULL;
	bool good;

	if (!package_view_new(agent_trust_roots(w->trust), agent_trust_intermediates(w->trust),
			      agent_trust_disallowed(w->trust), &view, e))
		return false;
	text_copy(w->item.judged_with, sizeof(w->item.judged_with), agent_trust_digest(w->trust));
	w->item.clock_ms = clock_now_ms() - clock_mono_ms();
	good = package_check(zip, p7s, view, clock_now_s(), out, e);
	trust_view_unref(view);
	return good;
}

static bool install(struct update_work *w, int zip, struct err *e)
{
	struct err why = ERR_INIT;

	if (!enter(w, AGENT_UPDATE_UPDATING, e))
		return false;
	if (!update_install(w->dir, &w->item, zip, &why)) {
		const char *code = err_public(&why)->code;

		if (text_starts_with(code, "package.") || text_starts_with(code, "zip."))
			return refuse(w, code, why.text, e);
		*e = why;
		return false;
	}
	agent_update_done(&w->item, clock_now_s());
	if (!update_commit(w, &why)) /* the disk may be full; what is installed is installed */
		log_warning("agent.update", "%s", why.text);
	for (int f = UPDATE_FILE_PART; f <= UPDATE_FILE_INVALID; f++)
		update_file_drop(w->dir, &w->item, (enum update_file)f);
	update_versions_sweep(w->dir, &w->item);
	return true;
}

static bool hang_or_fail(struct update_work *w, const struct package_check *p, struct err *e)
{
	if (agent_update_judge(p) == UPDATE_WAIT_OFFER)
		return refuse_bytes(w, p->reason, p->explanation, e);
	if (!set_aside(w, e))
		return false;
	agent_update_judged(&w->item, p, clock_now_s());
	if (w->unproved) { /* it may be a stranger's, and name whatever root he likes */
		update_file_drop(w->dir, &w->item, UPDATE_FILE_P7S);
		w->item.wait = UPDATE_WAIT_CLOCK;
	}
	if (w->item.wait == UPDATE_WAIT_CLOCK) {
		uint32_t dice;

		random_bytes(&dice, sizeof(dice));
		agent_update_back_off(&w->item, clock_mono_ms(), 0, dice);
	}
	return true;
}

/* What is there instead of a signature is none, however often it is asked for. */
static bool no_signature(struct update_work *w, struct err *e)
{
	struct err why = *e;

	*e = (struct err)ERR_INIT;
	return refuse_bytes(w, "cms.corrupt", why.text, e);
}

/* Nobody can be judged now; whatever can be read next is another directory than this. */
static bool wait_for_trust(struct update_work *w)
{
	struct err why = ERR_INIT;

	(void)trust_unreadable(w->agent, &why);
	w->item.judged_with[0] = '\0';
	agent_update_wait(&w->item, UPDATE_WAIT_TRUST, err_public(&why)->code, why.text,
			  clock_now_s());
	return true;
}

/* *again_out: not the bytes that were offered, but they were pieced together from two downloads. */
static bool check_and_install(struct update_work *w, bool *again_out, struct err *e)
{
	struct package_check p AUTO_PACKAGE_CHECK = {.good = false};
	struct buf p7s AUTO_BUF = BUF_INIT;
	int zip AUTO_FD = -1;

	if (!update_fetch_p7s(w, &p7s, e))
		return err_is(e, "cms.corrupt") && no_signature(w, e);
	if ((w->item.state == AGENT_UPDATE_DOWNLOADING && !enter(w, AGENT_UPDATE_VERIFYING, e)) ||
	    !open_zip(w, &zip, e))
		return false;
	if (!w->trust)
		return wait_for_trust(w);
	if (!judge(w, zip, buf_span(&p7s), &p, e))
		return false;
	if (strcmp(p.sha256, w->item.sha256) == 0)
		return p.good ? install(w, zip, e) : hang_or_fail(w, &p, e);
	*again_out = !w->is_fresh;
	if (w->is_fresh)
		return refuse_bytes(w, "package.digest",
				    "the server sends another file than it offered", e);
	update_file_drop(w->dir, &w->item, UPDATE_FILE_ZIP);
	update_file_drop(w->dir, &w->item, UPDATE_FILE_INVALID);
	return true;
}

/* The same for a file that is larger than it should be. */
static bool too_large(struct update_work *w, bool *again_out, struct err *e)
{
	*again_out = !w->is_fresh;
	if (w->is_fresh)
		return refuse_bytes(w, "package.digest",
				    "the server sends a larger file than it offered", e);
	update_file_drop(w->dir, &w->item, UPDATE_FILE_PART);
	return true;
}

static bool run(struct update_work *w, struct err *e)
{
	bool again = true;

	for (int n = 0; again && n < 2; n++) {
		again = false;
		if (!have_zip(w, e)) {
			if (e->code != ERR_LIMIT)
				return false;
			*e = (struct err)ERR_INIT;
			if (!too_large(w, &again, e))
				return false;
		} else if (!check_and_install(w, &again, e)) {
			return false;
		}
	}
	return true;
}

/* What waits for room does not take it from others. How much it needs is known the next time. */
static void make_room(struct update_work *w)
{
	for (int f = UPDATE_FILE_PART; f <= UPDATE_FILE_P7S; f++)
		update_file_drop(w->dir, &w->item, (enum update_file)f);
	w->item.got = 0;
}

void update_step(struct update_work *w)
{
	const struct agent_update before = w->item;
	struct err e = ERR_INIT;
	uint32_t dice;

	w->unproved = w->is_kept = false;
	if (!run(w, &e)) {
		if (e.code == ERR_CANCELLED)
			return;
		if (e.sys == ENOSPC || e.sys == EDQUOT)
			(void)err_reason(&e, "update.space", "the disk is full");
		if (err_is(&e, "update.space"))
			make_room(w);
		random_bytes(&dice, sizeof(dice));
		agent_update_wait(&w->item, UPDATE_WAIT_RETRY, err_public(&e)->code, e.text,
				  clock_now_s());
		agent_update_back_off(&w->item, clock_mono_ms(), e.wait_s, dice);
	}
	settle(w, &before);
}
