/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "trust/judge.h"

#include "base/json.h"

/*
 * A verdict as the world sees it, the same at the door, in records and in trials:
 * {verdict, reason, status, substatus, win32, explanation, mode, issuer_list{source, members},
 *  paths[{complete, reason|null, fault_step|null, detail, steps[{sha256, thumbprint, subject,
 *  issuer, not_after, store, reason|null}]}]}. NULL when memory is short.
 */
json_t *view_verdict(const struct verdict *v, enum trust_mode mode);
