/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/upn.h"

#include "x509/der.h"
#include "x509/oid.h"

#define OID_UPN "\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03"

bool general_name_upn(const struct general_name *n, struct span *out)
{
	struct der d = der_of(n->value), value;
	struct span type, text;

	if (n->kind != GN_OTHER || !der_get(&d, DER_OID, &type) ||
	    !oid_is(type, OID_LITERAL(OID_UPN)) ||
	    !der_enter(&d, DER_CONTEXT_CONSTRUCTED(0), &value) || !der_done(&d) ||
	    !der_get(&value, DER_UTF8, &text) || !der_done(&value) || text.len == 0)
		return false;
	*out = text;
	return true;
}
