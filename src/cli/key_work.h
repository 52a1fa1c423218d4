/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cli/cli.h"

/*
 * What "certbinder key" and CertificateManager both do with authentication keys: the same work, the
 * same answers; they differ in how they are asked. Exit code 10 where keys are missing in a backup.
 */
bool key_work_rotate(struct cli *c, const char *key, bool leaked,
		     const struct secret *backup_password, struct err *e) MUST_USE;
bool key_work_backup(struct cli *c, const char *path, const struct secret *password,
		     struct err *e) MUST_USE;
bool key_work_restore(struct cli *c, const char *path, const struct secret *password,
		      bool exportable, struct err *e) MUST_USE;
bool key_work_import(struct cli *c, const char *path, const struct secret *password,
		     bool exportable, struct err *e) MUST_USE;
bool key_work_export(struct cli *c, const char *path, struct err *e) MUST_USE;
