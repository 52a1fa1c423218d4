/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/call.h"
#include "core/bindings/bindings.h"

/*
 * The body of everything that binds: checks, bindings, changes. r starts as BIND_REQUEST_AS_IT_IS
 * with the endpoint set; texts are borrowed from the body.
 */
#define BIND_REQUEST_AS_IT_IS                                                                      \
	{                                                                                          \
		.client_certs = -1, .agents = -1, .revocation = -1                                 \
	}
bool bind_body_read(struct api_call *c, struct bind_request *r, struct err *e) MUST_USE;
