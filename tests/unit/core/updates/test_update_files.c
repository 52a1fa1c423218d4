/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/updates/update_files.h"

#include "base/files.h"
#include "core/core_impl.h"
#include "core/tx.h"
#include "core/updates/updates.h"
#include "lib/core_fixture.h"
#include "lib/unit.h"
#include "store/updates.h"

#include <string.h>

/* Files of packages go with their row, and with nothing less. */

#define DIGEST "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static struct err e;
#define OK(call) unit_assert_ok((call), &e)

static void files_write(struct core *c)
{
	char dir[PATH_MAX], path[PATH_MAX];

	OK(path_join(dir, sizeof(dir), core_state_dir(c), UPDATES_DIR, &e));
	OK(dir_make(dir, 0755, &e));
	OK(update_file_path(c, DIGEST ".zip", path, sizeof(path), &e));
	OK(file_replace(path, 0644, span_str("z"), &e));
	OK(update_file_path(c, DIGEST ".p7s", path, sizeof(path), &e));
	OK(file_replace(path, 0644, span_str("s"), &e));
}

static bool is_there(struct core *c, const char *name)
{
	char path[PATH_MAX];

	OK(update_file_path(c, name, path, sizeof(path), &e));
	return file_exists(path);
}

static int64_t row_write(struct core *c)
{
	const struct update_row row = {.package = "p",
				       .version = "1",
				       .sha256 = DIGEST,
				       .bytes = 1,
				       .p7s = span_str("s"),
				       .files = "[]",
				       .added_by = "a test"};
	int64_t id = 0;

	OK(update_row_insert(core_store(c), &row, &id, &e));
	return id;
}

static void files_that_a_row_names_stay(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	int64_t id = row_write(c);

	(void)state;
	files_write(c);
	update_files_drop(c, DIGEST); /* somebody added the same one again meanwhile */
	assert_true(is_there(c, DIGEST ".zip") && is_there(c, DIGEST ".p7s"));
	OK(update_row_delete(core_store(c), id, &e));
	update_files_drop(c, DIGEST);
	assert_false(is_there(c, DIGEST ".zip") || is_there(c, DIGEST ".p7s"));
}

static void files_stay_while_it_is_not_certain_that_the_row_goes(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct tx tx AUTO(tx_end) = TX_INIT;
	int64_t id = row_write(c);

	(void)state;
	files_write(c);
	OK(tx_begin(c, &tx, &e));
	OK(update_row_delete(core_store(c), id, &e));
	update_files_drop(c, DIGEST);
	tx_end(&tx);
	assert_true(is_there(c, DIGEST ".zip") && is_there(c, DIGEST ".p7s"));
	OK(update_row_delete(core_store(c), id, &e));
	OK(updates_tidy(c, &e));
	assert_false(is_there(c, DIGEST ".zip") || is_there(c, DIGEST ".p7s"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_that_a_row_names_stay),
		cmocka_unit_test(files_stay_while_it_is_not_certain_that_the_row_goes),
	};

	return unit_run("core/update_files", tests, ARRAY_LEN(tests));
}
