/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/config_file.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* What a listener is written as reads as the same listener. */
static void must_read_back(const struct listens *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct buf text AUTO_BUF = BUF_INIT;
		struct listens again = {.n = 0};
		struct err e = ERR_INIT;

		must(l->items[i].host[0] == '\0');
		endpoint_text(&l->items[i], &text);
		must(listens_add(&again, buf_str(&text), &e));
		must(strcmp(again.items[0].ip, l->items[i].ip) == 0 &&
		     again.items[0].port == l->items[i].port);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_file c = {.https = {.n = 0}};
	struct err e = ERR_INIT;

	if (!config_text_read(span_of(data, size), "fuzz.ini", &c, &e)) {
		must(e.code != ERR_OK && e.text[0] != '\0');
		return 0;
	}
	must(c.https.n <= LISTENS_MAX && c.http.n <= LISTENS_MAX);
	must(c.state_dir[0] == '\0' || c.state_dir[0] == '/');
	must_read_back(&c.https);
	must_read_back(&c.http);
	return 0;
}
