/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/agents/agent_impl.h"

#include "base/json.h"
#include "base/text.h"

/* {"roots": {"digest", ...}} among its states: what lies in its trust directory. */
bool agent_report_roots_read(const json_t *states, const char **digest_out, struct err *e)
{
	const json_t *roots = json_object_get(states, "roots");
	const char *digest = NULL;

	*digest_out = "";
	if (!json_is_object(roots)) /* states are open: another version may mean something else */
		return true;
	if (!json_get_str_opt(roots, "digest", &digest, e))
		return false;
	if (!digest)
		return true;
	if (!hex_is_lower(digest, 2 * SHA256_BYTES))
		return json_refuse(e, "roots.digest", "must be a SHA-256 in hex");
	*digest_out = digest;
	return true;
}
