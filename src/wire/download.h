/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "core/core.h"

#include <stdatomic.h>

/*
 * One GET by libcurl, for what core/ wants to have (core_hooks.download). Only to hosts and addresses
 * of the request's egress list, looked at again when the name has been resolved; never through a
 * proxy, never with credentials, and a redirection is a failure: who may be asked was said by the
 * administrator, not by the server that answers.
 */
#define DOWNLOAD_URL_MAX 1024		 /* bytes of an address */
#define DOWNLOAD_CONNECT_TIMEOUT_MS 5000 /* to resolve and to connect */
#define DOWNLOAD_TIMEOUT_MS 20000	 /* for all of it */
#define DOWNLOAD_STALL_S 10		 /* without a byte, on average one in a second */
#define DOWNLOAD_STALL_BYTES_S 100	 /* slower than that for DOWNLOAD_STALL_S is a stall */

/*
 * stop	NULL, or true ends the transfer soon
 * out	the body, at most request->max_bytes
 * Errors   egress.refused, download.failed, download.redirected, limit.body, ERR_TIMEOUT download.timeout
 * Threads  any; blocks
 */
bool download_get(const struct download_request *request, const atomic_bool *stop, struct buf *out,
		  struct err *e) MUST_USE;
