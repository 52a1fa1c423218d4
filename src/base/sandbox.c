/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/sandbox.h"

#include <errno.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Kernel headers of Debian 12 know less of Landlock than newer kernels do: linux/landlock.h, by hand. */
#define LANDLOCK_VERSION 1u
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif

struct ruleset {
	uint64_t files, net, scoped;
};

static void filter_autop(scmp_filter_ctx *f)
{
	if (*f)
		seccomp_release(*f);
}

static uint32_t action_of(enum sandbox_action a)
{
	static const uint32_t actions[] = {[SANDBOX_ALLOW] = SCMP_ACT_ALLOW,
					   [SANDBOX_EPERM] = SCMP_ACT_ERRNO(EPERM),
					   [SANDBOX_ENOSYS] = SCMP_ACT_ERRNO(ENOSYS),
					   [SANDBOX_KILL] = SCMP_ACT_KILL_PROCESS};

	return actions[a];
}

static int rule_add(scmp_filter_ctx f, const struct sandbox_rule *r, enum sandbox_action otherwise)
{
	int number = seccomp_syscall_resolve_name(r->name);
	struct scmp_arg_cmp only = SCMP_CMP64(r->argument, SCMP_CMP_MASKED_EQ, r->mask, r->value);

	if (number == __NR_SCMP_ERROR || r->action == otherwise)
		return 0;
	return seccomp_rule_add_array(f, action_of(r->action), number, r->mask ? 1 : 0, &only);
}

bool sandbox_filter(const struct sandbox_rule *rules, size_t n, enum sandbox_action otherwise,
		    struct err *e)
{
	scmp_filter_ctx f AUTO(filter_autop) = NULL;
	int failed;

	if (UNCONFINED)
		return true;
	f = seccomp_init(action_of(otherwise));
	if (!f)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++) {
		failed = rule_add(f, &rules[i], otherwise);
		if (failed)
			return err_set(e, ERR_BUG, "no filter for %s: error %d", rules[i].name,
				       -failed);
	}
	(void)seccomp_attr_set(f, SCMP_FLTATR_CTL_LOG, 1); /* old kernels have no log */
	(void)seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	failed = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);
	if (!failed)
		failed = seccomp_load(f);
	return !failed ||
	       err_set(e, ERR_UNSUPPORTED,
		       "the kernel does not take the filter of system calls: error %d", -failed);
}

int sandbox_landlock(void)
{
	long version = UNCONFINED ? 0
				  : syscall(SYS_landlock_create_ruleset, NULL, (size_t)0,
					    LANDLOCK_VERSION);

	return version < 0 ? 0 : (int)version;
}

static struct ruleset everything(int version, size_t *size_out)
{
	static const unsigned file_rights[] = {13, 14, 15, 15, 16}; /* by version, from 1 */
	unsigned n = file_rights[version > 5 ? 4 : version - 1];
	struct ruleset r = {.files = (UINT64_C(1) << n) - 1};

	*size_out = sizeof(r.files);
	if (version >= 4) {
		r.net = 3; /* bind, connect */
		*size_out += sizeof(r.net);
	}
	if (version >= 6) {
		r.scoped = 3; /* abstract sockets, signals */
		*size_out += sizeof(r.scoped);
	}
	return r;
}

bool sandbox_no_files(struct err *e)
{
	int version = sandbox_landlock(), fd;
	struct ruleset all;
	bool done;
	size_t size;

	if (version == 0)
		return true;
	all = everything(version, &size);
	fd = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0u);
	if (fd < 0)
		return err_sys(e, errno, "cannot make a Landlock rule set");
	done = syscall(SYS_landlock_restrict_self, fd, 0u) == 0;
	if (!done)
		err_sys(e, errno, "cannot set Landlock rules");
	(void)close(fd);
	return done;
}

static bool limit(int what, size_t most, struct err *e)
{
	const struct rlimit l = {.rlim_cur = most, .rlim_max = most};

	return setrlimit((__rlimit_resource_t)what, &l) == 0 ||
	       err_sys(e, errno, "cannot set limit %d", what);
}

bool sandbox_limits(const struct sandbox_limits *l, struct err *e)
{
	if (UNCONFINED)
		return true;
	if (l->wall_s)
		(void)alarm(l->wall_s);
	return (SANITIZED || !l->memory_bytes || limit(RLIMIT_AS, l->memory_bytes, e)) &&
	       (!l->cpu_s || limit(RLIMIT_CPU, l->cpu_s, e)) && limit(RLIMIT_NOFILE, 0, e) &&
	       limit(RLIMIT_NPROC, 0, e) && limit(RLIMIT_FSIZE, 0, e) && limit(RLIMIT_CORE, 0, e);
}

bool sandbox_no_new_privileges(struct err *e)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ||
	       err_sys(e, errno, "cannot give up new privileges");
}

bool sandbox_capabilities(uint64_t keep, struct err *e)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct now[2], cut[2] = {{.effective = 0}};

	if (syscall(SYS_capget, &head, now) != 0)
		return err_sys(e, errno, "cannot read the capabilities");
	for (int i = 0; i < 2; i++) {
		cut[i].permitted = now[i].permitted & (uint32_t)(keep >> (32 * i));
		cut[i].effective = cut[i].permitted;
	}
	if (memcmp(cut, now, sizeof(cut)) == 0)
		return true; /* a service manager may have cut already, and forbid the call */
	return syscall(SYS_capset, &head, cut) == 0 ||
	       err_sys(e, errno, "cannot give up capabilities");
}

void sandbox_bounding(uint64_t keep)
{
	for (unsigned long bit = 0; bit < 64; bit++)
		if (!(keep >> bit & 1) && prctl(PR_CAPBSET_DROP, bit, 0, 0, 0) != 0)
			return; /* past the last one, or not ours to cut */
}
