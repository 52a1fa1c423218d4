/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "trust/engine.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *cert_called(const struct cert *c, char *out, size_t size)
{
	struct buf text AUTO_BUF = BUF_INIT;
	if (!name_common_name(&c->subject, &text))
		name_text(&c->subject, &text);
	struct buf plain AUTO_BUF = BUF_INIT;
	text_escape(&plain, buf_span(&text));
	text_copy(out, size, plain.len > 0 ? buf_str(&plain) : "(no subject)");
	return out;
}

/* Where a link came from: an anchor from its store, then what the peer sent, then ours. */
static void name_store(const struct judgement *j, const struct path *p, size_t i, char *out,
		       size_t size)
{
	const struct node *n = p->nodes[i];
	const char *store = "presented";
	bool is_anchor = p->anchored && i == p->n - 1;
	uint64_t wanted = is_anchor ? j->anchors : j->links;
	if (i > 0 && (is_anchor || !n->is_presented) && n->known != NULL)
		for (size_t k = j->view->n_stores; k-- > 0;)
			if (n->known->stores & wanted & UINT64_C(1) << k)
				store = j->view->stores[k].name;
	text_copy(out, size, store);
}

static void path_clear(struct trust_path *p)
{
	for (size_t i = 0; i < p->n_steps; i++)
		cert_unref(p->steps[i].cert);
	mem_free(p->steps);
	*p = (struct trust_path){.steps = NULL};
}

/* The classes of the original: trusted and complete, ending in another root, broken off, not holding together. */
static unsigned class_of(const struct trust_path *p, enum fault worst)
{
	if (p->complete)
		return 0;
	if (worst == FAULT_BAD_SIGNATURE || worst == FAULT_UNSUPPORTED_ALGORITHM)
		return 3;
	return worst == FAULT_CHAIN_BREAKS || worst == FAULT_LIMIT_DEPTH ? 2 : 1;
}

static enum fault fault_of(const char *code)
{
	if (code == NULL)
		return FAULT_NONE;
	for (int f = 0; f < FAULT_N; f++)
		if (strcmp(fault_row((enum fault)f)->code, code) == 0)
			return (enum fault)f;
	return FAULT_N - 1;
}

static int compare_paths(const void *x, const void *y)
{
	const struct trust_path *a = x, *b = y;
	enum fault fa = fault_of(a->reason), fb = fault_of(b->reason);
	unsigned ca = class_of(a, fa), cb = class_of(b, fb);
	if (ca != cb)
		return ca < cb ? -1 : 1;
	if (fa != fb)
		return fa < fb ? -1 : 1;
	return a->n_steps < b->n_steps ? -1 : a->n_steps > b->n_steps;
}

static bool fill(struct judgement *j, const struct path *p, const struct findings *f,
		 struct trust_path *out)
{
	out->steps = mem_array(p->n, sizeof *out->steps);
	if (out->steps == NULL)
		return false;
	for (size_t i = 0; i < p->n; i++) {
		struct trust_step *s = &out->steps[i];
		s->cert = cert_ref(p->nodes[i]->cert);
		name_store(j, p, i, s->store, sizeof s->store);
		s->reason = f->steps[i] == FAULT_NONE ? NULL : fault_row(f->steps[i])->code;
		out->n_steps++;
	}
	out->complete = p->anchored;
	out->reason = f->worst == FAULT_NONE ? NULL : fault_row(f->worst)->code;
	out->fault_step = f->worst_step;
	text_copy(out->detail, sizeof out->detail, f->detail);
	return true;
}

bool verdict_add_path(struct judgement *j, const struct path *p, const struct findings *f,
		      struct err *e)
{
	struct verdict *v = j->verdict;
	struct trust_path path = {.steps = NULL};
	if (v->paths == NULL) {
		v->paths = mem_array(TRUST_MAX_PATHS, sizeof *v->paths);
		if (v->paths == NULL)
			return err_nomem(e);
	}
	if (!fill(j, p, f, &path)) {
		path_clear(&path);
		return err_nomem(e);
	}
	if (v->n_paths < TRUST_MAX_PATHS) {
		v->paths[v->n_paths++] = path;
		return true;
	}
	/* The trace is full: a better path takes the place of the worst. */
	size_t worst = 0;
	for (size_t i = 1; i < v->n_paths; i++)
		if (compare_paths(&v->paths[i], &v->paths[worst]) > 0)
			worst = i;
	if (compare_paths(&path, &v->paths[worst]) < 0) {
		path_clear(&v->paths[worst]);
		v->paths[worst] = path;
	} else {
		path_clear(&path);
	}
	return true;
}

static void set_outcome(struct verdict *v, enum fault fault)
{
	const struct fault_row *row = fault_row(fault);
	v->reason = row->code;
	v->substatus = row->substatus;
	v->win32 = row->win32;
}

/* One sentence: which certificate, what is wrong, and where it matters what the list was. */
static void explain(struct judgement *j, const struct trust_path *p, enum fault fault)
{
	struct verdict *v = j->verdict;
	char culprit[CALLED_SIZE] = "", last[CALLED_SIZE] = "", detail[sizeof p->detail] = "";
	if (p != NULL) {
		cert_called(p->steps[p->fault_step].cert, culprit, sizeof culprit);
		cert_called(p->steps[p->n_steps - 1].cert, last, sizeof last);
		text_copy(detail, sizeof detail, p->detail);
	}
	char *out = v->explanation;
	size_t size = sizeof v->explanation;
	switch (fault) {
	case FAULT_NONE:
		(void)snprintf(out, size, "the path to %s holds", last);
		break;
	case FAULT_ROOT_NOT_IN_ROOT:
		(void)snprintf(out, size, "the path ends in %s, which is no trusted root: %s", last,
			       detail);
		break;
	case FAULT_ROOT_STORE_MIXED:
		(void)snprintf(
			out, size,
			"Root holds certificates that are not self-signed, so that only these "
			"%zu are accepted as issuers and %s is shut out",
			v->issuer_list_members, last);
		break;
	case FAULT_NOT_IN_ISSUER_LIST:
		(void)snprintf(out, size,
			       "the path to %s is not among the %zu accepted issuers of %s: %s",
			       last, v->issuer_list_members, v->issuer_list_source, detail);
		break;
	case FAULT_CHAIN_BREAKS:
		(void)snprintf(out, size, "the path breaks off at %s: %s", last, detail);
		break;
	case FAULT_LIMIT_NAMES:
	case FAULT_LIMIT_NODES:
	case FAULT_LIMIT_SIGNATURES:
		(void)snprintf(out, size,
			       "no path was found within the limits of work: %u of %d signatures, "
			       "%u of %d nodes, %u of %d names",
			       v->signatures, TRUST_MAX_SIGNATURES, v->nodes, TRUST_MAX_NODES,
			       v->names, TRUST_MAX_NAMES);
		break;
	default:
		(void)snprintf(out, size, "%s is refused: %s", culprit, detail);
		break;
	}
}

void verdict_conclude(struct judgement *j, bool accept)
{
	struct verdict *v = j->verdict;
	if (v->n_paths > 1)
		qsort(v->paths, v->n_paths, sizeof *v->paths, compare_paths);
	const struct trust_path *best = v->n_paths > 0 ? &v->paths[0] : NULL;
	enum fault fault = best == NULL ? FAULT_CHAIN_BREAKS : fault_of(best->reason);
	v->accept = accept;
	/* A limit hides what was not looked at; only an explicit distrust is certain without it. */
	if (!accept && j->limit != FAULT_NONE && fault != FAULT_DISALLOWED)
		fault = j->limit;
	set_outcome(v, fault);
	explain(j, best, fault);
}

void verdict_free(struct verdict *v)
{
	if (v == NULL)
		return;
	for (size_t i = 0; i < v->n_paths; i++)
		path_clear(&v->paths[i]);
	mem_free(v->paths);
	mem_free(v);
}

bool verdict_unreadable(const char *why, struct verdict **out, struct err *e)
{
	struct verdict *v = mem_new(struct verdict);
	if (v == NULL)
		return err_nomem(e);
	set_outcome(v, FAULT_UNREADABLE);
	(void)snprintf(v->explanation, sizeof v->explanation, "the certificate cannot be read: %s",
		       why);
	*out = v;
	return true;
}
