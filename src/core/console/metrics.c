/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/console/system.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/audit.h"
#include "core/bindings/bindings.h"
#include "core/certs/certs.h"
#include "core/trust/crl_points.h"
#include "core/trust/crls.h"
#include "core/updates/update_states.h"
#include "x509/cert.h"

#include <string.h>

/*
 * Metrics, in the names that dashboards already query (x509-certificate-exporter) and our own.
 * Label values are escaped: names in certificates are hostile text.
 */

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static void label(struct buf *out, const char *name, const char *value, bool first)
{
	buf_printf(out, "%s%s=\"", first ? "{" : ",", name);
	for (; *value; value++)
		if (*value == '\n')
			buf_add_str(out, "\\n");
		else if (*value == '"' || *value == '\\')
			buf_printf(out, "\\%c", *value);
		else
			buf_add_char(out, *value);
	buf_add_char(out, '"');
}

static void head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* One family of samples, one for each certificate in each of its stores. */
struct family {
	const char *name, *help;
	int64_t (*value)(const json_t *cert, int64_t now_s);
};

static int64_t seconds(const json_t *o, const char *key)
{
	int64_t t = 0;

	(void)time_parse_rfc3339(text(o, key), &t); /* absent ones are left at 0 */
	return t;
}

static int64_t not_after(const json_t *cert, int64_t now_s)
{
	(void)now_s;
	return seconds(cert, "not_after");
}

static int64_t not_before(const json_t *cert, int64_t now_s)
{
	(void)now_s;
	return seconds(cert, "not_before");
}

static int64_t is_expired(const json_t *cert, int64_t now_s)
{
	return seconds(cert, "not_after") < now_s;
}

static const struct family families[] = {
	{"x509_cert_not_before", "Start of validity, Unix seconds.", not_before},
	{"x509_cert_not_after", "End of validity, Unix seconds.", not_after},
	{"x509_cert_expired", "1 when the certificate has expired.", is_expired},
};

static void sample(struct buf *out, const struct family *f, const json_t *cert, const char *store,
		   int64_t now_s)
{
	buf_add_str(out, f->name);
	label(out, "store", store, true);
	label(out, "subject_CN", text(cert, "common_name"), false);
	label(out, "issuer_CN", text(cert, "issuer"), false);
	label(out, "serial_number", text(cert, "serial"), false);
	label(out, "sha256", text(cert, "sha256"), false);
	buf_printf(out, "} %lld\n", (long long)f->value(cert, now_s));
}

#define METRICS_CERTS_MAX 10000 /* certificates shown one by one */

static bool certificates(struct core *c, json_t **out, struct err *e)
{
	json_t *all AUTO_JSON = json_array();
	char *token AUTO_MEM = NULL;

	do {
		struct cert_query q = {.page = {.limit = PAGE_LIMIT_MAX, .token = token},
				       .has_key = -1,
				       .used = -1};
		json_t *page AUTO_JSON = NULL;
		const char *next;

		if (!certs_list(c, &q, &page, e))
			return false;
		next = text(page, "next_page_token");
		mem_free(token);
		token = *next ? mem_str(next) : NULL;
		if (json_array_extend(all, json_object_get(page, "items")))
			return err_nomem(e);
	} while (token && json_array_size(all) < METRICS_CERTS_MAX);
	*out = json_incref(all);
	return true;
}

static bool certificates_metrics(struct core *c, struct buf *out, struct err *e)
{
	json_t *all AUTO_JSON = NULL;
	int64_t now_s = core_now_s(c);
	size_t i, k;
	const json_t *cert, *store;

	if (!certificates(c, &all, e))
		return false;
	for (size_t f = 0; f < ARRAY_LEN(families); f++) {
		head(out, families[f].name, "gauge", families[f].help);
		json_array_foreach(all, i, cert)
		{
			json_array_foreach(json_object_get(cert, "stores"), k, store)
			{
				sample(out, &families[f], cert, json_string_value(store), now_s);
			}
		}
	}
	return true;
}

static bool bindings_metrics(struct core *c, struct buf *out, struct err *e)
{
	json_t *list AUTO_JSON = NULL;
	const json_t *items, *b;
	size_t i;

	if (!bindings_list(c, &list, e))
		return false;
	items = json_is_array(list) ? list : json_object_get(list, "items");
	head(out, "certbinder_binding_cert_not_after_timestamp_seconds", "gauge",
	     "End of validity of the bound certificate.");
	json_array_foreach((json_t *)(uintptr_t)items, i, b)
	{
		buf_add_str(out, "certbinder_binding_cert_not_after_timestamp_seconds");
		label(out, "binding", text(b, "endpoint"), true);
		buf_printf(out, "} %lld\n", (long long)seconds(b, "not_after"));
	}
	head(out, "certbinder_binding_degraded", "gauge",
	     "1 when the bound certificate cannot be served.");
	json_array_foreach((json_t *)(uintptr_t)items, i, b)
	{
		buf_add_str(out, "certbinder_binding_degraded");
		label(out, "binding", text(b, "endpoint"), true);
		buf_printf(out, "} %d\n", json_is_true(json_object_get(b, "degraded")));
	}
	return true;
}

static bool crl_metrics(struct core *c, struct buf *out, struct err *e)
{
	json_t *list AUTO_JSON = NULL;
	const json_t *crl;
	size_t i;

	if (!crls_list(c, &list, e))
		return false;
	head(out, "x509_crl_next_update", "gauge", "Next update of the list, Unix seconds.");
	json_array_foreach(json_object_get(list, "items"), i, crl)
	{
		if (json_is_null(json_object_get(crl, "next_update")))
			continue;
		buf_add_str(out, "x509_crl_next_update");
		label(out, "issuer", text(crl, "issuer"), true);
		label(out, "number", text(crl, "number"), false);
		buf_printf(out, "} %lld\n", (long long)seconds(crl, "next_update"));
	}
	return true;
}

static bool crl_issuer_metrics(struct core *c, struct buf *out, struct err *e)
{
	json_t *list AUTO_JSON = NULL;
	const json_t *issuer, *point;
	size_t i, k;

	if (!crls_issuers(c, &list, e))
		return false;
	head(out, "certbinder_crl_stale", "gauge",
	     "1 when no list of the issuer is in force: lapsed, not yet valid, or missing.");
	json_array_foreach(json_object_get(list, "items"), i, issuer)
	{
		buf_add_str(out, "certbinder_crl_stale");
		label(out, "issuer", text(issuer, "issuer"), true);
		buf_printf(out, "} %d\n", strcmp(text(issuer, "state"), "fresh") != 0);
	}
	head(out, "certbinder_crl_fetch_failures", "gauge",
	     "Failed tries of a distribution point since the last good one.");
	json_array_foreach(json_object_get(list, "items"), i, issuer)
	{
		json_array_foreach(json_object_get(issuer, "points"), k, point)
		{
			buf_add_str(out, "certbinder_crl_fetch_failures");
			label(out, "url", text(point, "url"), true);
			buf_printf(
				out, "} %lld\n",
				(long long)json_integer_value(json_object_get(point, "failures")));
		}
	}
	return true;
}

static bool counters_metrics(struct core *c, struct buf *out, struct err *e)
{
	static const struct {
		enum core_counter counter;
		const char *name, *help;
	} rows[] = {
		{CORE_TLS_GENERATION, "certbinder_tls_generation", "Generation of what is bound."},
		{CORE_TRUST_GENERATION, "certbinder_trust_generation", "Generation of the trust."},
		{CORE_CHANGE_SEQ, "certbinder_audit_last_sequence", "Number of audited changes."},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t n;

		if (!core_counter(c, rows[i].counter, &n, e))
			return false;
		head(out, rows[i].name, "gauge", rows[i].help);
		buf_printf(out, "%s %lld\n", rows[i].name, (long long)n);
	}
	return true;
}

static bool drift_metrics(struct core *c, struct buf *out, struct err *e)
{
	json_t *drift AUTO_JSON = NULL;

	if (!drift_show(c, &drift, e))
		return false;
	head(out, "certbinder_drift_findings", "gauge",
	     "How often bound, trusted and published certificate disagree; 0 is good.");
	buf_printf(out, "certbinder_drift_findings %zu\n",
		   json_array_size(json_object_get(drift, "findings")));
	return true;
}

/* Each cause is there, also without agents: an alert has a series to look at. */
static bool update_metrics(struct core *c, struct buf *out, struct err *e)
{
	int64_t states[UPDATE_STATES], hanging[UPDATE_CAUSES];

	if (!update_states_count(c, states, hanging, e))
		return false;
	head(out, "certbinder_update_agents", "gauge", "Agents by how far they are with updates.");
	for (int i = 0; i < UPDATE_STATES; i++) {
		buf_add_str(out, "certbinder_update_agents");
		label(out, "state", update_state_name((enum update_state)i), true);
		buf_printf(out, "} %lld\n", (long long)states[i]);
	}
	head(out, "certbinder_update_agents_hanging", "gauge",
	     "Agents whose update failed or does not come to an end, by cause; 0 is good.");
	for (int k = UPDATE_ROOT_MISSING; k < UPDATE_CAUSES; k++) {
		buf_add_str(out, "certbinder_update_agents_hanging");
		label(out, "cause", update_cause_name((enum update_cause)k), true);
		buf_printf(out, "} %lld\n", (long long)hanging[k]);
	}
	return true;
}

bool system_metrics(struct core *c, struct buf *out, struct err *e)
{
	head(out, "certbinder_build_info", "gauge", "The version, always 1.");
	buf_add_str(out, "certbinder_build_info");
	label(out, "version", PACKAGE_VERSION, true);
	buf_add_str(out, "} 1\n");
	return counters_metrics(c, out, e) && certificates_metrics(c, out, e) &&
	       bindings_metrics(c, out, e) && crl_metrics(c, out, e) &&
	       crl_issuer_metrics(c, out, e) && drift_metrics(c, out, e) &&
	       update_metrics(c, out, e) && (buf_ok(out) || err_nomem(e));
}
