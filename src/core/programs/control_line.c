/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/programs/control.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool wait_for(int fd, short events, int64_t until_ms, struct err *e)
{
	for (;;) {
		struct pollfd p = {.fd = fd, .events = events};
		int64_t left = until_ms - clock_mono_ms();
		int n = left > 0 ? poll(&p, 1, (int)left) : 0;

		if (n > 0)
			return true;
		if (n == 0)
			return err_reason(e, "daemon.slow", "no answer over " CONTROL_SOCKET);
		if (errno != EINTR)
			return err_sys(e, errno, "poll of " CONTROL_SOCKET);
	}
}

bool control_read(int fd, int timeout_ms, json_t **out, struct err *e)
{
	struct buf line AUTO_BUF = BUF_INIT;
	int64_t until_ms = clock_mono_ms() + timeout_ms;

	buf_init(&line, CONTROL_LINE_MAX);
	for (;;) {
		uint8_t part[4096];
		ssize_t n;

		if (!wait_for(fd, POLLIN, until_ms, e))
			return false;
		n = recv(fd, part, sizeof part, 0);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return err_sys(e, errno, "read of " CONTROL_SOCKET);
		buf_add(&line, part, (size_t)n);
		if (!buf_ok(&line))
			return err_set(e, ERR_LIMIT, "a line over %zu bytes", CONTROL_LINE_MAX);
		if (line.len > 0 && line.data[line.len - 1] == '\n')
			return json_read(buf_span(&line), out, e);
		if (n == 0)
			return err_reason(e, "daemon.down", "the console hung up");
	}
}

bool control_write(int fd, int timeout_ms, const json_t *v, struct err *e)
{
	struct buf line AUTO_BUF = BUF_INIT;
	int64_t until_ms = clock_mono_ms() + timeout_ms;

	if (!json_write(v, &line, e))
		return false;
	buf_add_char(&line, '\n');
	if (!buf_ok(&line))
		return err_nomem(e);
	for (size_t at = 0; at < line.len;) {
		ssize_t n;

		if (!wait_for(fd, POLLOUT, until_ms, e))
			return false;
		n = send(fd, line.data + at, line.len - at, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return err_sys(e, errno, "write to " CONTROL_SOCKET);
		if (n > 0)
			at += (size_t)n;
	}
	return true;
}
