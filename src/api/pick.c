/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/pick.h"

#include "base/text.h"

#include <string.h>

json_t *api_pick(const json_t *list, const char *key, const char *value, bool nocase)
{
	const json_t *items = json_is_array(list) ? list : json_object_get(list, "items");
	size_t i;
	json_t *item;

	json_array_foreach(items, i, item)
	{
		const char *have = json_string_value(json_object_get(item, key));

		if (have && (nocase ? text_equal_nocase(have, value) : strcmp(have, value) == 0))
			return json_incref(item);
	}
	return NULL;
}
