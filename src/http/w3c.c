/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "http/w3c.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FIELDS                                                                                     \
	"date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "               \
	"cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken"
#define DATE_BYTES 10 /* a line begins with its date */

struct w3c_log {
	char dir[4096];
	pthread_t thread;
	pthread_mutex_t lock; /* guards the three below; held for a copy, never for the disk */
	pthread_cond_t wake;
	struct buf waiting;
	unsigned long dropped;
	bool closing;
	/* the writer's own */
	int fd;
	char day[DATE_BYTES];
};

size_t w3c_field(const char *value, char *out)
{
	size_t n = 0;

	if (!value || !*value)
		value = "-";
	for (; *value && n < W3C_FIELD_MAX; value++) {
		unsigned char c = (unsigned char)*value;

		out[n++] = c <= 0x20 || c == 0x7f ? '+' : (char)c;
	}
	while (n > 0 && n == W3C_FIELD_MAX && ((unsigned char)out[n - 1] & 0xc0) == 0x80)
		n--; /* not in the middle of a character */
	out[n] = '\0';
	return n;
}

/* ---- putting a line together ---- */

struct line {
	char text[5 * (W3C_FIELD_MAX + 1) + 512];
	size_t len;
};

static void put(struct line *l, const char *value)
{
	l->len += w3c_field(value, l->text + l->len);
	l->text[l->len++] = ' ';
}

static void put_number(struct line *l, uint64_t v, char after)
{
	char digits[24];
	size_t n = sizeof(digits);

	do
		digits[--n] = (char)('0' + v % 10);
	while (v /= 10);
	memcpy(l->text + l->len, digits + n, sizeof(digits) - n);
	l->len += sizeof(digits) - n;
	l->text[l->len++] = after;
}

/* "2026-11-22 00:00:01 ", kept per thread for the second. */
static void put_time(struct line *l, int64_t time_s)
{
	static _Thread_local char stamp[RFC3339_SIZE];
	static _Thread_local int64_t stamp_s = -1;

	if (time_s != stamp_s) {
		time_rfc3339(time_s, stamp);
		stamp[DATE_BYTES] = stamp[19] = ' ';
		stamp_s = time_s;
	}
	memcpy(l->text + l->len, stamp, 20);
	l->len += 20;
}

void w3c_add(struct w3c_log *log, const struct w3c_line *in)
{
	struct line l;

	l.len = 0;
	put_time(&l, in->time_s);
	put(&l, in->server_ip);
	put(&l, in->method);
	put(&l, in->path);
	put(&l, in->query);
	put_number(&l, in->port, ' ');
	put(&l, in->user);
	put(&l, in->client_ip);
	put(&l, in->user_agent);
	put(&l, in->referer);
	put_number(&l, (uint64_t)in->status, ' ');
	put_number(&l, (uint64_t)in->substatus, ' ');
	put_number(&l, in->win32, ' ');
	put_number(&l, (uint64_t)in->took_ms, '\n');
	pthread_mutex_lock(&log->lock);
	if (log->waiting.len + l.len > W3C_BACKLOG_MAX)
		log->dropped++;
	else
		buf_add(&log->waiting, l.text, l.len);
	if (!buf_ok(&log->waiting)) {
		log->waiting.failed = false; /* no memory: this line is lost, the next may fit */
		log->dropped++;
	}
	pthread_mutex_unlock(&log->lock);
}

/* ---- writing ---- */

static bool write_all(int fd, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static bool write_header(int fd, const char *first_line)
{
	char text[512];
	int n = snprintf(text, sizeof(text),
			 "#Software: " PACKAGE_NAME " " PACKAGE_VERSION "\n#Version: 1.0\n"
			 "#Date: %.19s\n#Fields: " FIELDS "\n",
			 first_line);

	return write_all(fd, text, (size_t)n);
}

static bool open_day(struct w3c_log *log, const char *first_line)
{
	char path[4096 + 32];
	struct stat st;

	if (log->fd >= 0)
		close(log->fd);
	/* 2026-11-22 is u_ex261122.log */
	snprintf(path, sizeof(path), "%s/u_ex%.2s%.2s%.2s.log", log->dir, first_line + 2,
		 first_line + 5, first_line + 8);
	log->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (log->fd < 0)
		return false;
	memcpy(log->day, first_line, DATE_BYTES);
	return fstat(log->fd, &st) == 0 && (st.st_size > 0 || write_header(log->fd, first_line));
}

/* Lines of one day go in one write; at midnight there are two. */
static bool write_lines(struct w3c_log *log, const char *p, size_t len)
{
	while (len > 0) {
		size_t n = 0;

		if ((log->fd < 0 || memcmp(log->day, p, DATE_BYTES) != 0) && !open_day(log, p))
			return false;
		while (n < len && memcmp(p + n, log->day, DATE_BYTES) == 0)
			n += (size_t)((const char *)memchr(p + n, '\n', len - n) - (p + n)) + 1;
		if (n == 0 || !write_all(log->fd, p, n))
			return false;
		p += n;
		len -= n;
	}
	return true;
}

static void write_batch(struct w3c_log *log, struct buf *batch, unsigned long dropped, bool *sick)
{
	bool ok = batch->len == 0 || write_lines(log, (const char *)batch->data, batch->len);

	if (!ok && !*sick)
		log_error("http.log", "dir=%s error=\"%s\"", log->dir, strerror(errno));
	if (!ok && log->fd >= 0) {
		close(log->fd);
		log->fd = -1;
	}
	if (dropped > 0)
		log_warning("http.log", "dropped=%lu", dropped);
	*sick = !ok;
	buf_reset(batch);
}

/* False when the log is closed and empty. */
static bool take_batch(struct w3c_log *log, struct buf *batch, unsigned long *dropped)
{
	struct buf empty = *batch;
	int64_t until_ns = clock_mono_ns() + W3C_DELAY_MS * INT64_C(1000000);
	struct timespec until = {.tv_sec = until_ns / 1000000000, .tv_nsec = until_ns % 1000000000};
	bool more;

	pthread_mutex_lock(&log->lock);
	while (!log->closing && pthread_cond_timedwait(&log->wake, &log->lock, &until) != ETIMEDOUT)
		;
	*batch = log->waiting;
	log->waiting = empty;
	*dropped = log->dropped;
	log->dropped = 0;
	more = !log->closing || batch->len > 0;
	pthread_mutex_unlock(&log->lock);
	return more;
}

static void *writer(void *arg)
{
	struct w3c_log *log = arg;
	struct buf batch;
	unsigned long dropped;
	bool sick = false;

	buf_init(&batch, W3C_BACKLOG_MAX);
	while (take_batch(log, &batch, &dropped))
		write_batch(log, &batch, dropped, &sick);
	buf_clear(&batch);
	return NULL;
}

static int start(struct w3c_log *log)
{
	pthread_condattr_t attr;
	sigset_t all, old;
	int errnum;

	pthread_mutex_init(&log->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&log->wake, &attr);
	pthread_condattr_destroy(&attr);
	sigfillset(&all); /* signals belong to the main thread */
	pthread_sigmask(SIG_SETMASK, &all, &old);
	errnum = pthread_create(&log->thread, NULL, writer, log);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return errnum;
}

bool w3c_open(const char *dir, struct w3c_log **out, struct err *e)
{
	struct w3c_log *log;
	int errnum;

	if (strlen(dir) >= sizeof(log->dir))
		return err_set(e, ERR_LIMIT, "folder of the log too long");
	if (!dir_make(dir, 0750, e))
		return err_wrap(e, "cannot make the folder of the log");
	log = mem_new(struct w3c_log);
	if (!log)
		return err_nomem(e);
	memcpy(log->dir, dir, strlen(dir) + 1);
	log->fd = -1;
	buf_init(&log->waiting, W3C_BACKLOG_MAX);
	errnum = start(log);
	if (errnum == 0) {
		*out = log;
		return true;
	}
	mem_free(log);
	return err_sys(e, errnum, "cannot start the log's thread");
}

void w3c_close(struct w3c_log *log)
{
	if (!log)
		return;
	pthread_mutex_lock(&log->lock);
	log->closing = true;
	pthread_cond_signal(&log->wake);
	pthread_mutex_unlock(&log->lock);
	pthread_join(log->thread, NULL);
	pthread_cond_destroy(&log->wake);
	pthread_mutex_destroy(&log->lock);
	buf_clear(&log->waiting);
	if (log->fd >= 0)
		close(log->fd);
	mem_free(log);
}
