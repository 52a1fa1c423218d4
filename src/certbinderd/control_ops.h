/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "certbinderd/console.h"

/* One request of the control socket, answered; core is the answering thread's. NULL when memory is
 * short. */
json_t *control_op(struct console *k, struct core *core, const json_t *request);
