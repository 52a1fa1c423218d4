/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/bindings/served.h"

/*
 * For core/ alone: how one binding of the snapshot is made of its row.
 */
void served_binding_clear(struct served_binding *b);
