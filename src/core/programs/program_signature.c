/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "core/programs/program.h"
#include "core/updates/detached.h"
#include "x509/cms.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SETTLED_MS 100 /* a change within one tick of the file system's clock would not be seen */

/* Digests by what changes when a file does. While a program runs nobody can write into its file. */
struct known {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec changed, written;
	uint8_t digest[SHA256_BYTES];
};

static struct known cache[PROGRAM_CACHE_MAX];
static size_t n_cached, next;
static _Atomic uint64_t n_digested;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool same(const struct known *a, const struct known *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       same_time(&a->changed, &b->changed) && same_time(&a->written, &b->written);
}

static bool identify(int fd, struct known *out, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_sys(e, errno, "cannot look at a program");
	*out = (struct known){.dev = st.st_dev,
			      .ino = st.st_ino,
			      .size = st.st_size,
			      .changed = st.st_ctim,
			      .written = st.st_mtim};
	return true;
}

static bool find(struct known *k)
{
	bool found = false;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < n_cached && !found; i++) {
		found = same(&cache[i], k);
		if (found)
			*k = cache[i];
	}
	pthread_mutex_unlock(&lock);
	return found;
}

static void keep(const struct known *k)
{
	int64_t changed_ms = (int64_t)k->changed.tv_sec * 1000 + k->changed.tv_nsec / 1000000;

	if (clock_now_ms() - changed_ms < SETTLED_MS)
		return;
	pthread_mutex_lock(&lock);
	cache[next] = *k;
	next = (next + 1) % PROGRAM_CACHE_MAX;
	if (n_cached < PROGRAM_CACHE_MAX)
		n_cached++;
	pthread_mutex_unlock(&lock);
}

static bool digest_of(const struct program *p, struct known *k, struct err *e)
{
	struct known after;
	int64_t bytes;

	if (!identify(p->fd, k, e))
		return false;
	if (find(k))
		return true;
	if (k->size > PROGRAM_MAX_BYTES)
		return err_reason(e, "ipc.signature", "'%.100s' has more than %lld bytes", p->path,
				  (long long)PROGRAM_MAX_BYTES);
	atomic_fetch_add(&n_digested, 1);
	if (!detached_digest(p->fd, PROGRAM_MAX_BYTES, "program", k->digest, &bytes, e) ||
	    !identify(p->fd, &after, e))
		return false;
	log_info("ipc.digest", "%s, %lld bytes", p->path, (long long)bytes);
	if (same(k, &after))
		keep(k);
	return true;
}

uint64_t program_digests(void)
{
	return atomic_load(&n_digested);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Whoever put it there may have put anything: nothing that waits is opened. */
static bool read_signature(const struct program *p, struct buf *out, struct err *e)
{
	char path[PATH_MAX + sizeof(PROGRAM_SIGNATURE)];
	struct stat st;
	bool good;
	int fd;

	(void)snprintf(path, sizeof(path), "%s" PROGRAM_SIGNATURE, p->path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return err_reason(e, "ipc.unsigned", "'%.120s' is not signed: no %.40s%s beside it",
				  p->path, base_name(p->path), PROGRAM_SIGNATURE);
	good = fstat(fd, &st) == 0 && S_ISREG(st.st_mode)
		       ? file_read_fd(fd, path, CMS_MAX_BYTES, out, e)
		       : err_set(e, ERR_FORMAT, "no file");
	(void)close(fd);
	if (!good && e->code != ERR_NOMEM) {
		*e = (struct err)ERR_INIT;
		return err_reason(e, "ipc.signature", "%.60s%s cannot be read as a signature",
				  base_name(p->path), PROGRAM_SIGNATURE);
	}
	return good;
}

/* The certificate that is wanting comes first: longer texts are cut. */
static bool refuse(const struct program *p, const struct package_check *c, struct err *e)
{
	const char *name = base_name(p->path);

	if (p->replaced)
		return err_reason(e, "ipc.signature",
				  "'%.120s' was replaced since it was started: start it again",
				  p->path);
	if (c->missing[0])
		return err_reason(e, "ipc.chain", "%s '%.100s' is missing to believe %.60s%s",
				  c->missing_is_root ? "root" : "certificate", c->missing, name,
				  PROGRAM_SIGNATURE);
	if (!c->verdict || strcmp(c->reason, "package.usage") == 0 ||
	    strcmp(c->reason, "trust.wrong_usage") == 0)
		return err_reason(e, "ipc.signature", "%.60s: %.160s", name, c->explanation);
	return err_reason(e, "ipc.chain", "signer of %.60s: %.160s", name, c->explanation);
}

bool program_is_signed(const struct program *p, const struct trust_view *view, int64_t now_s,
		       struct err *e)
{
	struct package_check c AUTO_PACKAGE_CHECK = {.good = false};
	struct buf p7s AUTO_BUF = BUF_INIT;
	struct known k;

	if (!read_signature(p, &p7s, e) || !digest_of(p, &k, e) ||
	    !detached_check(k.digest, buf_span(&p7s), view, now_s, &c, e))
		return false;
	return c.good || refuse(p, &c, e);
}
