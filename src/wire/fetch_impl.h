/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "wire/fetch.h"

#include <curl/curl.h>

/* For fetch.c and fetch_file.c alone. */
struct wire_client {
	CURL *curl;
	struct cert_list pins;
	bool pinned, refused; /* refused: the last connection did not prove itself */
	char shown[17];	      /* begin of what it showed instead */
};

bool wire_ended(void);
/* Seconds that the answer asks to wait; 0: not said, or not believed. */
int wire_retry_after(const struct wire_client *c);
/* What a failed transfer means. */
bool wire_failed(const struct wire_client *c, const char *url, CURLcode code, struct err *e);
