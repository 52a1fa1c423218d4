/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "http/server.h"

/*
 * Forms: multipart/form-data (RFC 7578) and application/x-www-form-urlencoded, read from the whole
 * body once. Parts borrow from the body.
 */
void form_clear(struct http_call *c); /* wipes the copies */
