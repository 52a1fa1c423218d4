/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"
#include "trust/judge.h"
#include "x509/cert.h"

/*
 * The chain of a certificate out of the stores CA and Root; for core/ alone.
 */
bool chain_of(struct core *c, struct cert *cert, struct issuer_chain *out, struct err *e) MUST_USE;
