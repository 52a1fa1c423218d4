/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Networks, for the lists that say where the console may connect to by itself.
 */
struct network {
	uint8_t ip[16];
	size_t len;    /* 4 or 16; 0: none */
	unsigned bits; /* of ip that count */
};

/* ip: len octets, as address_plain() gives them. */
bool network_has(const struct network *n, const uint8_t *ip, size_t len);

/* The address of IPv4 that one of IPv6 stands for (mapped, NAT64, 6to4), or itself: who may not be reached by one form
 * may not be reached by another. *len: 4 or 16, before and after. Points into ip. */
const uint8_t *address_plain(const uint8_t *ip, size_t *len);
