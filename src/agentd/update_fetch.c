/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "agentd/update_step.h"

#include "agentd/update_files.h"
#include "agentd/update_folder.h"
#include "base/files.h"
#include "wire/agent_url.h"
#include "wire/fetch_file.h"
#include "x509/cms.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Asks the distribution point for one file: over the pinned connection, else over plain HTTP, since what
 * is good proves itself. Not where the server asked for patience. */
typedef bool (*get_fn)(const struct cert_list *pins, const char *url, void *arg, struct err *e);

static bool get(struct update_work *w, const char *end, get_fn fn, void *arg, struct err *e)
{
	struct agent_reach r AUTO_AGENT_REACH = {.pins = CERT_LIST_INIT};
	struct buf url AUTO_BUF = BUF_INIT;
	char name[sizeof(w->item.sha256) + 8];

	if (!agent_reach(w->agent, &r, e))
		return false;
	(void)snprintf(name, sizeof(name), "%s%s", w->item.sha256, end);
	agent_url(&r.place, true, AGENT_UPDATE_FILES, name, &url);
	if (!buf_ok(&url))
		return err_nomem(e);
	if (fn(&r.pins, buf_str(&url), arg, e))
		return true;
	if (!r.place.http_port || e->wait_s > 0 ||
	    (e->code != ERR_UNREACHABLE && !err_is(e, "agent.unproved")))
		return false;
	*e = (struct err)ERR_INIT;
	w->unproved = true;
	buf_clear(&url);
	agent_url(&r.place, false, AGENT_UPDATE_FILES, name, &url);
	return buf_ok(&url) ? fn(NULL, buf_str(&url), arg, e) : err_nomem(e);
}

static bool get_zip(const struct cert_list *pins, const char *url, void *arg, struct err *e)
{
	return wire_fetch_file(pins, url, arg, e);
}

static bool tell(void *arg, int64_t at)
{
	struct update_work *w = arg;
	struct agent_update *i;

	pthread_mutex_lock(&w->agent->lock);
	i = agent_updates_find(&w->agent->state.updates, &w->item);
	if (i)
		i->got = at;
	pthread_mutex_unlock(&w->agent->lock);
	w->item.got = at;
	return i != NULL;
}

static bool download(struct update_work *w, int fd, struct err *e)
{
	struct wire_file f = {.fd = fd, .bytes = w->item.bytes, .go_on = tell, .arg = w};
	struct stat st;

	if (fstat(fd, &st) != 0)
		return update_sys(e, errno, "look at", w->item.package);
	f.at = st.st_size <= f.bytes ? st.st_size : 0;
	if (f.at != st.st_size && ftruncate(fd, 0) != 0)
		return update_sys(e, errno, "empty", w->item.package);
	w->is_fresh = f.at == 0;
	w->item.got = f.at;
	if (!update_room(w->dir, f.bytes - f.at + w->item.unpacked, e) ||
	    (f.at < f.bytes && !get(w, ".zip", get_zip, &f, e)))
		return false;
	return fsync(fd) == 0 || update_sys(e, errno, "sync", w->item.package);
}

bool update_fetch_zip(struct update_work *w, struct err *e)
{
	int fd AUTO_FD = -1;

	if (!update_file_open(w->dir, &w->item, UPDATE_FILE_PART, O_RDWR | O_CREAT, &fd, e))
		return false;
	return download(w, fd, e) &&
	       update_file_move(w->dir, &w->item, UPDATE_FILE_PART, UPDATE_FILE_ZIP, e);
}

static bool get_p7s(const struct cert_list *pins, const char *url, void *arg, struct err *e)
{
	struct wire_client *client AUTO_WIRE_CLIENT = NULL;
	struct wire_answer a AUTO_WIRE_ANSWER = WIRE_ANSWER_INIT;
	const struct wire_request r = {.method = "GET", .url = url};

	if (!wire_client_new(pins, &client, e))
		return false;
	if (!wire_fetch(client, &r, &a, e))
		return e->code == ERR_LIMIT
			       ? err_reason(e, "cms.corrupt", "a signature of more than 1 MiB")
			       : false;
	if (a.status != 200) {
		(void)err_reason(e, "agent.unreachable", "%.120s is answered with %d", url,
				 a.status);
		e->wait_s = a.retry_after_s;
		return false;
	}
	buf_add_span(arg, buf_span(&a.body));
	return buf_ok(arg) || err_nomem(e);
}

static bool kept_p7s(struct update_work *w, struct buf *out, struct err *e)
{
	int fd AUTO_FD = -1;

	return update_file_open(w->dir, &w->item, UPDATE_FILE_P7S, O_RDONLY, &fd, e) &&
	       file_read_fd(fd, "the signature", CMS_MAX_BYTES, out, e);
}

static bool keep_p7s(struct update_work *w, struct span p7s, struct err *e)
{
	int fd AUTO_FD = -1;

	return update_file_open(w->dir, &w->item, UPDATE_FILE_P7S, O_WRONLY | O_CREAT | O_TRUNC,
				&fd, e) &&
	       file_write_fd(fd, "the signature", p7s, e);
}

/* One that waits for a certificate goes on without the server: its signature was kept. */
bool update_fetch_p7s(struct update_work *w, struct buf *out, struct err *e)
{
	enum update_wait waits = w->item.wait;
	struct err why = ERR_INIT;

	if ((waits == UPDATE_WAIT_TRUST || waits == UPDATE_WAIT_CLOCK) && kept_p7s(w, out, &why)) {
		w->is_kept = true;
		return true;
	}
	buf_clear(out);
	if (get(w, ".p7s", get_p7s, out, &why))
		return keep_p7s(w, buf_span(out), e);
	buf_clear(out);
	w->is_kept = kept_p7s(w, out, e);
	w->unproved = w->unproved || w->is_kept;
	if (!w->is_kept)
		*e = why;
	return w->is_kept;
}
