/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "x509/name.h"

#include <stdbool.h>

/*
 * The form of a name that section 7.1 of RFC 5280 compares, made once when the name is read: a run of relative names,
 * each with its length in front and its attributes in order of their octets. Text is UTF-8, folded, its outer spaces
 * gone and inner runs of spaces one; what is no sound text keeps tag and octets.
 * False when memory is short.
 */
bool name_make_canonical(struct name *n) MUST_USE;
