/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/bindings/bindings.h"
#include "store/bindings.h"

/*
 * For core/ alone: a bind request set against what there is. The one place that says what "as it
 * is" means; checks and changes work on the plan.
 */
struct bind_plan {
	struct endpoint endpoint;
	char endpoint_text[320];
	bool has_before; /* the binding is there */
	struct binding_row before;
	struct binding_state after;
	bool changes_cert; /* after.cert is not before.cert, or there was none */
	bool changes_anything;
	int confirm_within_s;
	int wait_agents;	     /* percent; 0: none are waited for */
	const char *override_reason; /* borrowed from the request; NULL none */
	int64_t own_binding;
	const struct cert_list *own_chain; /* borrowed from the request */
};

bool bind_plan_make(struct core *c, const struct bind_request *r, struct bind_plan *out,
		    struct err *e) MUST_USE;
/* The binding that id ("3"), endpoint text or "default" names; ERR_NOT_FOUND binding.not_found. */
bool binding_find(struct core *c, const char *id_or_endpoint, struct binding_row *out,
		  struct err *e) MUST_USE;
void binding_row_endpoint(const struct binding_row *row, struct endpoint *out);
void binding_row_text(const struct binding_row *row, char *out, size_t size);

/* Whether the certificate is a live member of the store; false when there is no such store. */
bool cert_is_in(struct core *c, const char *store, const char *sha256, bool *out,
		struct err *e) MUST_USE;

/* The host name that a certificate on this endpoint must carry: the endpoint's own, else the
 * configured server name, else the address; "*" without a server name is the machine's name. */
bool bind_plan_name(struct core *c, const struct endpoint *ep, char *out, size_t size,
		    struct err *e) MUST_USE;
