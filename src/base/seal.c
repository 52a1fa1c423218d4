/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/seal.h"

#include "base/files.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEAL_VERSION 1
#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES crypto_aead_xchacha20poly1305_ietf_ABYTES
#define SEAL_HEAD_BYTES (1 + NONCE_BYTES)
#define PURPOSE_MAX 128
#define CREDENTIAL_NAME "certbinder.master-key"
/* 64 hex digits, a newline, and room to see more. */
#define MASTER_FILE_MAX 128 /* bytes of the file of the master key */

_Static_assert(SEAL_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "one key size");

/* What is bound in beside the text: the program, the version of the form, and the purpose. */
static bool associated_data(const char *purpose, struct buf *out, struct err *e)
{
	if (strlen(purpose) > PURPOSE_MAX)
		return err_set(e, ERR_BUG, "purpose of a seal longer than %d bytes", PURPOSE_MAX);
	buf_add_str(out, "certbinder seal");
	buf_add_char(out, SEAL_VERSION);
	buf_add_str(out, purpose);
	return buf_ok(out) || err_nomem(e);
}

static bool check_master(const struct secret *master, struct err *e)
{
	if (master->len != SEAL_KEY_BYTES)
		return err_set(e, ERR_BUG, "master key of %zu bytes, must be %d", master->len,
			       SEAL_KEY_BYTES);
	return true;
}

bool seal(const struct secret *master, const char *purpose, struct span plain, struct buf *out,
	  struct err *e)
{
	struct buf ad AUTO_BUF = BUF_INIT;
	unsigned long long n;
	uint8_t *to;

	if (!check_master(master, e) || !associated_data(purpose, &ad, e))
		return false;
	if (plain.len > SECRET_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "sealing %zu bytes, at most %zu", plain.len,
			       SECRET_MAX_BYTES);
	to = buf_space(out, SEAL_HEAD_BYTES + plain.len + TAG_BYTES);
	if (!to)
		return err_nomem(e);
	to[0] = SEAL_VERSION;
	random_bytes(to + 1, NONCE_BYTES);
	if (crypto_aead_xchacha20poly1305_ietf_encrypt(to + SEAL_HEAD_BYTES, &n, plain.p, plain.len,
						       ad.data, ad.len, NULL, to + 1, master->data))
		return err_set(e, ERR_CRYPTO, "cannot seal a %s", purpose);
	buf_took(out, SEAL_HEAD_BYTES + (size_t)n);
	return true;
}

bool unseal(const struct secret *master, const char *purpose, struct span sealed,
	    struct secret *out, struct err *e)
{
	struct buf ad AUTO_BUF = BUF_INIT;
	struct secret plain AUTO_SECRET = SECRET_INIT;

	if (!check_master(master, e) || !associated_data(purpose, &ad, e))
		return false;
	if (sealed.len < SEAL_HEAD_BYTES + TAG_BYTES || sealed.p[0] != SEAL_VERSION)
		return err_reason(e, "seal.broken", "sealed %s is no seal of version %d", purpose,
				  SEAL_VERSION);
	if (sealed.len - SEAL_HEAD_BYTES - TAG_BYTES > SECRET_MAX_BYTES)
		return err_reason(e, "seal.broken", "sealed %s is too large", purpose);
	if (!secret_alloc(&plain, sealed.len - SEAL_HEAD_BYTES - TAG_BYTES, e))
		return false;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(
		    plain.data, NULL, NULL, sealed.p + SEAL_HEAD_BYTES,
		    sealed.len - SEAL_HEAD_BYTES, ad.data, ad.len, sealed.p + 1, master->data))
		return err_reason(e, "seal.broken", "sealed %s does not open with this master key",
				  purpose);
	secret_move(out, &plain);
	return true;
}

/* 32 bytes as they are, or 64 hex digits with or without a newline (what systemd-creds users
 * write). */
static bool master_from(struct span content, const char *path, struct secret *out, struct err *e)
{
	size_t len = content.len, n;

	if (len == SEAL_KEY_BYTES)
		return secret_set(out, content.p, len, e);
	if (len == 2 * SEAL_KEY_BYTES + 1 && content.p[len - 1] == '\n')
		len--;
	if (!secret_alloc(out, SEAL_KEY_BYTES, e))
		return false;
	if (len != (size_t)2 * SEAL_KEY_BYTES ||
	    !hex_decode((const char *)content.p, len, out->data, SEAL_KEY_BYTES, &n)) {
		secret_clear(out);
		return err_reason(e, "master_key.corrupt", "'%s' holds no master key of %d bytes",
				  path, SEAL_KEY_BYTES);
	}
	return true;
}

/* Permissions are those of the descriptor that is read, not of a path that may change meanwhile. */
static bool master_read(const char *path, bool *found, struct secret *out, struct err *e)
{
	struct buf content AUTO_BUF = {.secret = true, .max = MASTER_FILE_MAX};
	struct stat st;
	bool good;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);

	*found = fd >= 0 || errno != ENOENT;
	if (fd < 0)
		return err_sys(e, errno, "cannot open master key '%s'", path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (st.st_mode & 077) != 0) {
		(void)close(fd); /* read only */
		return err_reason(e, "master_key.permissions",
				  "master key '%s' must be a file that only its owner can read",
				  path);
	}
	good = file_read_fd(fd, path, MASTER_FILE_MAX, &content, e) &&
	       master_from(buf_span(&content), path, out, e);
	(void)close(fd); /* read only */
	return good || err_wrap(e, "cannot read master key '%s'", path);
}

static bool master_make(const char *path, struct err *e)
{
	struct secret key AUTO_SECRET = SECRET_INIT;

	if (!secret_random(&key, SEAL_KEY_BYTES, e))
		return false;
	if (file_write_new(path, 0600, secret_span(&key), e) || e->code == ERR_EXISTS)
		return true; /* another program was first: its key counts */
	return err_wrap(e, "cannot make the master key");
}

bool master_key_load(const char *path, bool create, struct secret *out, struct err *e)
{
	const char *folder = secure_getenv("CREDENTIALS_DIRECTORY");
	char credential[4096];
	bool found;

	if (folder && *folder) {
		if (!path_join(credential, sizeof(credential), folder, CREDENTIAL_NAME, e))
			return false;
		if (master_read(credential, &found, out, e))
			return true;
		if (found)
			return false;
	}
	if (master_read(path, &found, out, e))
		return true;
	if (found)
		return false;
	if (!create)
		return err_reason(e, "master_key.missing", "there is no master key '%s'", path);
	if (!master_make(path, e))
		return false;
	return master_read(path, &found, out, e);
}
