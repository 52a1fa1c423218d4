/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/call.h"

/*
 * The handlers of the route table, one file per resource; each is named after its operationId.
 */
bool api_setup_show(struct api_call *c, struct err *e) MUST_USE;
bool api_setup_run(struct api_call *c, struct err *e) MUST_USE;
bool api_session_show(struct api_call *c, struct err *e) MUST_USE;
bool api_session_open(struct api_call *c, struct err *e) MUST_USE;
bool api_session_close(struct api_call *c, struct err *e) MUST_USE;
bool api_accounts_list(struct api_call *c, struct err *e) MUST_USE;
bool api_accounts_create(struct api_call *c, struct err *e) MUST_USE;
bool api_accounts_show(struct api_call *c, struct err *e) MUST_USE;
bool api_accounts_change(struct api_call *c, struct err *e) MUST_USE;
bool api_accounts_remove(struct api_call *c, struct err *e) MUST_USE;
bool api_tokens_list(struct api_call *c, struct err *e) MUST_USE;
bool api_tokens_create(struct api_call *c, struct err *e) MUST_USE;
bool api_tokens_show(struct api_call *c, struct err *e) MUST_USE;
bool api_tokens_revoke(struct api_call *c, struct err *e) MUST_USE;
bool api_stores_list(struct api_call *c, struct err *e) MUST_USE;
bool api_stores_create(struct api_call *c, struct err *e) MUST_USE;
bool api_stores_show(struct api_call *c, struct err *e) MUST_USE;
bool api_stores_remove(struct api_call *c, struct err *e) MUST_USE;
bool api_stores_certificates(struct api_call *c, struct err *e) MUST_USE;
bool api_certificates_list(struct api_call *c, struct err *e) MUST_USE;
bool api_certificates_import(struct api_call *c, struct err *e) MUST_USE;
bool api_certificates_show(struct api_call *c, struct err *e) MUST_USE;
bool api_certificates_change(struct api_call *c, struct err *e) MUST_USE;
bool api_certificates_remove(struct api_call *c, struct err *e) MUST_USE;
bool api_certificates_chain(struct api_call *c, struct err *e) MUST_USE;
bool api_certificates_usage(struct api_call *c, struct err *e) MUST_USE;
bool api_certificates_download(struct api_call *c, struct err *e) MUST_USE;
bool api_certificates_export(struct api_call *c, struct err *e) MUST_USE;
bool api_certificates_move(struct api_call *c, struct err *e) MUST_USE;
bool api_certificates_restore(struct api_call *c, struct err *e) MUST_USE;
bool api_csrs_list(struct api_call *c, struct err *e) MUST_USE;
bool api_csrs_create(struct api_call *c, struct err *e) MUST_USE;
bool api_csrs_complete(struct api_call *c, struct err *e) MUST_USE;
bool api_csrs_show(struct api_call *c, struct err *e) MUST_USE;
bool api_csrs_remove(struct api_call *c, struct err *e) MUST_USE;
bool api_checks_run(struct api_call *c, struct err *e) MUST_USE;
bool api_bindings_list(struct api_call *c, struct err *e) MUST_USE;
bool api_bindings_set(struct api_call *c, struct err *e) MUST_USE;
bool api_bindings_show(struct api_call *c, struct err *e) MUST_USE;
bool api_bindings_remove(struct api_call *c, struct err *e) MUST_USE;
bool api_changes_stage(struct api_call *c, struct err *e) MUST_USE;
bool api_bindings_history(struct api_call *c, struct err *e) MUST_USE;
bool api_bindings_rollback(struct api_call *c, struct err *e) MUST_USE;
bool api_changes_stage_new(struct api_call *c, struct err *e) MUST_USE;
bool api_changes_show(struct api_call *c, struct err *e) MUST_USE;
bool api_changes_abort(struct api_call *c, struct err *e) MUST_USE;
bool api_changes_commit(struct api_call *c, struct err *e) MUST_USE;
bool api_changes_confirm(struct api_call *c, struct err *e) MUST_USE;
bool api_changes_rollback(struct api_call *c, struct err *e) MUST_USE;
bool api_drift_show(struct api_call *c, struct err *e) MUST_USE;
bool api_drift_repair(struct api_call *c, struct err *e) MUST_USE;
bool api_ipcer_show(struct api_call *c, struct err *e) MUST_USE;
bool api_ipcer_publish(struct api_call *c, struct err *e) MUST_USE;
bool api_authentication_keys_list(struct api_call *c, struct err *e) MUST_USE;
bool api_authentication_keys_rotate(struct api_call *c, struct err *e) MUST_USE;
bool api_authentication_keys_backup(struct api_call *c, struct err *e) MUST_USE;
bool api_authentication_keys_restore(struct api_call *c, struct err *e) MUST_USE;
bool api_authentication_keys_import(struct api_call *c, struct err *e) MUST_USE;
bool api_publications_list(struct api_call *c, struct err *e) MUST_USE;
bool api_publications_show(struct api_call *c, struct err *e) MUST_USE;
bool api_ntcer_file(struct api_call *c, struct err *e) MUST_USE;
bool api_trust_mode_show(struct api_call *c, struct err *e) MUST_USE;
bool api_trust_mode_set(struct api_call *c, struct err *e) MUST_USE;
bool api_trust_issuer_list(struct api_call *c, struct err *e) MUST_USE;
bool api_trust_lint(struct api_call *c, struct err *e) MUST_USE;
bool api_trust_lint_fix(struct api_call *c, struct err *e) MUST_USE;
bool api_trust_judge(struct api_call *c, struct err *e) MUST_USE;
bool api_trust_what_if(struct api_call *c, struct err *e) MUST_USE;
bool api_refusals_list(struct api_call *c, struct err *e) MUST_USE;
bool api_refusals_show(struct api_call *c, struct err *e) MUST_USE;
bool api_crls_list(struct api_call *c, struct err *e) MUST_USE;
bool api_crls_import(struct api_call *c, struct err *e) MUST_USE;
bool api_crls_show(struct api_call *c, struct err *e) MUST_USE;
bool api_crls_remove(struct api_call *c, struct err *e) MUST_USE;
bool api_settings_list(struct api_call *c, struct err *e) MUST_USE;
bool api_settings_show(struct api_call *c, struct err *e) MUST_USE;
bool api_settings_set(struct api_call *c, struct err *e) MUST_USE;
bool api_audit_list(struct api_call *c, struct err *e) MUST_USE;
bool api_audit_verify(struct api_call *c, struct err *e) MUST_USE;
bool api_events(struct api_call *c, struct err *e) MUST_USE;
bool api_system_show(struct api_call *c, struct err *e) MUST_USE;
bool api_system_traffic(struct api_call *c, struct err *e) MUST_USE;
bool api_openapi(struct api_call *c, struct err *e) MUST_USE;
bool api_problems_show(struct api_call *c, struct err *e) MUST_USE;
bool api_livez(struct api_call *c, struct err *e) MUST_USE;
bool api_readyz(struct api_call *c, struct err *e) MUST_USE;
bool api_metrics(struct api_call *c, struct err *e) MUST_USE;
bool api_ipcer_file(struct api_call *c, struct err *e) MUST_USE;
