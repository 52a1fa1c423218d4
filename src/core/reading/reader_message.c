/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/reading/reader_message.h"

#include "base/reason.h"
#include "base/text.h"
#include "core/reading/reader.h"

#include <string.h>

#define MAGIC 0x43425231u /* "CBR1" */

enum answer { ANSWER_ERROR = 1, ANSWER_BAG, ANSWER_ZIP, ANSWER_REG };

static void put_number(struct buf *b, uint32_t n)
{
	const uint8_t le[4] = {(uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16),
			       (uint8_t)(n >> 24)};

	buf_add(b, le, sizeof(le));
}

static void put_bytes(struct buf *b, struct span s)
{
	put_number(b, (uint32_t)s.len);
	buf_add_span(b, s);
}

static uint32_t number_at(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool take_number(struct span *in, uint32_t most, uint32_t *out)
{
	if (in->len < 4 || number_at(in->p) > most)
		return false;
	*out = number_at(in->p);
	*in = span_of(in->p + 4, in->len - 4);
	return true;
}

static bool take_bytes(struct span *in, size_t most, struct span *out)
{
	uint32_t len;

	if (!take_number(in, most > UINT32_MAX ? UINT32_MAX : (uint32_t)most, &len) ||
	    len > in->len)
		return false;
	*out = span_of(in->p, len);
	*in = span_of(in->p + len, in->len - len);
	return true;
}

/* Names and texts: UTF-8 that fits with its terminator. */
static bool take_text(struct span *in, char *out, size_t size)
{
	struct span s;

	if (!take_bytes(in, size - 1, &s) || !text_is_utf8(s) ||
	    (s.len > 0 && memchr(s.p, '\0', s.len)))
		return false;
	if (s.len > 0)
		memcpy(out, s.p, s.len);
	out[s.len] = '\0';
	return true;
}

void reader_head_write(enum reader_kind kind, bool allow_no_mac, const struct secret *password,
		       size_t file_len, uint8_t out[static READER_HEAD_BYTES])
{
	uint32_t n[2] = {password ? (uint32_t)password->len : 0, (uint32_t)file_len};

	memset(out, 0, READER_HEAD_BYTES);
	out[0] = (uint8_t)kind;
	out[1] = allow_no_mac;
	out[2] = password != NULL;
	for (size_t i = 0; i < 8; i++)
		out[4 + i] = (uint8_t)(n[i / 4] >> (8 * (i % 4)));
}

bool reader_head_read(const uint8_t in[static READER_HEAD_BYTES], struct reader_request *out,
		      size_t *password_len_out, size_t *file_len_out)
{
	if (in[0] < READER_BAG || in[0] > READER_REG)
		return false;
	out->kind = (enum reader_kind)in[0];
	out->allow_no_mac = in[1] != 0;
	out->has_password = in[2] != 0;
	*password_len_out = number_at(in + 4);
	*file_len_out = number_at(in + 8);
	return *password_len_out <= SECRET_MAX_BYTES && *file_len_out <= ZIP_MAX_BYTES;
}

static void begin(struct buf *out, enum answer a)
{
	buf_reset(out);
	put_number(out, MAGIC);
	put_number(out, a);
}

void reader_error_write(const struct err *why, struct buf *out)
{
	begin(out, ANSWER_ERROR);
	put_number(out, why->code);
	put_bytes(out, span_str(why->reason ? why->reason->code : ""));
	put_bytes(out, span_str(why->text));
}

void reader_bag_write(const struct bag *b, struct buf *out)
{
	begin(out, ANSWER_BAG);
	put_bytes(out, span_str(b->format));
	put_number(out, b->had_mac);
	put_number(out, (uint32_t)b->n_ignored);
	put_number(out, (uint32_t)b->certs.n);
	for (size_t i = 0; i < b->certs.n; i++) {
		put_bytes(out, span_of(b->certs.items[i]->der, b->certs.items[i]->der_len));
		put_bytes(out, span_str(b->cert_names[i]));
	}
	put_number(out, (uint32_t)b->n_keys);
	for (size_t i = 0; i < b->n_keys; i++) {
		put_bytes(out, secret_span(&b->keys[i].pkcs8));
		put_bytes(out, span_str(b->keys[i].info.form));
		put_bytes(out, span_str(b->keys[i].friendly_name));
	}
	put_number(out, (uint32_t)b->n_crls);
	for (size_t i = 0; i < b->n_crls; i++)
		put_bytes(out, span_of(b->crls[i]->der, b->crls[i]->der_len));
}

void reader_zip_write(const struct zip *z, struct buf *out)
{
	begin(out, ANSWER_ZIP);
	put_number(out, (uint32_t)z->n);
	for (size_t i = 0; i < z->n; i++) {
		put_bytes(out, span_str(z->members[i].name));
		put_bytes(out, buf_span(&z->members[i].data));
	}
}

/* Values of the registry have 32 bits; two numbers below them say that there is none. */
#define REG_SHIFT 2

static void put_value(struct buf *b, int64_t n)
{
	put_number(b, (uint32_t)((n + REG_SHIFT) >> 32));
	put_number(b, (uint32_t)(n + REG_SHIFT));
}

static bool take_value(struct span *in, int64_t *out)
{
	uint32_t high, low;

	if (!take_number(in, 1, &high) || !take_number(in, UINT32_MAX, &low))
		return false;
	*out = (int64_t)((uint64_t)high << 32 | low) - REG_SHIFT;
	return *out <= UINT32_MAX;
}

void reader_reg_write(const struct reg_settings *r, struct buf *out)
{
	begin(out, ANSWER_REG);
	put_number(out, r->found_key);
	put_number(out, r->misspelled);
	put_number(out, r->found_policy_key);
	put_value(out, r->mode);
	put_value(out, r->send);
	put_value(out, r->root_update);
}

static bool no_answer(struct err *e)
{
	return err_reason(e, "file.reader_stopped", "the reader's answer is none");
}

static bool error_read(struct span in, struct err *e)
{
	char code[64], text[ERR_TEXT_MAX];
	const struct reason *row;
	uint32_t class;

	if (!take_number(&in, ERR_N_CODES - 1, &class) || class == ERR_OK ||
	    !take_text(&in, code, sizeof(code)) || !take_text(&in, text, sizeof(text)) ||
	    in.len != 0)
		return no_answer(e);
	if (class == ERR_NOMEM)
		return err_reason(e, "file.reader_limit",
				  "reading it takes more memory than %zu MiB, or than there is",
				  READER_MEMORY_MAX >> 20);
	row = code[0] ? reason_find(code) : NULL;
	if (code[0] && (!row || row->class != (enum err_code) class))
		return no_answer(e);
	return err_set_at(e, (enum err_code) class, row, 0, __FILE__, __LINE__, "%s", text);
}

/* True: in stands behind the head of an answer of this kind. */
static bool head_take(struct span *in, enum answer wanted, struct err *e)
{
	uint32_t magic, kind;

	if (!take_number(in, UINT32_MAX, &magic) || magic != MAGIC ||
	    !take_number(in, ANSWER_REG, &kind))
		return no_answer(e);
	if (kind == ANSWER_ERROR)
		return error_read(*in, e);
	return kind == (uint32_t)wanted || no_answer(e);
}

static bool cert_take(struct span *in, struct bag *b, struct err *e)
{
	struct cert *c AUTO_CERT = NULL;
	char name[BAG_NAME_BYTES];
	struct span der;

	if (!take_bytes(in, CERT_MAX_BYTES, &der) || !take_text(in, name, sizeof(name)))
		return no_answer(e);
	return cert_parse(der.p, der.len, &c, e) && bag_add_cert(b, c, name, e);
}

/* Kind, size and public half are worked out here, from the key; only how it was written is taken over. */
static bool key_take(struct span *in, struct bag *b, struct err *e)
{
	struct secret pkcs8 AUTO_SECRET = SECRET_INIT;
	char form[sizeof(((struct key_info *)NULL)->form)], name[BAG_NAME_BYTES];
	struct key_info info;
	struct span der;

	if (!take_bytes(in, SECRET_MAX_BYTES, &der) || !take_text(in, form, sizeof(form)) ||
	    !take_text(in, name, sizeof(name)))
		return no_answer(e);
	if (!secret_set(&pkcs8, der.p, der.len, e) || !key_describe(&pkcs8, &info, e))
		return false;
	text_copy(info.form, sizeof(info.form), form);
	return bag_add_key(b, &pkcs8, &info, name, e);
}

static bool crl_take(struct span *in, struct bag *b, struct err *e)
{
	struct crl *l AUTO(crl_autop) = NULL;
	struct span der;

	if (!take_bytes(in, CRL_MAX_BYTES, &der))
		return no_answer(e);
	return crl_parse(der.p, der.len, &l, e) && bag_add_crl(b, l, e);
}

typedef bool (*take_fn)(struct span *in, struct bag *b, struct err *e);

bool reader_bag_read(struct span in, struct bag *out, struct err *e)
{
	static const take_fn takes[] = {cert_take, key_take, crl_take};
	struct bag b AUTO_BAG = BAG_INIT;
	uint32_t had_mac, n_ignored, n;

	if (!head_take(&in, ANSWER_BAG, e))
		return false;
	if (!take_text(&in, b.format, sizeof(b.format)) || !take_number(&in, 1, &had_mac) ||
	    !take_number(&in, UINT32_MAX, &n_ignored))
		return no_answer(e);
	b.had_mac = had_mac != 0;
	b.n_ignored = n_ignored;
	for (size_t kind = 0; kind < ARRAY_LEN(takes); kind++) {
		if (!take_number(&in, BAG_MEMBERS_MAX, &n))
			return no_answer(e);
		while (n-- > 0)
			if (!takes[kind](&in, &b, e))
				return false;
	}
	if (in.len != 0)
		return no_answer(e);
	*out = b;
	b = (struct bag)BAG_INIT;
	return true;
}

bool reader_zip_read(struct span in, struct zip *out, struct err *e)
{
	struct zip z AUTO_ZIP = ZIP_INIT;
	char name[ZIP_NAME_MAX + 1];
	struct span data;
	size_t total = 0;
	uint32_t n;

	if (!head_take(&in, ANSWER_ZIP, e))
		return false;
	if (!take_number(&in, ZIP_MAX_MEMBERS, &n))
		return no_answer(e);
	for (; n > 0; n--) {
		if (!take_text(&in, name, sizeof(name)) ||
		    !take_bytes(&in, ZIP_MEMBER_MAX_BYTES, &data) ||
		    (total += data.len) > ZIP_TOTAL_MAX_BYTES)
			return no_answer(e);
		if (!zip_add(&z, name, data, e))
			return false;
	}
	if (in.len != 0)
		return no_answer(e);
	zip_clear(out);
	*out = z;
	z = (struct zip)ZIP_INIT;
	return true;
}

bool reader_reg_read(struct span in, struct reg_settings *out, struct err *e)
{
	uint32_t found, misspelled, policy;
	struct reg_settings r;

	if (!head_take(&in, ANSWER_REG, e))
		return false;
	if (!take_number(&in, 1, &found) || !take_number(&in, 1, &misspelled) ||
	    !take_number(&in, 1, &policy) || !take_value(&in, &r.mode) ||
	    !take_value(&in, &r.send) || !take_value(&in, &r.root_update) || in.len != 0)
		return no_answer(e);
	r.found_key = found != 0;
	r.misspelled = misspelled != 0;
	r.found_policy_key = policy != 0;
	*out = r;
	return true;
}
