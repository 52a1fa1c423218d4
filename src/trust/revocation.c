/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "trust/engine.h"

#include "base/clock.h"

#include <stdlib.h>

/*
 * Revocation by lists: RFC 5280 6.3.3 for one certificate of a path. Complete lists and deltas, for
 * all reasons or some, direct and indirect; no status is better than what the lists together cover.
 */
struct lists {
	const struct view_crl *items[TRUST_MAX_CRLS]; /* the latest first */
	size_t n;
	bool any_seen; /* there is a list of the issuer at all */
};

struct status {
	const struct crl_entry *revoked;
	unsigned covered; /* reasons that fresh lists speak about */
	bool stale, unusable;
};

/* Where there are too many the latest count: an old one that is fresh must not hide a revocation. What is left out
 * covers nothing, so that the status stays unknown. */
static void add_list(struct lists *l, const struct view_crl *list)
{
	if (l->n == TRUST_MAX_CRLS) {
		if (l->items[l->n - 1]->crl->this_update_s >= list->crl->this_update_s)
			return;
		l->n--;
	}
	size_t at = l->n;
	for (; at > 0 && l->items[at - 1]->crl->this_update_s < list->crl->this_update_s; at--)
		l->items[at] = l->items[at - 1];
	l->items[at] = list;
	l->n++;
}

static void find_lists(struct judgement *j, const struct cert *c, struct lists *out)
{
	if (cert_has_foreign_crl_issuer(c)) {
		for (size_t i = 0; i < j->view->n_crls; i++)
			if (crl_covers(j->view->crls[i].crl, c, c->is_ca))
				add_list(out, &j->view->crls[i]);
		out->any_seen = out->n > 0;
		return;
	}
	for (const struct view_crl *v = view_first_crl(j->view, &c->issuer); v != NULL;
	     v = view_next_crl(j->view, v)) {
		if (!name_equal(&v->crl->issuer, &c->issuer))
			continue;
		out->any_seen = true;
		if (crl_covers(v->crl, c, c->is_ca))
			add_list(out, v);
	}
}

/* 5.1.2.5: a list speaks until its next update; one that names none never promised to be current.
 * Where the last good list counts, a lapsed one goes on speaking. */
static bool is_fresh(const struct judgement *j, const struct view_crl *v)
{
	const struct crl *l = v->crl;
	int64_t freshness_s = j->policy->crl_freshness_s;
	if (l->this_update_s > j->now_s)
		return false;
	if (j->policy->revocation == REVOCATION_LAST_GOOD)
		return true;
	return l->next_update_s >= j->now_s &&
	       (freshness_s == 0 || j->now_s - v->checked_at_s <= freshness_s);
}

/* 5.2 and 5.3: a list with what is not understood says nothing for certain. */
static bool is_usable(const struct judgement *j, const struct crl *l)
{
	if (j->policy->profile == PROFILE_STRICT && l->has_defect)
		return false;
	return !l->has_unknown_critical && !l->only_attribute_certs;
}

/* A later list of the same scope has been heard: this one is history. */
static bool is_superseded(const struct lists *heard, const struct crl *l)
{
	for (size_t i = 0; i < heard->n; i++)
		if (name_equal(&heard->items[i]->crl->issuer, &l->issuer) &&
		    span_equal(heard->items[i]->crl->idp, l->idp) &&
		    span_equal(heard->items[i]->crl->authority_key_id, l->authority_key_id))
			return true;
	return false;
}

/* The latest delta that completes base; NULL: none. */
static const struct crl *find_delta(struct judgement *j, const struct lists *lists,
				    const struct crl *base, const struct path *p, size_t i)
{
	for (size_t k = 0; k < lists->n; k++) {
		const struct crl *d = lists->items[k]->crl;
		if (crl_delta_fits(d, base) && is_fresh(j, lists->items[k]) && is_usable(j, d) &&
		    crl_is_authentic(j, d, p, i))
			return d;
	}
	return NULL;
}

/* One complete list, with the delta that belongs to it. */
static void hear(struct judgement *j, const struct lists *lists, const struct view_crl *list,
		 const struct path *p, size_t i, struct status *s)
{
	const struct crl *base = list->crl;
	const struct cert *c = p->nodes[i]->cert;
	const struct crl *delta = find_delta(j, lists, base, p, i);
	const struct crl_entry *entry = crl_find_cert(base, c);
	const struct crl_entry *change = delta == NULL ? NULL : crl_find_cert(delta, c);
	if (change != NULL)
		entry = change->reason == 8 ? NULL : change; /* removeFromCRL */
	if (entry != NULL && s->revoked == NULL)
		s->revoked = entry;
	if (is_fresh(j, list))
		s->covered |= crl_reasons_for(base, c, c->is_ca);
	else
		s->stale = true;
}

static void find_status(struct judgement *j, const struct path *p, size_t i, struct status *s)
{
	struct lists lists = {.n = 0}, heard = {.n = 0};
	find_lists(j, p->nodes[i]->cert, &lists);
	s->unusable = lists.any_seen;
	for (size_t k = 0; k < lists.n && j->limit != FAULT_LIMIT_SIGNATURES; k++) {
		const struct crl *l = lists.items[k]->crl;
		if (l->is_delta || l->this_update_s > j->now_s || is_superseded(&heard, l) ||
		    !is_usable(j, l) || !crl_is_authentic(j, l, p, i))
			continue;
		hear(j, &lists, lists.items[k], p, i, s);
		add_list(&heard, lists.items[k]);
	}
}

static void note_status(struct judgement *j, const struct path *p, size_t i, const struct status *s,
			struct findings *f)
{
	const struct cert *c = p->nodes[i]->cert;
	char when[RFC3339_SIZE];
	if (s->revoked != NULL) {
		time_rfc3339(s->revoked->revoked_at_s, when);
		note(f, i, FAULT_REVOKED, "it was revoked at %s", when);
		return;
	}
	/* What was not looked at for want of work may not pass as merely unknown. */
	if (j->limit == FAULT_LIMIT_SIGNATURES) {
		note(f, i, FAULT_LIMIT_SIGNATURES, "too many signatures");
		return;
	}
	if (s->covered == CRL_ALL_REASONS || j->policy->revocation == REVOCATION_SOFT)
		return;
	if (s->stale)
		note(f, i, FAULT_REVOCATION_OFFLINE, "the revocation list of its issuer is stale");
	else if (s->unusable)
		note(f, i, FAULT_REVOCATION_OFFLINE,
		     "no revocation list of its issuer that can be used covers it");
	else if (c->has_crl_distribution_points)
		note(f, i, FAULT_REVOCATION_OFFLINE,
		     "the revocation list that it points to is missing");
	else
		note(f, i, FAULT_REVOCATION_UNKNOWN, "there is no revocation list of its issuer");
}

void check_revocation(struct judgement *j, const struct path *p, struct findings *f)
{
	for (size_t i = 0; i + 1 < p->n && f->worst != FAULT_REVOKED; i++) {
		struct status s = {.revoked = NULL};
		find_status(j, p, i, &s);
		note_status(j, p, i, &s, f);
	}
}
