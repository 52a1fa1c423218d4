/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/files.h"
#include "base/num.h"
#include "base/reason.h"
#include "core/updates/package.h"
#include "x509/bag.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* package ZIP P7S TIME [--root FILE] [--ca FILE] [--unpack DIR]: what core/updates/package.h says of it, as JSON. */
static bool add_certs(const char *path, struct cert_list *to, struct err *e)
{
	struct buf file AUTO_BUF = BUF_INIT;
	struct bag b AUTO_BAG = BAG_INIT;
	if (!file_read(path, BAG_MAX_BYTES, &file, e) ||
	    !bag_read(buf_span(&file), NULL, false, &b, e))
		return false;
	for (size_t i = 0; i < b.certs.n; i++)
		if (!cert_list_add(to, b.certs.items[i], e))
			return false;
	return true;
}

static bool unpack(int fd, const char *dir, struct err *e)
{
	json_t *manifest AUTO_JSON = NULL;
	int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = package_manifest(fd, &manifest, e) && package_unpack(fd, manifest, dir_fd, e);
	close(dir_fd);
	return ok;
}

static bool run(int argc, char **argv, struct err *e)
{
	struct cert_list roots AUTO_CERT_LIST = CERT_LIST_INIT, cas AUTO_CERT_LIST = CERT_LIST_INIT;
	struct trust_view *view = NULL;
	struct package_check p AUTO_PACKAGE_CHECK = {.good = false};
	struct buf p7s AUTO_BUF = BUF_INIT;
	const char *dir = NULL;
	for (int i = 4; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--unpack") == 0)
			dir = argv[i + 1];
		else if (!add_certs(argv[i + 1], strcmp(argv[i], "--root") == 0 ? &roots : &cas, e))
			return false;
	}
	int64_t now_s = 0;
	if (!num_i64(argv[3], &now_s))
		return err_set(e, ERR_INVALID, "TIME is a number");
	int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	bool ok = file_read(argv[2], BAG_MAX_BYTES, &p7s, e) &&
		  package_view_new(&roots, &cas, NULL, &view, e) &&
		  package_check(fd, buf_span(&p7s), view, now_s, &p, e);
	if (ok && p.good && dir)
		ok = unpack(fd, dir, e);
	if (ok)
		printf("{\"good\":%s,\"reason\":\"%s\",\"explanation\":\"%s\",\"missing\":\"%s\","
		       "\"root\":%s}\n",
		       p.good ? "true" : "false", p.reason, p.explanation, p.missing,
		       p.missing_is_root ? "true" : "false");
	trust_view_unref(view);
	close(fd);
	return ok;
}

int main(int argc, char **argv)
{
	struct err e = ERR_INIT;
	if (argc < 4)
		return 2;
	if (run(argc, argv, &e))
		return 0;
	printf("{\"error\":\"%s\",\"reason\":\"%s\"}\n", e.text, err_public(&e)->code);
	return 1;
}
