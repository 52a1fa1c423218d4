/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The form of a backup of the whole console; for backup.c, console_backup.c and console_restore.c alone.
 */
#define CONSOLE_BACKUP_FORMAT "certbinder console"
#define CONSOLE_BACKUP_VERSION 1
#define CONSOLE_BACKUP_MANIFEST "manifest.json"
#define CONSOLE_BACKUP_MASTER "master.key.sealed" /* salt, then what base/seal makes */
#define CONSOLE_BACKUP_MASTER_PURPOSE "master key in a backup"
#define CONSOLE_BACKUP_PIECE_NAME "database/%06zu"
#define CONSOLE_BACKUP_SCRATCH "backup.tmp" /* in the state directory, under backups_lock() */
