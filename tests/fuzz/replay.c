/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/buf.h"
#include "base/files.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Runs one fuzz target over a folder of samples, each as it is and then changed in ways that are
 * the same in every run, so that every fuzzer is an ordinary test too. Under --enable-fuzzing
 * libFuzzer brings its own main() instead.
 *
 *   fuzz_NAME FOLDER [CHANGES]
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHANGES_DEFAULT 300
#define SAMPLE_MAX ((size_t)1 << 20)

static uint64_t state;

static uint32_t next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

/* The target gets memory of exactly the right size, so that one byte too far is noticed. */
static void run(const uint8_t *p, size_t len)
{
	uint8_t *exact = malloc(len > 0 ? len : 1);
	if (!exact)
		abort();
	if (len > 0)
		memcpy(exact, p, len);
	(void)LLVMFuzzerTestOneInput(exact, len);
	free(exact);
}

/* One to four changes: other bits, another byte, a piece left out, doubled or cut off. */
static size_t change(uint8_t *p, size_t len)
{
	for (uint32_t n = 1 + next() % 4; n > 0 && len > 1; n--) {
		size_t at = next() % len, piece = 1 + next() % 8;
		if (piece > len - at)
			piece = len - at;
		switch (next() % 6) {
		case 0:
		case 1:
			p[at] ^= (uint8_t)(1u << next() % 8);
			break;
		case 2:
			p[at] = (uint8_t)next();
			break;
		case 3:
			memmove(p + at, p + at + piece, len - at - piece);
			len -= piece;
			break;
		case 4:
			memmove(p + at + piece, p + at, len - at);
			len += piece; /* the caller left room */
			break;
		default:
			len = at;
		}
	}
	return len;
}

static void run_changed(const struct buf *sample, long changes)
{
	uint8_t *copy = malloc(sample->len + 64);
	if (!copy)
		abort();
	state = UINT64_C(0x9e3779b97f4a7c15) ^ sample->len;
	for (long i = 0; i < changes; i++) {
		memcpy(copy, sample->data, sample->len);
		run(copy, change(copy, sample->len));
	}
	free(copy);
}

static int is_sample(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	long changes = argc > 2 ? (long)strlen(argv[2]) * 1000 : CHANGES_DEFAULT;
	struct dirent **list;
	if (argc < 2) {
		fprintf(stderr, "usage: %s FOLDER [x for every 1000 changes]\n", argv[0]);
		return 2;
	}
	int n = scandir(argv[1], &list, is_sample, alphasort);
	printf("1..%d\n", n < 0 ? 0 : n);
	for (int i = 0; i < n; i++) {
		struct buf sample AUTO_BUF = BUF_INIT;
		struct err e = ERR_INIT;
		char path[4096];
		(void)snprintf(path, sizeof(path), "%s/%s", argv[1], list[i]->d_name);
		bool read = file_read(path, SAMPLE_MAX, &sample, &e);
		if (read) {
			run(sample.data, sample.len);
			run_changed(&sample, changes);
		}
		printf("%sok %d - %s\n", read ? "" : "not ", i + 1, list[i]->d_name);
		(void)fflush(stdout);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	return n > 0 ? 0 : 1;
}
