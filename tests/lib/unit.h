/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What every unit test program includes: cmocka with TAP output, and our own rules. A test fails
 * when the program logs a warning or an error that was not announced by unit_expect_log().
 *
 *   int main(void)
 *   {
 *           static const struct CMUnitTest tests[] = {
 *                   cmocka_unit_test(refuses_what_is_too_long),
 *           };
 *           return unit_run("base/buf", tests, ARRAY_LEN(tests));
 *   }
 */
#include "base/attr.h"
#include "base/err.h"
#include "base/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

int unit_run(const char *group, const struct CMUnitTest *tests, size_t n);

/* The next warning or error of this event ("tls.accept") is wanted; missing it fails the test. */
void unit_expect_log(const char *event);

/* A folder of this test's own, emptied and removed when it ends. Static until then. */
const char *unit_dir(void);
/* dir/name in the folder of this test. Static: eight calls until one is overwritten. */
const char *unit_path(const char *name);

/*
 * A file of the development PKI ("good-server.crt"), NUL-terminated, yours (mem_free). Skips the
 * test where there is no PKI: `make check` makes it, and tests/run counts skipped ones.
 */
char *unit_pki(const char *name, size_t *len_out);

/* e must hold this public code; the text is shown when it does not. */
void unit_assert_reason(const struct err *e, const char *dotted);
/* good must be true; the error's text is shown when it is not. */
void unit_assert_ok(bool good, const struct err *e);
void unit_assert_span(struct span got, struct span wanted);
