/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "trust/engine.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdio.h>
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

/*
 * Lower is better: the classes of the original first (trusted and complete, ending in another root,
 * broken off, not holding together), then the worst fault, then length.
 */
static unsigned rank_of(const struct path *p, const struct findings *f)
{
	unsigned class = 1;
	if (p->anchored)
		class = 0;
	else if (f->worst == FAULT_CHAIN_BREAKS || f->worst == FAULT_LIMIT_DEPTH)
		class = 2;
	else if (f->worst == FAULT_BAD_SIGNATURE || f->worst == FAULT_UNSUPPORTED_ALGORITHM)
		class = 3;
	return class << 16 | (unsigned)f->worst << 8 | (unsigned)p->n;
}

static enum fault fault_of_rank(unsigned rank)
{
	return (enum fault)(rank >> 8 & 0xff);
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

/* Where a path of this rank goes: behind those that are no worse. The paths stay in order. */
static size_t place_of(const struct judgement *j, unsigned rank)
{
	size_t at = j->verdict->n_paths;
	while (at > 0 && j->path_ranks[at - 1] > rank)
		at--;
	return at;
}

bool verdict_add_path(struct judgement *j, const struct path *p, const struct findings *f,
		      struct err *e)
{
	struct verdict *v = j->verdict;
	struct trust_path path = {.steps = NULL};
	unsigned rank = rank_of(p, f);
	size_t at = place_of(j, rank);
	if (v->paths == NULL) {
		v->paths = mem_array(TRUST_MAX_PATHS, sizeof *v->paths);
		if (v->paths == NULL)
			return err_nomem(e);
	}
	if (at == TRUST_MAX_PATHS)
		return true; /* the trace is full of no worse ones */
	if (!fill(j, p, f, &path)) {
		path_clear(&path);
		return err_nomem(e);
	}
	if (v->n_paths == TRUST_MAX_PATHS)
		path_clear(&v->paths[--v->n_paths]);
	memmove(&v->paths[at + 1], &v->paths[at], (v->n_paths - at) * sizeof *v->paths);
	memmove(&j->path_ranks[at + 1], &j->path_ranks[at],
		(v->n_paths - at) * sizeof *j->path_ranks);
	v->paths[at] = path;
	j->path_ranks[at] = rank;
	v->n_paths++;
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
	const struct trust_path *best = v->n_paths > 0 ? &v->paths[0] : NULL;
	enum fault fault = best == NULL ? FAULT_CHAIN_BREAKS : fault_of_rank(j->path_ranks[0]);
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
