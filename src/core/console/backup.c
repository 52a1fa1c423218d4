/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/console/backup.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "core/console/console_backup_impl.h"
#include "core/core_impl.h"
#include "store/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define STAMP_CHARS 16 /* 20261122T041500Z */
#define PREFIX "db-"
#define SUFFIX ".sqlite"
#define FRESH "new.tmp" /* one that is not good yet */

static void name_make(int64_t at_s, int64_t seq, char out[static BACKUP_NAME_SIZE])
{
	struct civil t;

	time_to_civil(at_s, &t);
	(void)snprintf(out, BACKUP_NAME_SIZE, PREFIX "%04d%02d%02dT%02d%02d%02dZ-%lld" SUFFIX,
		       t.year, t.month, t.day, t.hour, t.minute, t.second, (long long)seq);
}

static bool number_of(const char *digits, size_t n, int *out)
{
	uint64_t v;

	if (!num_u64_n(digits, n, 9999, &v))
		return false;
	*out = (int)v;
	return true;
}

/* False: no name of ours. */
static bool name_read(const char *name, struct backup_file *out)
{
	const char *stamp = name + strlen(PREFIX), *seq = stamp + STAMP_CHARS + 1;
	struct civil t;
	uint64_t n;

	if (strlen(name) >= BACKUP_NAME_SIZE || !text_starts_with(name, PREFIX) ||
	    !text_ends_with(name, SUFFIX) ||
	    strlen(name) < strlen(PREFIX SUFFIX) + STAMP_CHARS + 2 || stamp[8] != 'T' ||
	    stamp[15] != 'Z' || stamp[STAMP_CHARS] != '-' || !number_of(stamp, 4, &t.year) ||
	    !number_of(stamp + 4, 2, &t.month) || !number_of(stamp + 6, 2, &t.day) ||
	    !number_of(stamp + 9, 2, &t.hour) || !number_of(stamp + 11, 2, &t.minute) ||
	    !number_of(stamp + 13, 2, &t.second) ||
	    !num_u64_n(seq, strlen(seq) - strlen(SUFFIX), INT64_MAX, &n))
		return false;
	*out = (struct backup_file){.made_s = time_from_civil(&t), .change_seq = (int64_t)n};
	text_copy(out->name, sizeof(out->name), name);
	return true;
}

struct backup_files {
	struct backup_file *items;
	size_t n;
};

static void files_clear(struct backup_files *f)
{
	mem_free(f->items);
}

/* Within one second the number of the last change tells: as a number, not as text. */
static int newest_first(const void *a, const void *b)
{
	const struct backup_file *x = a, *y = b;

	if (x->made_s != y->made_s)
		return x->made_s < y->made_s ? 1 : -1;
	return (x->change_seq < y->change_seq) - (x->change_seq > y->change_seq);
}

static void dir_close(DIR **d)
{
	if (*d)
		closedir(*d);
}

static bool folder_path(const char *state_dir, const char *name, char out[static PATH_MAX],
			struct err *e)
{
	char folder[PATH_MAX];

	return path_join(folder, sizeof(folder), state_dir, BACKUPS_FOLDER, e) &&
	       path_join(out, PATH_MAX, folder, name, e);
}

static bool files_read(const char *state_dir, struct backup_files *out, struct err *e)
{
	char folder[PATH_MAX];
	DIR *d AUTO(dir_close) = NULL;
	const struct dirent *x;
	struct stat st;

	if (!path_join(folder, sizeof(folder), state_dir, BACKUPS_FOLDER, e))
		return false;
	out->items = mem_array(BACKUPS_LISTED, sizeof(*out->items));
	if (!out->items)
		return err_nomem(e);
	d = opendir(folder);
	if (!d)
		return errno == ENOENT || err_sys(e, errno, "cannot read '%s'", folder);
	while (out->n < BACKUPS_LISTED && (x = readdir(d)) != NULL) {
		struct backup_file *f = &out->items[out->n];

		if (!name_read(x->d_name, f) ||
		    fstatat(dirfd(d), x->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		f->size_bytes = st.st_size;
		out->n++;
	}
	qsort(out->items, out->n, sizeof(*out->items), newest_first);
	return true;
}

bool backup_last(const char *state_dir, struct backup_file *out, bool *found_out, struct err *e)
{
	struct backup_files f AUTO(files_clear) = {.n = 0};

	if (!files_read(state_dir, &f, e))
		return false;
	*found_out = f.n > 0;
	if (f.n > 0)
		*out = f.items[0];
	return true;
}

bool backups_list(const char *state_dir, json_t **out, struct err *e)
{
	struct backup_files f AUTO(files_clear) = {.n = 0};
	json_t *list AUTO_JSON = json_array();

	if (!files_read(state_dir, &f, e))
		return false;
	for (size_t i = 0; i < f.n; i++)
		if (json_array_append_new(
			    list, json_pack("{s:s, s:o, s:I, s:I}", "name", f.items[i].name, "time",
					    json_time(f.items[i].made_s), "change_seq",
					    (json_int_t)f.items[i].change_seq, "size",
					    (json_int_t)f.items[i].size_bytes)) != 0)
			return err_nomem(e);
	*out = json_incref(list);
	return true;
}

/* The one just made stays, however the clock stood when it got its name. */
static void trim(const char *state_dir, const char *made)
{
	struct backup_files f AUTO(files_clear) = {.n = 0};
	struct err ignored = ERR_INIT;
	char path[PATH_MAX];

	if (!files_read(state_dir, &f, &ignored))
		return; /* tried again after the next */
	for (size_t i = BACKUPS_KEPT; i < f.n; i++)
		if (strcmp(f.items[i].name, made) != 0 &&
		    folder_path(state_dir, f.items[i].name, path, &ignored))
			(void)unlink(path); /* tried again after the next */
}

bool backups_lock(const char *state_dir, bool wait, int *fd_out, struct err *e)
{
	char folder[PATH_MAX];
	int fd AUTO_FD = -1;

	if (!path_join(folder, sizeof(folder), state_dir, BACKUPS_FOLDER, e) ||
	    !dir_make(folder, 0700, e) || !state_dir_give(state_dir, BACKUPS_FOLDER, e))
		return false;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_sys(e, errno, "cannot open '%s'", folder);
	while (flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
		if (!wait && errno == EWOULDBLOCK) {
			*fd_out = -1;
			return true;
		}
		if (errno != EINTR)
			return err_sys(e, errno, "cannot lock '%s'", folder);
	}
	*fd_out = fd;
	fd = -1;
	return true;
}

bool backups_sweep(const char *state_dir, struct err *e)
{
	static const char *const files[] = {CONSOLE_BACKUP_SCRATCH, BACKUPS_FOLDER "/" FRESH};
	int lock AUTO_FD = -1;
	char path[PATH_MAX];

	if (!backups_lock(state_dir, false, &lock, e))
		return false;
	if (lock < 0)
		return true; /* one is being made: the next start sweeps */
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		if (!path_join(path, sizeof(path), state_dir, files[i], e))
			return false;
		store_file_remove(path);
	}
	return master_sweep(state_dir, e);
}

/* Good only when read whole; under a name of its own until then. */
static bool make(struct core *c, const char *name, struct err *e)
{
	char path[PATH_MAX], fresh[PATH_MAX];
	int lock AUTO_FD = -1;

	if (!backups_lock(c->state_dir, true, &lock, e) ||
	    !folder_path(c->state_dir, name, path, e) ||
	    !folder_path(c->state_dir, FRESH, fresh, e))
		return false;
	store_file_remove(fresh); /* of one that was killed */
	if (!store_copy(c->store, fresh, e))
		return false;
	if (!store_file_check(fresh, e)) {
		store_file_remove(fresh);
		return err_wrap(e, "the backup is not good");
	}
	if (rename(fresh, path) != 0)
		return err_sys(e, errno, "cannot name a backup '%s'", name);
	return true;
}

bool backup_keep(struct core *c, int64_t every_s, bool *made_out, struct err *e)
{
	char name[BACKUP_NAME_SIZE];
	struct backup_file last;
	int64_t seq, now_s = core_now_s(c);
	bool found;

	*made_out = false;
	if (!backup_last(c->state_dir, &last, &found, e) ||
	    !core_counter(c, CORE_CHANGE_SEQ, &seq, e))
		return false;
	/* a last one in the future: the clock was set back */
	if (every_s >= 0 && found &&
	    (last.change_seq == seq || (last.made_s <= now_s && now_s - last.made_s < every_s)))
		return true;
	name_make(now_s, seq, name);
	if (!make(c, name, e))
		return false;
	trim(c->state_dir, name);
	*made_out = true;
	return true;
}

bool backup_name_it(const char *state_dir, struct err *e)
{
	struct err ignored = ERR_INIT, was = *e;
	struct backup_file last;
	bool found = false;

	if (!err_is(e, "state.corrupt"))
		return false;
	if (!backup_last(state_dir, &last, &found, &ignored) || !found)
		return err_reason(e, "state.corrupt", "%.150s; there is no backup in '%.40s/'",
				  was.text, BACKUPS_FOLDER);
	return err_reason(e, "state.corrupt", "%.150s; last good backup: %s", was.text, last.name);
}

/* What the last look of this process found, for who asks how the console is. */
static pthread_mutex_t damage_lock = PTHREAD_MUTEX_INITIALIZER;
static char damage[sizeof(((struct err *)0)->text)];

static void damage_note(const char *text)
{
	pthread_mutex_lock(&damage_lock);
	text_copy(damage, sizeof(damage), text);
	pthread_mutex_unlock(&damage_lock);
}

void core_damage(char *out, size_t size)
{
	pthread_mutex_lock(&damage_lock);
	text_copy(out, size, damage);
	pthread_mutex_unlock(&damage_lock);
}

bool core_check(struct core *c, struct err *e)
{
	char path[PATH_MAX];
	bool good;

	if (!path_join(path, sizeof(path), c->state_dir, STORE_FILE, e))
		return false;
	good = store_file_check(path, e) || backup_name_it(c->state_dir, e);
	if (good || err_is(e, "state.corrupt"))
		damage_note(good ? "" : e->text);
	return good;
}
