/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/parts.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/certs/import.h"
#include "core/roots/reg_file.h"
#include "core/trust/evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define PIECE_BYTES 65536 /* of the log, read at once */

/* A log of any size, piece by piece. */
static bool log_feed(struct iis_log *l, const char *path, struct err *e)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char piece[PIECE_BYTES];
	ssize_t n = 0;

	if (fd < 0)
		return err_sys(e, errno, "cannot open '%s'", path);
	while ((n = read(fd, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		iis_log_feed(l, span_of(piece, (size_t)n));
	}
	if (n < 0)
		(void)err_sys(e, errno, "cannot read '%s'", path);
	if (!standard)
		close(fd);
	iis_log_end(l);
	return n == 0;
}

/* Files of certificates, kept until they were looked at. */
struct files {
	struct evidence_file list[EVIDENCE_FILES_MAX];
	struct buf content[EVIDENCE_FILES_MAX];
	char *stores[EVIDENCE_FILES_MAX];
	size_t n;
};

static void files_free(struct files **pf)
{
	struct files *f = *pf;

	for (size_t i = 0; f && i < f->n; i++) {
		buf_clear(&f->content[i]);
		mem_free(f->stores[i]);
	}
	mem_free(f);
}

static bool file_add(struct files *f, const char *store, size_t store_len, const char *path,
		     struct err *e)
{
	size_t i = f->n;

	if (i == EVIDENCE_FILES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d files", EVIDENCE_FILES_MAX);
	f->stores[i] = mem_dup(store, store_len + 1);
	if (!f->stores[i])
		return err_nomem(e);
	f->stores[i][store_len] = '\0';
	f->n++;
	if (!file_read(path, IMPORT_MAX_BYTES, &f->content[i], e))
		return false;
	f->list[i] = (struct evidence_file){f->stores[i], buf_span(&f->content[i])};
	return true;
}

static bool files_read(struct cli *c, struct files *f, struct err *e)
{
	const char *given[CLI_VALUES_MAX];
	size_t n = cli_many(c, "cert", given);

	for (size_t i = 0; i < n; i++) {
		const char *equal = strchr(given[i], '=');

		if (!equal || equal == given[i])
			return err_set(e, ERR_INVALID,
				       "--cert takes STORE=FILE, as in --cert Root=roots.p7b");
		if (!file_add(f, given[i], (size_t)(equal - given[i]), equal + 1, e))
			return false;
	}
	n = cli_many(c, "client", given);
	for (size_t i = 0; i < n; i++)
		if (!file_add(f, EVIDENCE_CLIENT, strlen(EVIDENCE_CLIENT), given[i], e))
			return false;
	return true;
}

static void print_settings(struct cli *c, const json_t *s)
{
	size_t i;
	const json_t *note;

	cli_say(c, "mode %lld (%s), SendTrustedIssuerList %s (%s), issuer list from %s",
		(long long)json_integer_value(json_object_get(s, "mode")),
		cli_member(s, "mode_from"),
		json_is_true(json_object_get(s, "send_trusted_issuer_list")) ? "on" : "off",
		cli_member(s, "send_from"), cli_member(s, "issuer_list_source"));
	json_array_foreach(json_object_get(s, "notes"), i, note)
	{
		cli_say(c, "note: %s", json_string_value(note));
	}
}

static long long count(const json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}

static void print_refusal(struct cli *c, const json_t *r)
{
	size_t i;
	const json_t *cause;

	cli_say(c, "%lld times %lld %lld %lld %s, %s to %s", count(r, "count"), count(r, "status"),
		count(r, "substatus"), count(r, "win32"), cli_member(r, "name"),
		cli_member(r, "first"), cli_member(r, "last"));
	json_array_foreach(json_object_get(r, "causes"), i, cause)
	{
		cli_say(c, "  %s: %s. %s",
			json_is_true(json_object_get(cause, "shown")) ? "shown" : "possible",
			cli_member(cause, "title"), cli_member(cause, "evidence"));
	}
}

static void print_evidence(struct cli *c, const json_t *o)
{
	const json_t *log = json_object_get(o, "log"), *item;
	size_t i;

	print_settings(c, json_object_get(o, "settings"));
	if (json_is_object(log))
		cli_say(c,
			"%lld lines: %lld requests, %lld passed, %lld malformed, %lld without "
			"#Fields%s",
			count(log, "lines"), count(log, "requests"), count(log, "passed"),
			count(log, "malformed"), count(log, "without_fields"),
			json_is_true(json_object_get(log, "truncated")) ? "; cut off at its end"
									: "");
	json_array_foreach(json_object_get(o, "refusals"), i, item)
	{
		print_refusal(c, item);
	}
	json_array_foreach(json_object_get(o, "clients"), i, item)
	{
		cli_say(c, "client %s:", cli_member(item, "subject"));
		for (size_t m = 0; m < 3; m++)
			cli_say(c, "  mode %zu: %s", m,
				cli_member(json_array_get(json_object_get(item, "modes"), m),
					   "explanation"));
	}
}

static bool settings_given(struct cli *c, struct evidence *in, struct err *e)
{
	const char *send = cli_str(c, "send-issuer-list");
	int64_t mode = -1;

	if (!cli_number(c, "mode", 0, 2, &mode, e))
		return false;
	in->mode = (int)mode;
	in->send = !send ? -1 : strcmp(send, "on") == 0;
	in->issuer_store = cli_str(c, "issuer-store");
	in->now_s = clock_now_s();
	return true;
}

bool cli_trust_evidence(struct cli *c, struct err *e)
{
	struct files *files AUTO(files_free) = mem_new(struct files);
	struct iis_log *log AUTO_MEM = mem_new(struct iis_log);
	struct secret password AUTO_SECRET = SECRET_INIT;
	struct buf reg AUTO_BUF = BUF_INIT;
	struct evidence in = {.log = c->n_args ? log : NULL};
	const char *reg_path = cli_str(c, "reg"), *password_path = cli_str(c, "password-file");
	json_t *out AUTO_JSON = NULL;

	if (!files || !log)
		return err_nomem(e);
	iis_log_init(log);
	for (int i = 0; i < c->n_args; i++)
		if (!log_feed(log, c->args[i], e))
			return false;
	if (!files_read(c, files, e) || !settings_given(c, &in, e) ||
	    (reg_path && !file_read(reg_path, REG_FILE_MAX, &reg, e)) ||
	    (password_path && !secret_read_file(&password, password_path, e)))
		return false;
	in.files = files->list;
	in.n_files = files->n;
	in.reg = buf_span(&reg);
	in.password = password_path ? &password : NULL;
	if (!evidence_judge(&in, &out, e))
		return false;
	if (c->json)
		cli_json(c, out);
	print_evidence(c, out);
	return true;
}

const struct cli_option cli_evidence_options[] = {
	{"cert", CLI_MANY, "STORE=FILE", "certificates exported from this store: .cer, .p7b, .pfx"},
	{"client", CLI_MANY, "FILE", "a client's certificate, then its chain: judged in all modes"},
	{"reg", CLI_VALUE, "FILE", "export of Schannel's key by regedit"},
	{"mode", CLI_NUMBER, "0|1|2", "ClientAuthTrustMode"},
	{"send-issuer-list", CLI_VALUE, "on|off", "SendTrustedIssuerList"},
	{"issuer-store", CLI_VALUE, "STORE", "sslctlstorename of the binding"},
	{"password-file", CLI_VALUE, "FILE", "holds the password of .pfx files"},
	{NULL, CLI_FLAG, NULL, NULL},
};
