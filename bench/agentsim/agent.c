/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <gnutls/crypto.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SAMPLES_MAX 20

void agent_hold(struct agent *a)
{
	while (atomic_flag_test_and_set(&a->lock))
		sched_yield();
}

void agent_release(struct agent *a)
{
	atomic_flag_clear(&a->lock);
}

static int64_t clock_of(const struct agent *a)
{
	return time(NULL) + a->offset_s;
}

bool agent_make(struct agent *a, uint16_t port, int64_t offset_s)
{
	gnutls_x509_privkey_t key;
	uint8_t id[16], serial[8];

	*a = (struct agent){.port = port, .offset_s = offset_s, .lock = ATOMIC_FLAG_INIT};
	gnutls_rnd(GNUTLS_RND_NONCE, id, sizeof(id));
	gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));
	serial[0] &= 0x7f;
	hex_of(id, sizeof(id), a->id);
	return gnutls_x509_privkey_init(&key) == 0 &&
	       gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
					    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
					    0) == 0 &&
	       gnutls_x509_crt_init(&a->cert) == 0 &&
	       gnutls_x509_crt_set_version(a->cert, 3) == 0 &&
	       gnutls_x509_crt_set_dn(a->cert, "CN=ofcsslagent", NULL) == 0 &&
	       gnutls_x509_crt_set_serial(a->cert, serial, sizeof(serial)) == 0 &&
	       gnutls_x509_crt_set_activation_time(a->cert, time(NULL) - 86400) == 0 &&
	       gnutls_x509_crt_set_expiration_time(a->cert, time(NULL) + 864000) == 0 &&
	       gnutls_x509_crt_set_key(a->cert, key) == 0 &&
	       gnutls_x509_crt_sign2(a->cert, a->cert, key, GNUTLS_DIG_SHA256, 0) == 0 &&
	       gnutls_x509_crt_export2(a->cert, GNUTLS_X509_FMT_DER, &a->der) == 0 &&
	       gnutls_privkey_init(&a->key) == 0 &&
	       gnutls_privkey_import_x509(a->key, key, GNUTLS_PRIVKEY_IMPORT_COPY) == 0 &&
	       gnutls_certificate_allocate_credentials(&a->credentials) == 0 &&
	       gnutls_certificate_set_x509_key(a->credentials, &a->cert, 1, key) == 0 &&
	       (gnutls_x509_privkey_deinit(key), true);
}

json_t *agent_report(struct agent *a)
{
	json_t *ipcer = json_array(), *o;
	char name[64];

	(void)snprintf(name, sizeof(name), "sim-%u", (unsigned)a->port);
	agent_hold(a);
	for (size_t i = 0; i < a->n_ipcer; i++)
		json_array_append_new(ipcer, json_string(a->ipcer[i]));
	o = json_pack("{s:I, s:s, s:o, s:i, s:s, s:{s:s}}", "publication", (json_int_t)a->number,
		      "ntcer_sha256", a->ntcer_sha256, "ipcer_sha256", ipcer, "port", (int)a->port,
		      "name", name, "versions", "agent", "sim");
	agent_release(a);
	return o;
}

char *agent_token(struct agent *a)
{
	json_t *o = agent_report(a);
	gnutls_datum_t text;
	uint8_t id[8];
	char jti[17];

	gnutls_rnd(GNUTLS_RND_NONCE, id, sizeof(id));
	hex_of(id, sizeof(id), jti);
	gnutls_base64_encode2(&a->der, &text);
	json_object_set_new(o, "iss", json_string(a->id));
	json_object_set_new(o, "aud", json_string("register"));
	json_object_set_new(o, "server", json_string(sim.host));
	json_object_set_new(o, "iat", json_integer(clock_of(a)));
	json_object_set_new(o, "jti", json_string(jti));
	json_object_set_new(o, "certificate", json_stringn((char *)text.data, text.size));
	gnutls_free(text.data);
	return jws_make(a, "cb-reg+jwt", o);
}

static bool key_load(const uint8_t *der, size_t len, gnutls_pubkey_t *out)
{
	const gnutls_datum_t in = {.data = (void *)(uintptr_t)der, .size = (unsigned)len};
	gnutls_x509_crt_t cert;
	bool good;

	if (gnutls_x509_crt_init(&cert) != 0)
		return false;
	good = gnutls_x509_crt_import(cert, &in, GNUTLS_X509_FMT_DER) == 0 &&
	       gnutls_pubkey_init(out) == 0 && gnutls_pubkey_import_x509(*out, cert, 0) == 0;
	gnutls_x509_crt_deinit(cert);
	return good;
}

static bool der_of(const json_t *text, gnutls_datum_t *out)
{
	const char *s = json_string_value(text);
	gnutls_datum_t in = {.data = (void *)(uintptr_t)s, .size = s ? (unsigned)strlen(s) : 0};

	return s && gnutls_base64_decode2(&in, out) == 0;
}

/* What a verified publication says becomes what the agent holds. */
static bool take(struct agent *a, const json_t *claims, const char *token)
{
	const json_t *ipcer = json_object_get(claims, "ipcer");
	gnutls_datum_t der;

	if (!der_of(json_object_get(claims, "ntcer"), &der) || der.size > sizeof(a->ntcer))
		return false;
	if (a->ntcer_key &&
	    (der.size != a->ntcer_len || memcmp(der.data, a->ntcer, der.size) != 0)) {
		gnutls_pubkey_deinit(a->ntcer_key);
		a->ntcer_key = NULL;
	}
	memcpy(a->ntcer, der.data, der.size);
	a->ntcer_len = der.size;
	gnutls_free(der.data);
	digest_of(a->ntcer, a->ntcer_len, a->ntcer_sha256);
	if (!a->ntcer_key && !key_load(a->ntcer, a->ntcer_len, &a->ntcer_key))
		return false;
	a->n_ipcer = 0;
	for (size_t i = 0; i < json_array_size(ipcer) && i < SIM_IPCER_MAX; i++)
		if (der_of(json_array_get(ipcer, i), &der)) {
			digest_of(der.data, der.size, a->ipcer[a->n_ipcer++]);
			gnutls_free(der.data);
		}
	a->number = json_integer_value(json_object_get(claims, "number"));
	digest_of(token, strlen(token), a->prev_sha256);
	return true;
}

/* A restored server tells its story anew from the number that both know: the step then says so. */
static bool follows(const struct agent *a, const json_t *claims)
{
	const char *prev = json_string_value(json_object_get(claims, "prev_sha256"));
	const char *reason = json_string_value(json_object_get(claims, "reason"));

	return a->number == 0 || (prev && strcmp(prev, a->prev_sha256) == 0) ||
	       (reason && strcmp(reason, "restored") == 0);
}

bool agent_step(struct agent *a, const char *token)
{
	json_t *peeked = jws_look(token), *claims;
	gnutls_datum_t der;
	bool good = false;

	agent_hold(a);
	if (!a->ntcer_key && peeked && der_of(json_object_get(peeked, "ntcer"), &der)) {
		/* the first one: signed by the key that it announces, which the agent was given */
		memcpy(a->ntcer, der.data, der.size);
		a->ntcer_len = der.size;
		gnutls_free(der.data);
		digest_of(a->ntcer, a->ntcer_len, a->ntcer_sha256);
		(void)key_load(a->ntcer, a->ntcer_len, &a->ntcer_key);
	}
	claims = a->ntcer_key ? jws_open(token, a->ntcer_key, a->ntcer_sha256, "cb-pub+jwt") : NULL;
	if (claims && json_integer_value(json_object_get(claims, "number")) <= a->number)
		atomic_fetch_add(&sim.backwards, 1);
	else if (claims && follows(a, claims))
		good = take(a, claims, token);
	agent_release(a);
	json_decref(claims);
	json_decref(peeked);
	return good;
}

static void sample(const struct agent *a, const char *token)
{
	int n = sim.sample[0] ? atomic_fetch_add(&sim.n_samples, 1) : SAMPLES_MAX;
	char path[4200];
	FILE *f;

	if (n >= SAMPLES_MAX)
		return;
	(void)snprintf(path, sizeof(path), "%s/command-%02d.jws", sim.sample, n);
	if ((f = fopen(path, "we"))) {
		fprintf(f, "%s", token);
		fclose(f);
	}
	(void)snprintf(path, sizeof(path), "%s/command-%02d.der", sim.sample, n);
	if ((f = fopen(path, "we"))) {
		(void)fwrite(a->ntcer, 1, a->ntcer_len, f);
		fclose(f);
	}
}

static const char *judge(struct agent *a, const json_t *claims)
{
	const char *aud = json_string_value(json_object_get(claims, "aud"));
	const char *jti = json_string_value(json_object_get(claims, "jti"));
	int64_t now = clock_of(a);

	if (!aud || strcmp(aud, a->id) != 0)
		return "command.audience";
	if (!jti || strlen(jti) != 32)
		return "command.corrupt";
	if (json_integer_value(json_object_get(claims, "exp")) + SIM_SKEW_S < now)
		return "command.expired";
	if (json_integer_value(json_object_get(claims, "iat")) - SIM_SKEW_S > now)
		return "command.early";
	for (size_t i = 0; i < SIM_SEEN_MAX && i < a->n_seen; i++)
		if (strcmp(a->seen[i], jti) == 0)
			return "command.replayed";
	if (json_integer_value(json_object_get(claims, "seq")) <= a->seq)
		return "command.sequence";
	return NULL;
}

int agent_take(struct agent *a, const char *token, char *body, size_t size)
{
	const char *why = "command.signature", *jti;
	json_t *claims;

	agent_hold(a);
	claims = a->ntcer_key ? jws_open(token, a->ntcer_key, a->ntcer_sha256, "cb-cmd+jwt") : NULL;
	if (claims)
		why = judge(a, claims);
	if (!why) {
		jti = json_string_value(json_object_get(claims, "jti"));
		a->seq = json_integer_value(json_object_get(claims, "seq"));
		memcpy(a->seen[a->n_seen++ % SIM_SEEN_MAX], jti, 33);
		(void)snprintf(body, size,
			       "{\"jti\":\"%s\",\"cmd\":\"%s\",\"result\":{\"publication\":%lld}}",
			       jti, json_string_value(json_object_get(claims, "cmd")),
			       (long long)a->number);
		sample(a, token);
	} else {
		(void)snprintf(body, size, "{\"code\":\"%s\",\"status\":403,\"title\":\"refused\"}",
			       why);
	}
	agent_release(a);
	json_decref(claims);
	atomic_fetch_add(why ? &sim.refused : &sim.accepted, 1);
	return why ? 403 : 200;
}
