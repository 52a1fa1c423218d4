/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/call.h"
#include "api/resources.h"

#include <pthread.h>

/*
 * The one table of routes: method, path, where it runs, least role, body, flags, members of the
 * body, query parameters, handler, operationId. docs/openapi.yaml says the same to the world;
 * tests/unit/api/test_routes.c holds both against one another, in both directions.
 */
#define V1 "/api/v1"

/* clang-format off */
const struct api_route api_route_rows[] = {
	{"GET", V1 "/setup", RUN_JOB, ROLE_NONE, BODY_NONE, 0, NULL,
	 NULL, api_setup_show, "setup_show"},
	{"POST", V1 "/setup", RUN_JOB, ROLE_NONE, BODY_JSON, API_NO_DRY, "code,user,password",
	 NULL, api_setup_run, "setup_run"},
	{"GET", V1 "/session", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_session_show, "session_show"},
	{"POST", V1 "/session", RUN_JOB, ROLE_NONE, BODY_JSON, API_NO_DRY, "user,password",
	 NULL, api_session_open, "session_open"},
	{"DELETE", V1 "/session", RUN_JOB, ROLE_VIEWER, BODY_NONE, API_NO_DRY, NULL,
	 NULL, api_session_close, "session_close"},
	{"GET", V1 "/session/certificate", RUN_JOB, ROLE_NONE, BODY_NONE, 0, NULL,
	 NULL, api_session_certificate_show, "session_certificate_show"},
	{"POST", V1 "/session/certificate", RUN_JOB, ROLE_NONE, BODY_NONE, API_NO_DRY, NULL,
	 NULL, api_session_certificate_open, "session_certificate_open"},
	{"GET", V1 "/accounts", RUN_JOB, ROLE_ADMIN, BODY_NONE, 0, NULL,
	 NULL, api_accounts_list, "accounts_list"},
	{"POST", V1 "/accounts", RUN_JOB, ROLE_ADMIN, BODY_JSON, 0, "user,role,password",
	 NULL, api_accounts_create, "accounts_create"},
	{"GET", V1 "/accounts/{user}", RUN_JOB, ROLE_ADMIN, BODY_NONE, 0, NULL,
	 NULL, api_accounts_show, "accounts_show"},
	{"PATCH", V1 "/accounts/{user}", RUN_JOB, ROLE_ADMIN, BODY_JSON, API_MATCH, "role,password",
	 NULL, api_accounts_change, "accounts_change"},
	{"DELETE", V1 "/accounts/{user}", RUN_JOB, ROLE_ADMIN, BODY_NONE, API_MATCH, NULL,
	 NULL, api_accounts_remove, "accounts_remove"},
	{"GET", V1 "/accounts/{user}/certificates", RUN_JOB, ROLE_ADMIN, BODY_NONE, 0, NULL,
	 NULL, api_account_certificates_list, "account_certificates_list"},
	{"POST", V1 "/accounts/{user}/certificates", RUN_JOB, ROLE_ADMIN, BODY_UPLOAD_OPTIONAL, 0, "file,file_name,kind,certificate,value,issuer,access",
	 NULL, api_account_certificates_add, "account_certificates_add"},
	{"GET", V1 "/accounts/{user}/certificates/{id}", RUN_JOB, ROLE_ADMIN, BODY_NONE, 0, NULL,
	 NULL, api_account_certificates_show, "account_certificates_show"},
	{"DELETE", V1 "/accounts/{user}/certificates/{id}", RUN_JOB, ROLE_ADMIN, BODY_NONE, API_MATCH, NULL,
	 NULL, api_account_certificates_remove, "account_certificates_remove"},
	{"GET", V1 "/tokens", RUN_JOB, ROLE_ADMIN, BODY_NONE, 0, NULL,
	 NULL, api_tokens_list, "tokens_list"},
	{"POST", V1 "/tokens", RUN_JOB, ROLE_ADMIN, BODY_JSON, API_ONCE, "name,role,ttl_days",
	 NULL, api_tokens_create, "tokens_create"},
	{"GET", V1 "/tokens/{id}", RUN_JOB, ROLE_ADMIN, BODY_NONE, 0, NULL,
	 NULL, api_tokens_show, "tokens_show"},
	{"DELETE", V1 "/tokens/{id}", RUN_JOB, ROLE_ADMIN, BODY_NONE, API_MATCH, NULL,
	 NULL, api_tokens_revoke, "tokens_revoke"},
	{"GET", V1 "/stores", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_stores_list, "stores_list"},
	{"POST", V1 "/stores", RUN_JOB, ROLE_ADMIN, BODY_JSON, 0, "name",
	 NULL, api_stores_create, "stores_create"},
	{"GET", V1 "/stores/{store}", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_stores_show, "stores_show"},
	{"DELETE", V1 "/stores/{store}", RUN_JOB, ROLE_ADMIN, BODY_NONE, API_MATCH, NULL,
	 NULL, api_stores_remove, "stores_remove"},
	{"GET", V1 "/stores/{store}/certificates", RUN_JOB, ROLE_VIEWER, BODY_NONE, API_PAGED, NULL,
	 "q,purpose,expires_before,has_key,used,sort,fields", api_stores_certificates, "stores_certificates"},
	{"GET", V1 "/certificates", RUN_JOB, ROLE_VIEWER, BODY_NONE, API_PAGED, NULL,
	 "q,purpose,expires_before,has_key,used,sort,fields,store,deleted", api_certificates_list, "certificates_list"},
	{"POST", V1 "/certificates/import", RUN_JOB, ROLE_OPERATOR, BODY_UPLOAD, API_OWN_DRY, "file,file_name,password,store,all_to_store,exportable,trust_roots,allow_no_mac,accept_warnings,friendly_name",
	 NULL, api_certificates_import, "certificates_import"},
	{"GET", V1 "/certificates/{sha256}", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_certificates_show, "certificates_show"},
	{"PATCH", V1 "/certificates/{sha256}", RUN_JOB, ROLE_OPERATOR, BODY_JSON, API_MATCH, "friendly_name",
	 NULL, api_certificates_change, "certificates_change"},
	{"DELETE", V1 "/certificates/{sha256}", RUN_JOB, ROLE_OPERATOR, BODY_NONE, API_MATCH, NULL,
	 "store", api_certificates_remove, "certificates_remove"},
	{"GET", V1 "/certificates/{sha256}/chain", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_certificates_chain, "certificates_chain"},
	{"GET", V1 "/certificates/{sha256}/usage", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_certificates_usage, "certificates_usage"},
	{"GET", V1 "/certificates/{sha256}/export", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 "format,chain,root", api_certificates_download, "certificates_download"},
	{"POST", V1 "/certificates/{sha256}/export", RUN_JOB, ROLE_VIEWER, BODY_JSON, API_LOOKS, "format,chain,root,with_key,legacy,password",
	 NULL, api_certificates_export, "certificates_export"},
	{"POST", V1 "/certificates/{sha256}/move", RUN_JOB, ROLE_OPERATOR, BODY_JSON, 0, "from,to,accept_warnings",
	 NULL, api_certificates_move, "certificates_move"},
	{"POST", V1 "/certificates/{sha256}/restore", RUN_JOB, ROLE_OPERATOR, BODY_NONE, 0, NULL,
	 NULL, api_certificates_restore, "certificates_restore"},
	{"GET", V1 "/csrs", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_csrs_list, "csrs_list"},
	{"POST", V1 "/csrs", RUN_JOB, ROLE_OPERATOR, BODY_JSON, 0, "common_name,dns,ip,key,exportable,renews,same_key,friendly_name",
	 NULL, api_csrs_create, "csrs_create"},
	{"POST", V1 "/csrs/complete", RUN_JOB, ROLE_OPERATOR, BODY_UPLOAD, 0, "file,file_name",
	 NULL, api_csrs_complete, "csrs_complete"},
	{"GET", V1 "/csrs/{id}", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 "format", api_csrs_show, "csrs_show"},
	{"DELETE", V1 "/csrs/{id}", RUN_JOB, ROLE_OPERATOR, BODY_NONE, API_MATCH, NULL,
	 NULL, api_csrs_remove, "csrs_remove"},
	{"POST", V1 "/checks", RUN_JOB, ROLE_VIEWER, BODY_JSON, API_LOOKS, "endpoint,cert,client_certs,path_rules,issuer_store,agents,revocation,revocation_cached_only,revocation_freshness_s,check_usage,confirm_within_s,override_reason",
	 NULL, api_checks_run, "checks_run"},
	{"GET", V1 "/bindings", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_bindings_list, "bindings_list"},
	{"POST", V1 "/bindings", RUN_JOB, ROLE_OPERATOR, BODY_JSON, API_OWN_DRY, "endpoint,cert,client_certs,path_rules,issuer_store,agents,revocation,revocation_cached_only,revocation_freshness_s,check_usage,confirm_within_s,override_reason",
	 NULL, api_bindings_set, "bindings_set"},
	{"GET", V1 "/bindings/{id}", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_bindings_show, "bindings_show"},
	{"DELETE", V1 "/bindings/{id}", RUN_JOB, ROLE_OPERATOR, BODY_NONE, API_MATCH, NULL,
	 NULL, api_bindings_remove, "bindings_remove"},
	{"POST", V1 "/bindings/{id}/changes", RUN_JOB, ROLE_OPERATOR, BODY_JSON, API_OWN_DRY, "cert,client_certs,path_rules,issuer_store,agents,revocation,revocation_cached_only,revocation_freshness_s,check_usage,confirm_within_s,override_reason",
	 NULL, api_changes_stage, "changes_stage"},
	{"GET", V1 "/bindings/{id}/history", RUN_JOB, ROLE_VIEWER, BODY_NONE, API_PAGED, NULL,
	 NULL, api_bindings_history, "bindings_history"},
	{"POST", V1 "/bindings/{id}/rollback", RUN_JOB, ROLE_OPERATOR, BODY_JSON_OPTIONAL, API_NO_DRY, "to",
	 NULL, api_bindings_rollback, "bindings_rollback"},
	{"POST", V1 "/changes", RUN_JOB, ROLE_OPERATOR, BODY_JSON, API_OWN_DRY, "endpoint,cert,client_certs,path_rules,issuer_store,agents,revocation,revocation_cached_only,revocation_freshness_s,check_usage,confirm_within_s,override_reason",
	 NULL, api_changes_stage_new, "changes_stage_new"},
	{"GET", V1 "/changes/{id}", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_changes_show, "changes_show"},
	{"DELETE", V1 "/changes/{id}", RUN_JOB, ROLE_OPERATOR, BODY_NONE, API_MATCH | API_OWN_DRY, NULL,
	 NULL, api_changes_abort, "changes_abort"},
	{"POST", V1 "/changes/{id}/commit", RUN_JOB, ROLE_OPERATOR, BODY_NONE, API_MATCH | API_OWN_DRY, NULL,
	 NULL, api_changes_commit, "changes_commit"},
	{"POST", V1 "/changes/{id}/confirm", RUN_JOB, ROLE_OPERATOR, BODY_NONE, API_OWN_DRY, NULL,
	 NULL, api_changes_confirm, "changes_confirm"},
	{"POST", V1 "/changes/{id}/rollback", RUN_JOB, ROLE_OPERATOR, BODY_NONE, API_OWN_DRY, NULL,
	 NULL, api_changes_rollback, "changes_rollback"},
	{"GET", V1 "/drift", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_drift_show, "drift_show"},
	{"POST", V1 "/drift/repair", RUN_JOB, ROLE_OPERATOR, BODY_NONE, API_OWN_DRY, NULL,
	 NULL, api_drift_repair, "drift_repair"},
	{"GET", V1 "/ipcer", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_ipcer_show, "ipcer_show"},
	{"POST", V1 "/ipcer", RUN_JOB, ROLE_OPERATOR, BODY_UPLOAD_OPTIONAL, API_OWN_DRY, "file,file_name",
	 NULL, api_ipcer_publish, "ipcer_publish"},
	{"GET", V1 "/authentication-keys", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_authentication_keys_list, "authentication_keys_list"},
	{"POST", V1 "/authentication-keys", RUN_JOB, ROLE_ADMIN, BODY_JSON_OPTIONAL, API_NO_DRY, "key,leaked,password",
	 NULL, api_authentication_keys_rotate, "authentication_keys_rotate"},
	{"POST", V1 "/authentication-keys/backup", RUN_JOB, ROLE_ADMIN, BODY_JSON, API_LOOKS, "password",
	 NULL, api_authentication_keys_backup, "authentication_keys_backup"},
	{"POST", V1 "/authentication-keys/restore", RUN_JOB, ROLE_ADMIN, BODY_UPLOAD, API_NO_DRY, "file,file_name,password,exportable",
	 NULL, api_authentication_keys_restore, "authentication_keys_restore"},
	{"POST", V1 "/authentication-keys/import", RUN_JOB, ROLE_ADMIN, BODY_UPLOAD, API_NO_DRY, "file,file_name,password,exportable",
	 NULL, api_authentication_keys_import, "authentication_keys_import"},
	{"GET", V1 "/publications", RUN_JOB, ROLE_VIEWER, BODY_NONE, API_PAGED, NULL,
	 NULL, api_publications_list, "publications_list"},
	{"GET", V1 "/publications/{number}", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_publications_show, "publications_show"},
	{"GET", V1 "/trust/mode", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_trust_mode_show, "trust_mode_show"},
	{"PUT", V1 "/trust/mode", RUN_JOB, ROLE_ADMIN, BODY_JSON, API_MATCH, "mode",
	 NULL, api_trust_mode_set, "trust_mode_set"},
	{"GET", V1 "/trust/issuer-list", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 "binding", api_trust_issuer_list, "trust_issuer_list"},
	{"GET", V1 "/trust/lint", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_trust_lint, "trust_lint"},
	{"POST", V1 "/trust/lint/fix", RUN_JOB, ROLE_ADMIN, BODY_JSON_OPTIONAL, 0, "ids",
	 NULL, api_trust_lint_fix, "trust_lint_fix"},
	{"POST", V1 "/trust/judge", RUN_JOB, ROLE_VIEWER, BODY_UPLOAD, API_LOOKS, "file,file_name,binding,mode,time",
	 NULL, api_trust_judge, "trust_judge"},
	{"POST", V1 "/trust/what-if", RUN_JOB, ROLE_VIEWER, BODY_JSON, API_LOOKS, "file,file_name,refusal,binding,draft",
	 NULL, api_trust_what_if, "trust_what_if"},
	{"GET", V1 "/refusals", RUN_JOB, ROLE_VIEWER, BODY_NONE, API_PAGED, NULL,
	 "binding,reason,substatus,client,since,until", api_refusals_list, "refusals_list"},
	{"GET", V1 "/refusals/{id}", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_refusals_show, "refusals_show"},
	{"GET", V1 "/crls", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_crls_list, "crls_list"},
	{"POST", V1 "/crls", RUN_JOB, ROLE_OPERATOR, BODY_UPLOAD, 0, "file,file_name",
	 NULL, api_crls_import, "crls_import"},
	{"GET", V1 "/crls/{id}", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_crls_show, "crls_show"},
	{"DELETE", V1 "/crls/{id}", RUN_JOB, ROLE_OPERATOR, BODY_NONE, API_MATCH, NULL,
	 NULL, api_crls_remove, "crls_remove"},
	{"GET", V1 "/settings", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_settings_list, "settings_list"},
	{"GET", V1 "/settings/{name}", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_settings_show, "settings_show"},
	{"PUT", V1 "/settings/{name}", RUN_JOB, ROLE_ADMIN, BODY_JSON, API_MATCH, "value",
	 NULL, api_settings_set, "settings_set"},
	{"GET", V1 "/audit", RUN_JOB, ROLE_VIEWER, BODY_NONE, API_PAGED, NULL,
	 "action,actor,object,since,until", api_audit_list, "audit_list"},
	{"GET", V1 "/audit/verify", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_audit_verify, "audit_verify"},
	{"GET", V1 "/events", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_events, "events"},
	{"GET", V1 "/system", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_system_show, "system_show"},
	{"GET", V1 "/system/traffic", RUN_JOB, ROLE_VIEWER, BODY_NONE, 0, NULL,
	 NULL, api_system_traffic, "system_traffic"},
	{"GET", V1 "/openapi.json", RUN_INLINE, ROLE_NONE, BODY_NONE, 0, NULL,
	 NULL, api_openapi, "openapi"},
	{"GET", "/problems/{code}", RUN_INLINE, ROLE_NONE, BODY_NONE, 0, NULL,
	 NULL, api_problems_show, "problems_show"},
	{"GET", "/livez", RUN_INLINE, ROLE_NONE, BODY_NONE, 0, NULL,
	 NULL, api_livez, "livez"},
	{"GET", "/readyz", RUN_JOB, ROLE_NONE, BODY_NONE, 0, NULL,
	 NULL, api_readyz, "readyz"},
	{"GET", "/metrics", RUN_JOB, ROLE_NONE, BODY_NONE, 0, NULL,
	 NULL, api_metrics, "metrics"},
	{"GET", "/officescan/hotfix_pccnt/Common/OfcIPCer.dat", RUN_JOB, ROLE_NONE, BODY_NONE, 0, NULL,
	 NULL, api_ipcer_file, "ipcer_file"},
	{"GET", "/officescan/hotfix_pccnt/Common/OfcNTCer.dat", RUN_JOB, ROLE_NONE, BODY_NONE, 0, NULL,
	 NULL, api_ntcer_file, "ntcer_file"},
	{"GET", "/officescan/hotfix_pccnt/Common/publications/{number}", RUN_JOB, ROLE_NONE, BODY_NONE, 0, NULL,
	 NULL, api_publications_show, "publication_file"},
};
/* clang-format on */
const size_t n_api_route_rows = ARRAY_LEN(api_route_rows);

static struct http_route routes[ARRAY_LEN(api_route_rows)];
static pthread_once_t made = PTHREAD_ONCE_INIT;

static size_t body_max(enum api_body body)
{
	if (body == BODY_NONE)
		return 0;
	return body == BODY_UPLOAD || body == BODY_UPLOAD_OPTIONAL ? HTTP_BODY_MAX_IMPORT
								   : HTTP_BODY_MAX_DEFAULT;
}

static void make(void)
{
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		const struct api_route *r = &api_route_rows[i];

		routes[i] = (struct http_route){.method = r->method,
						.pattern = r->pattern,
						.run = r->run,
						.role = r->role,
						.body_max = body_max(r->body),
						.handler = api_dispatch,
						.operation = r->operation};
	}
}

const struct http_route *api_routes(size_t *n_out)
{
	pthread_once(&made, make);
	*n_out = ARRAY_LEN(routes);
	return routes;
}
