/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "x509/issue.h"

/*
 * What a request and a certificate say in the same words: subject, alternative names, purposes.
 */
/* subject: for mbedTLS's parser of names. san: GeneralNames, empty without names. */
bool issue_names(const struct issue_params *p, struct buf *subject, struct buf *san,
		 struct err *e) MUST_USE;
void issue_purposes(const struct issue_params *p,
		    struct buf *out); /* ExtKeyUsageSyntax; empty when none */
