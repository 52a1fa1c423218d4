/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/mbed.h"

#include "base/secret.h"
#include "x509/derout.h"

#include <mbedtls/error.h>

int mbed_random(void *unused, unsigned char *out, size_t len)
{
	(void)unused;
	random_bytes(out, len);
	return 0;
}

bool mbed_error(struct err *e, int code, const char *what)
{
	char text[100];
	if (code == MBEDTLS_ERR_MPI_ALLOC_FAILED)
		return err_nomem(e);
	mbedtls_strerror(code, text, sizeof(text));
	return err_set(e, ERR_CRYPTO, "%s: %s", what, text);
}

void mbed_add_integer(struct buf *b, const mbedtls_mpi *n)
{
	struct buf octets AUTO_BUF = {.secret = true};
	size_t len = mbedtls_mpi_size(n);
	uint8_t *room = buf_space(&octets, len > 0 ? len : 1);
	if (!room || mbedtls_mpi_write_binary(n, room, len) != 0) {
		b->failed = true;
		return;
	}
	buf_took(&octets, len);
	der_integer(b, buf_span(&octets));
}

bool mbed_mpi_equals(const mbedtls_mpi *n, struct span magnitude)
{
	mbedtls_mpi other;
	mbedtls_mpi_init(&other);
	bool same = mbedtls_mpi_read_binary(&other, magnitude.p, magnitude.len) == 0 &&
		    mbedtls_mpi_cmp_mpi(n, &other) == 0;
	mbedtls_mpi_free(&other);
	return same;
}
