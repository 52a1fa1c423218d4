/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/pem.h"

#include "base/mem.h"
#include "base/text.h"

#define BEGIN "-----BEGIN "
#define END "-----END "
#define TAIL "-----"

struct lines {
	struct span left;
	size_t number; /* of the line that was taken last */
};

/* Files put behind one another without a line's end between them: -----END X----------BEGIN Y----- */
static bool is_joint(struct span at)
{
	static const char joint[] = TAIL BEGIN;
	return at.len >= strlen(joint) && memcmp(at.p, joint, strlen(joint)) == 0;
}

/* One line without its end and the white space around it. CR, LF and both together end a line. */
static bool take_line(struct lines *l, struct span *out)
{
	size_t n = 0;
	if (l->left.len == 0)
		return false;
	while (n < l->left.len && l->left.p[n] != '\n' && l->left.p[n] != '\r') {
		if (is_joint(span_of(l->left.p + n, l->left.len - n))) {
			n += strlen(TAIL);
			*out = span_of(l->left.p, n);
			l->left = span_of(l->left.p + n, l->left.len - n);
			return true;
		}
		n++;
	}
	struct span line = span_of(l->left.p, n);
	if (n + 1 < l->left.len && l->left.p[n] == '\r' && l->left.p[n + 1] == '\n')
		n++;
	n += n < l->left.len;
	l->left = span_of(l->left.p + n, l->left.len - n);
	l->number++;
	while (line.len > 0 && ascii_is_space((char)line.p[0]))
		line = span_of(line.p + 1, line.len - 1);
	while (line.len > 0 && ascii_is_space((char)line.p[line.len - 1]))
		line.len--;
	*out = line;
	return true;
}

static bool starts_with(struct span line, const char *prefix)
{
	size_t n = strlen(prefix);
	return line.len >= n && memcmp(line.p, prefix, n) == 0;
}

/* The label between prefix and the closing hyphens. */
static bool take_label(struct span line, const char *prefix, struct span *out)
{
	size_t head = strlen(prefix), tail = strlen(TAIL);
	if (!starts_with(line, prefix) || line.len < head + tail ||
	    memcmp(line.p + line.len - tail, TAIL, tail) != 0)
		return false;
	*out = span_of(line.p + head, line.len - head - tail);
	return true;
}

static bool label_is_sound(struct span label)
{
	if (label.len == 0 || label.len >= PEM_LABEL_MAX_BYTES)
		return false;
	for (size_t i = 0; i < label.len; i++)
		if (label.p[i] < 0x20 || label.p[i] > 0x7e)
			return false;
	return true;
}

bool pem_looks_like(struct span in)
{
	return in.len > 0 && memmem(in.p, in.len, BEGIN, strlen(BEGIN)) != NULL;
}

/* "Name: value" lines up to an empty one; only DEK-Info says something to us. */
static bool read_header(struct span line, struct pem_member *m, struct err *e)
{
	static const char dek[] = "DEK-Info:";
	if (!starts_with(line, dek))
		return true;
	struct span value = span_of(line.p + strlen(dek), line.len - strlen(dek));
	while (value.len > 0 && ascii_is_space((char)value.p[0]))
		value = span_of(value.p + 1, value.len - 1);
	if (value.len == 0 || value.len >= sizeof(m->dek_info))
		return err_reason(e, "pem.corrupt", "the DEK-Info header of '%s' in line %zu",
				  m->label, m->line);
	memcpy(m->dek_info, value.p, value.len);
	return true;
}

static bool is_header(struct span line)
{
	return memchr(line.p, ':', line.len) != NULL;
}

/* From the line after BEGIN to END; text collects the base64 lines. */
static bool read_body(struct lines *l, struct pem_member *m, struct buf *text, struct err *e)
{
	struct span line, label;
	while (take_line(l, &line)) {
		if (take_label(line, END, &label)) {
			if (!span_equal(label, span_str(m->label)))
				return err_reason(
					e, "pem.corrupt",
					"'%s' of line %zu ends in line %zu under another label",
					m->label, m->line, l->number);
			return true;
		}
		if (starts_with(line, TAIL))
			break;
		if (line.len > 0 && is_header(line)) {
			if (!read_header(line, m, e))
				return false;
			continue;
		}
		buf_add_span(text, line);
	}
	return err_reason(e, "pem.corrupt", "'%s' of line %zu has no END line", m->label, m->line);
}

static bool read_member(struct lines *l, struct span label, struct pem_member *m, struct err *e)
{
	struct buf text AUTO_BUF = {.secret = true, .max = l->left.len + 1};
	m->line = l->number;
	m->der.secret = true;
	m->der.max = l->left.len + 1;
	if (!label_is_sound(label))
		return err_reason(e, "pem.corrupt", "the label in line %zu", l->number);
	memcpy(m->label, label.p, label.len);
	if (!read_body(l, m, &text, e))
		return false;
	if (!buf_ok(&text))
		return err_nomem(e);
	if (text.len == 0 || !base64_decode(buf_span(&text), &m->der))
		return !buf_ok(&m->der)
			       ? err_nomem(e)
			       : err_reason(e, "pem.corrupt", "'%s' of line %zu is not base64",
					    m->label, m->line);
	return true;
}

static bool read_members(struct span in, struct pem *p, struct err *e)
{
	static const char bom[] = "\xef\xbb\xbf";
	struct lines l = {.left = in};
	struct span line, label;
	if (starts_with(in, bom))
		l.left = span_of(in.p + strlen(bom), in.len - strlen(bom));
	while (take_line(&l, &line)) {
		if (!take_label(line, BEGIN, &label))
			continue;
		if (p->n == PEM_MEMBERS_MAX)
			return err_set(e, ERR_LIMIT, "more than %d members in one PEM file",
				       PEM_MEMBERS_MAX);
		struct pem_member *more = mem_grow(p->members, p->n, p->n + 1, sizeof(*more));
		if (!more)
			return err_nomem(e);
		p->members = more;
		p->n++;
		if (!read_member(&l, label, &p->members[p->n - 1], e))
			return false;
	}
	if (p->n == 0)
		return err_reason(e, "pem.corrupt", "no BEGIN line");
	return true;
}

bool pem_read(struct span in, struct pem *out, struct err *e)
{
	struct pem p AUTO_PEM = {.n = 0};
	if (!read_members(in, &p, e))
		return false;
	*out = p;
	p = (struct pem){.n = 0};
	return true;
}

void pem_clear(struct pem *p)
{
	for (size_t i = 0; i < p->n; i++)
		buf_clear(&p->members[i].der);
	mem_free(p->members);
	*p = (struct pem){.n = 0};
}

bool pem_write(const char *label, struct span der, struct buf *out, struct err *e)
{
	buf_printf(out, BEGIN "%s" TAIL "\n", label);
	base64_lines(der, 64, out);
	buf_printf(out, END "%s" TAIL "\n", label);
	return buf_ok(out) || err_nomem(e);
}
