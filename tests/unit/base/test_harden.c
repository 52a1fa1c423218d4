/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/harden.h"

#include "lib/unit.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#define DUMPABLE 1 /* harden.h says why */
#else
#define DUMPABLE 0
#endif

/* In a child: what is forbidden stays so. */
static int harden_and_look(void)
{
	struct rlimit core = {.rlim_cur = 1, .rlim_max = 1};
	struct err e = ERR_INIT;

	if (!process_harden(&e))
		return 1;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != DUMPABLE)
		return 2;
	if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 || core.rlim_max != 0)
		return 3;
	return 0;
}

static void forbids_core_dumps(void **state)
{
	pid_t pid = fork();
	int status = -1;

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(harden_and_look());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(forbids_core_dumps),
	};

	return unit_run("base/harden", tests, ARRAY_LEN(tests));
}
