/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

/*
 * The inner step of SHA-256 for mbedTLS, as fast.h does with curves and AES-GCM: every handshake
 * takes some 120 of them.
 */
bool fast_hash_is_on(void);	 /* Threads  any */
unsigned long fast_hashed(void); /* blocks taken over so far, for the canary */
