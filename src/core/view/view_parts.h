/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"
#include "x509/cert.h"
#include "x509/name.h"

/*
 * Parts of a certificate as JSON; for core/view/view*.c alone. NULL when memory is short.
 */
json_t *view_name(const struct name *n);	  /* RFC 4514 text */
json_t *view_common_name(const struct name *n);	  /* or null */
json_t *view_sans(const struct general_names *g); /* ["DNS:x", "IP:y"] */
json_t *view_urls(const struct general_names *g); /* URIs alone, without "URI:" */
json_t *view_purposes(const struct cert *cert);	  /* ["server", "client", "ca"] */
json_t *view_key_usage(const struct cert *cert);  /* ["digitalSignature", ...] */
json_t *view_oids(const struct oid_list *l);	  /* names where known, else dotted */
json_t *view_extensions(const struct cert *cert); /* [{oid, critical, decoded,
						   * values[], hex where not decoded}] */
