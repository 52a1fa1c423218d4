/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/json.h"
#include "core/programs/control.h"
#include "tests/fuzz/fuzz.h"

#include <sys/socket.h>
#include <unistd.h>

#define LINE_MAX_BYTES                                                                             \
	((size_t)100 << 10) /* what a socket holds without a reader, and over the limit of a line */

/* One line as the console reads it, and the members that its operations ask for. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *request AUTO_JSON = NULL, *what = NULL;
	struct err e = ERR_INIT;
	const char *text = NULL;
	int64_t port = 1;
	int fds[2];

	if (size > LINE_MAX_BYTES)
		return 0;
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
	must(send(fds[0], data, size, MSG_DONTWAIT) == (ssize_t)size);
	must(shutdown(fds[0], SHUT_WR) == 0);
	if (control_read(fds[1], 1000, &request, &e)) {
		must(request != NULL && size <= CONTROL_LINE_MAX);
		must(json_get_str(request, "op", &text, &e) || e.code != ERR_OK);
		must(json_get_str(request, "ip", &text, &e) || e.code != ERR_OK);
		must(json_get_str_opt(request, "sni", &text, &e) || e.code != ERR_OK);
		if (json_get_int(request, "port", 1, 65535, &port, &e))
			must(port >= 1 && port <= 65535);
		must(json_get_object(request, "what", &what, &e) || e.code != ERR_OK);
	} else {
		must(e.code != ERR_OK && !err_is(&e, "daemon.slow"));
	}
	close(fds[0]);
	close(fds[1]);
	return 0;
}
