/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "tls/front.h"

/*
 * Listener sockets. The first of an endpoint is bound without SO_REUSEPORT, so that a port that
 * somebody else holds is told instead of silently shared; then the option is set, and the sockets of
 * the other workers join.
 */
enum endpoint_place {
	ENDPOINT_FIRST, /* nobody may be there */
	ENDPOINT_JOIN	/* beside a socket of ours on the same port */
};

/* Binds, does not listen. *port_out is the port got for port 0. Errors ERR_IO with
 * endpoint.cannot_open as reason; the holder is not named here. */
bool endpoint_socket(const char *ip, uint16_t port, enum endpoint_place place, int *fd_out,
		     uint16_t *port_out, struct err *e) MUST_USE;
/* Where a socket that listens already is bound: "*" for any address of both families. */
bool endpoint_name(int fd, char ip_out[static 48], uint16_t *port_out, struct err *e) MUST_USE;
bool endpoint_listen(int fd, struct err *e) MUST_USE;
