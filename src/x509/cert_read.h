/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "x509/cert.h"

#include <stdbool.h>

/*
 * The parts of the certificate reader, for x509/cert.c alone. What breaks a rule is marked in c->defects; false means
 * that memory or a limit ended the reading, and e says which.
 */
struct der;

/* Algorithm, size and curve of c->spki. */
void cert_read_key(struct cert *c);

/* The Extensions of RFC 5280 4.2; d stands inside their SEQUENCE. */
bool cert_read_extensions(struct cert *c, struct der d, struct err *e) MUST_USE;

/* Decoders of one extension each: value is the contents of its OCTET STRING. False with ERR_FORMAT: does not parse. */
bool cert_read_policies(struct cert *c, struct span value, struct err *e) MUST_USE;
bool cert_read_policy_mappings(struct cert *c, struct span value, struct err *e) MUST_USE;
bool cert_read_policy_constraints(struct cert *c, struct span value, struct err *e) MUST_USE;
bool cert_read_inhibit_any_policy(struct cert *c, struct span value, struct err *e) MUST_USE;
bool cert_read_name_constraints(struct cert *c, struct span value, struct err *e) MUST_USE;
bool cert_read_crl_distribution_points(struct cert *c, struct span value, struct err *e) MUST_USE;
bool cert_read_freshest_crl(struct cert *c, struct span value, struct err *e) MUST_USE;
bool cert_read_authority_info(struct cert *c, struct span value, struct err *e) MUST_USE;
bool cert_read_subject_info(struct cert *c, struct span value, struct err *e) MUST_USE;

/* Rules that need the whole certificate; run last. */
void cert_mark_shape(struct cert *c);
/* Whether each name of the list has the form of RFC 5280 4.2.1.6. */
bool general_names_are_sound(const struct general_names *g);
