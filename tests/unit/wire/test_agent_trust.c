/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/agent_trust.h"

#include "lib/maker.h"
#include "lib/unit.h"

#include "base/files.h"
#include "base/text.h"
#include "x509/pem.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct cert *one, *two, *three;

static const char *at(const char *store, const char *name)
{
	static char path[4][512];
	static int turn;
	char *out = path[turn++ % 4];

	(void)snprintf(out, sizeof(path[0]), "%s/trust/%s/%s", unit_dir(), store, name);
	return out;
}

static const char *own_name(const struct cert *c)
{
	static char name[80];

	(void)snprintf(name, sizeof(name), "%s.cer", c->id);
	return name;
}

static void put(const char *store, const char *name, struct span content)
{
	struct err e = ERR_INIT;

	unit_assert_ok(file_replace(at(store, name), 0644, content, &e), &e);
}

static void add(const char *store, const struct cert *c, bool existed)
{
	struct err e = ERR_INIT;
	bool was = !existed;

	unit_assert_ok(agent_trust_add(unit_dir(), store, c, &was, &e), &e);
	assert_true(was == existed);
}

static struct agent_trust *read_it(void)
{
	struct agent_trust *t = NULL;
	struct err e = ERR_INIT;

	unit_assert_ok(agent_trust_read(unit_dir(), &t, &e), &e);
	return t;
}

static size_t ignored(const struct agent_trust *t)
{
	size_t n, total;

	(void)agent_trust_ignored(t, &n, &total);
	assert_int_equal(n, total < AGENT_TRUST_IGNORED_MAX ? total : AGENT_TRUST_IGNORED_MAX);
	return total;
}

static void ready(void)
{
	struct err e = ERR_INIT;

	unit_assert_ok(agent_trust_ready(unit_dir(), &e), &e);
}

static void none_is_an_empty_one(void **state)
{
	struct agent_trust *t AUTO_AGENT_TRUST = read_it();

	(void)state;
	assert_int_equal(agent_trust_count(t), 0);
	assert_string_equal(agent_trust_digest(t),
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void holds_what_was_added_once(void **state)
{
	struct agent_trust *t AUTO_AGENT_TRUST = NULL;
	struct stat st;

	(void)state;
	add("Root", one, false);
	add("Root", one, true);
	add("CA", two, false);
	add("Disallowed", three, false);
	t = read_it();
	assert_int_equal(agent_trust_count(t), 3);
	assert_true(cert_list_has(agent_trust_roots(t), one));
	assert_true(cert_list_has(agent_trust_intermediates(t), two));
	assert_true(cert_list_has(agent_trust_disallowed(t), three));
	assert_int_equal(ignored(t), 0);
	assert_int_equal(stat(at("Root", own_name(one)), &st), 0);
	assert_int_equal(st.st_size, one->der_len);
}

static void the_inventory_names_them_and_its_digest_is_of_sorted_lines(void **state)
{
	struct agent_trust *t AUTO_AGENT_TRUST = NULL;
	json_t *v AUTO_JSON = NULL;
	struct buf lines AUTO_BUF = BUF_INIT;
	uint8_t hash[SHA256_BYTES];
	char hex[2 * SHA256_BYTES + 1];
	const json_t *item;

	(void)state;
	add("Root", one, false);
	add("CA", two, false);
	t = read_it();
	buf_printf(&lines, "CA:%s\nRoot:%s\n", two->id, one->id);
	sha256(buf_span(&lines), hash);
	hex_lower(span_of(hash, sizeof(hash)), hex);
	assert_string_equal(agent_trust_digest(t), hex);
	v = agent_trust_inventory(t);
	assert_string_equal(json_string_value(json_object_get(v, "digest")), hex);
	assert_int_equal(json_array_size(json_object_get(v, "items")), 2);
	item = json_array_get(json_object_get(v, "items"), 1);
	assert_string_equal(json_string_value(json_object_get(item, "sha256")), one->id);
	assert_string_equal(json_string_value(json_object_get(item, "store")), "Root");
	assert_string_equal(json_string_value(json_object_get(item, "subject")), "CN=one");
	assert_string_equal(json_string_value(json_object_get(item, "not_after")),
			    "2049-01-01T00:00:00Z");
}

static void the_inventory_cuts_a_long_name(void **state)
{
	struct agent_trust *t AUTO_AGENT_TRUST = NULL;
	struct cert *c AUTO_CERT = NULL;
	json_t *v AUTO_JSON = NULL;
	char name[2 * AGENT_TRUST_SUBJECT_MAX];

	(void)state;
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	c = maker_cert(&(struct maker){.subject = name, .key = maker_key(0), .ca = true});
	add("Root", c, false);
	t = read_it();
	v = agent_trust_inventory(t);
	assert_int_equal(json_string_length(json_object_get(
				 json_array_get(json_object_get(v, "items"), 0), "subject")),
			 AGENT_TRUST_SUBJECT_MAX - 1);
}

static void an_administrators_files_count_whatever_their_names(void **state)
{
	struct agent_trust *t AUTO_AGENT_TRUST = NULL;
	struct buf text AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;

	(void)state;
	ready();
	unit_assert_ok(pem_write("CERTIFICATE", span_of(one->der, one->der_len), &text, &e), &e);
	unit_assert_ok(pem_write("CERTIFICATE", span_of(two->der, two->der_len), &text, &e), &e);
	put("Root", "company.PEM", buf_span(&text));
	put("Root", "again.crt", span_of(one->der, one->der_len));
	put("CA", "three.cer", span_of(three->der, three->der_len));
	put("CA", "README", span_str("not looked at"));
	t = read_it();
	assert_int_equal(agent_trust_roots(t)->n, 2);
	assert_int_equal(agent_trust_intermediates(t)->n, 1);
	assert_int_equal(ignored(t), 0);
}

static void hostile_files_are_ignored_and_named(void **state)
{
	struct agent_trust *t AUTO_AGENT_TRUST = NULL;
	size_t n, total;

	(void)state;
	add("Root", one, false);
	put("Root", own_name(two), span_of(three->der, three->der_len));
	put("Root", "junk.cer", span_str("no certificate"));
	put("Root", "empty.cer", span_str(""));
	put("Root", "key.pem",
	    span_str("-----BEGIN PRIVATE KEY-----\nAAAA\n"
		     "-----END PRIVATE KEY-----\n"));
	ready();
	assert_int_equal(symlink(at("Root", own_name(one)), at("CA", "link.cer")), 0);
	assert_int_equal(mkfifo(at("CA", "pipe.cer"), 0600), 0);
	assert_int_equal(mkdir(at("CA", "folder.cer"), 0700), 0);
	put("CA", "huge.cer", span_str("x"));
	assert_int_equal(truncate(at("CA", "huge.cer"), (off_t)AGENT_TRUST_FILE_MAX + 1), 0);
	t = read_it();
	assert_int_equal(agent_trust_count(t), 1);
	assert_int_equal(ignored(t), 8);
	assert_string_equal(agent_trust_ignored(t, &n, &total)[n - 1].file, "CA/pipe.cer");
	assert_string_equal(agent_trust_ignored(t, &n, &total)[n - 1].why, "is no regular file");
}

static void of_a_file_that_is_corrupt_in_part_nothing_is_trusted(void **state)
{
	static const char garbage[] = "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n"
				      "-----END CERTIFICATE-----\n";
	struct agent_trust *t AUTO_AGENT_TRUST = NULL;
	struct buf text AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;

	(void)state;
	ready();
	unit_assert_ok(pem_write("CERTIFICATE", span_of(one->der, one->der_len), &text, &e), &e);
	buf_add_span(&text, span_str(garbage));
	put("Root", "company.pem", buf_span(&text));
	t = read_it();
	assert_int_equal(agent_trust_count(t), 0);
	assert_int_equal(ignored(t), 1);
}

static void in_disallowed_nothing_is_ignored(void **state)
{
	struct agent_trust *t AUTO_AGENT_TRUST = NULL;
	struct err e = ERR_INIT;

	(void)state;
	ready();
	add("Root", one, false);
	put("Disallowed", own_name(two), span_of(three->der, three->der_len)); /* another's name */
	t = read_it();
	assert_true(cert_list_has(agent_trust_disallowed(t), three) && ignored(t) == 0);
	agent_trust_unref(t);
	t = NULL;
	put("Disallowed", "junk.cer", span_str("no certificate"));
	assert_false(agent_trust_read(unit_dir(), &t, &e));
	assert_non_null(strstr(e.text, "Disallowed/junk.cer"));
	assert_null(t);
}

static void a_folder_that_leads_elsewhere_is_neither_read_nor_written(void **state)
{
	struct agent_trust *t AUTO_AGENT_TRUST = NULL;
	struct err e = ERR_INIT;
	bool existed;

	(void)state;
	assert_int_equal(mkdir(unit_path("elsewhere"), 0700), 0);
	assert_int_equal(mkdir(unit_path("trust"), 0700), 0);
	assert_int_equal(symlink(unit_path("elsewhere"), unit_path("trust/Root")), 0);
	assert_false(agent_trust_add(unit_dir(), "Root", one, &existed, &e));
	assert_false(agent_trust_read(unit_dir(), &t, &e));
	assert_null(t);
	assert_int_equal(rmdir(unit_path("elsewhere")), 0); /* nothing came there */
	assert_int_equal(rename(unit_path("trust/Root"), unit_path("trust/CA")), 0);
	assert_false(agent_trust_read(unit_dir(), &t, &e));
	assert_int_equal(unlink(unit_path("trust/CA")), 0);
	assert_int_equal(rmdir(unit_path("trust")), 0);
	assert_int_equal(mkdir(unit_path("elsewhere"), 0700), 0);
	assert_int_equal(mkdir(unit_path("elsewhere/Root"), 0700), 0);
	assert_int_equal(symlink(unit_path("elsewhere"), unit_path("trust")), 0);
	assert_false(agent_trust_add(unit_dir(), "Root", one, &existed, &e));
	assert_false(agent_trust_read(unit_dir(), &t, &e));
	assert_int_equal(rmdir(unit_path("elsewhere/Root")), 0);
}

static void a_damaged_file_of_ours_is_written_anew(void **state)
{
	struct agent_trust *t AUTO_AGENT_TRUST = NULL;

	(void)state;
	add("Root", one, false);
	put("Root", own_name(one), span_of(one->der, one->der_len / 2));
	add("Root", one, false);
	t = read_it();
	assert_true(agent_trust_count(t) == 1 && ignored(t) == 0);
}

static void sweeps_what_a_killed_write_left(void **state)
{
	char name[128];

	(void)state;
	ready();
	(void)snprintf(name, sizeof(name), "%s.cer.0123456789abcdef.tmp", one->id);
	put("Root", name, span_str("half"));
	put("Root", "mine.tmp", span_str("whole"));
	ready();
	assert_false(file_exists(at("Root", name)));
	assert_true(file_exists(at("Root", "mine.tmp")));
}

static void reads_again_only_what_moved(void **state)
{
	struct agent_trust *t AUTO_AGENT_TRUST = NULL;
	const struct agent_trust *before;
	struct err e = ERR_INIT;
	bool changed = false;

	(void)state;
	add("Root", one, false);
	unit_assert_ok(agent_trust_refresh(unit_dir(), &t, &changed, &e), &e);
	assert_true(changed);
	before = t;
	unit_assert_ok(agent_trust_refresh(unit_dir(), &t, &changed, &e), &e);
	assert_true(!changed && t == before);
	put("Root", "again.crt", span_of(one->der, one->der_len));
	unit_assert_ok(agent_trust_refresh(unit_dir(), &t, &changed, &e), &e);
	assert_true(!changed && t != before); /* another file, the same certificates */
	add("CA", two, false);
	unit_assert_ok(agent_trust_refresh(unit_dir(), &t, &changed, &e), &e);
	assert_true(changed && agent_trust_count(t) == 2);
}

static struct cert *numbered(unsigned i)
{
	char name[24];
	struct maker m = {.subject = name, .key = maker_key(0), .ca = true};

	(void)snprintf(name, sizeof(name), "n%u", i);
	return maker_cert(&m);
}

static void keeps_to_its_limit_and_never_drops_a_distrust(void **state)
{
	struct agent_trust *t AUTO_AGENT_TRUST = NULL;
	struct buf text AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;

	(void)state;
	ready();
	for (unsigned i = 0; i < AGENT_TRUST_MAX; i++) {
		struct cert *c AUTO_CERT = numbered(i);

		unit_assert_ok(pem_write("CERTIFICATE", span_of(c->der, c->der_len), &text, &e),
			       &e);
	}
	put("Disallowed", "many.pem", buf_span(&text));
	t = read_it();
	assert_int_equal(agent_trust_disallowed(t)->n, AGENT_TRUST_MAX);
	agent_trust_unref(t);
	add("Root", one, false);
	t = read_it(); /* distrust comes first; the root is what has no room */
	assert_true(agent_trust_count(t) == AGENT_TRUST_MAX && agent_trust_roots(t)->n == 0);
	assert_int_equal(ignored(t), 1);
	agent_trust_unref(t);
	t = NULL;
	put("Disallowed", "zz.cer", span_of(two->der, two->der_len));
	assert_false(agent_trust_read(unit_dir(), &t, &e));
	assert_int_equal(e.code, ERR_LIMIT);
}

static void of_a_file_that_does_not_fit_whole_nothing_is_trusted(void **state)
{
	struct agent_trust *t AUTO_AGENT_TRUST = NULL;
	struct buf many AUTO_BUF = BUF_INIT, two_more AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;

	(void)state;
	ready();
	for (unsigned i = 0; i < AGENT_TRUST_MAX - 1; i++) {
		struct cert *c AUTO_CERT = numbered(i);

		unit_assert_ok(pem_write("CERTIFICATE", span_of(c->der, c->der_len), &many, &e),
			       &e);
	}
	put("Disallowed", "many.pem", buf_span(&many));
	for (int i = 0; i < 2; i++) /* one of them twice is one */
		unit_assert_ok(
			pem_write("CERTIFICATE", span_of(one->der, one->der_len), &two_more, &e),
			&e);
	put("Root", "fits.pem", buf_span(&two_more));
	t = read_it();
	assert_true(agent_trust_roots(t)->n == 1 && ignored(t) == 0);
	agent_trust_unref(t);
	unit_assert_ok(pem_write("CERTIFICATE", span_of(two->der, two->der_len), &two_more, &e),
		       &e);
	put("Root", "fits.pem", buf_span(&two_more));
	t = read_it();
	assert_true(agent_trust_roots(t)->n == 0 && ignored(t) == 1);
}

static void too_many_files_are_cut_in_root_and_refused_in_disallowed(void **state)
{
	struct agent_trust *t AUTO_AGENT_TRUST = NULL;
	struct err e = ERR_INIT;
	char name[24];

	(void)state;
	ready();
	for (unsigned i = 0; i <= AGENT_TRUST_NAMES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "%u.cer", i);
		assert_int_equal(symlink("/nowhere", at("Root", name)), 0);
	}
	t = read_it();
	assert_int_equal(ignored(t), AGENT_TRUST_NAMES_MAX + 1);
	assert_int_equal(rmdir(unit_path("trust/Disallowed")), 0);
	assert_int_equal(rename(unit_path("trust/Root"), unit_path("trust/Disallowed")), 0);
	agent_trust_unref(t);
	t = NULL;
	assert_false(agent_trust_read(unit_dir(), &t, &e));
}

static void knows_its_stores(void **state)
{
	struct err e = ERR_INIT;
	bool existed = true;

	(void)state;
	assert_true(agent_trust_is_store("Root") && agent_trust_is_store("CA"));
	assert_false(agent_trust_is_store("root") || agent_trust_is_store("../Root"));
	assert_false(agent_trust_add(unit_dir(), "My", one, &existed, &e));
	assert_true(e.code == ERR_INVALID && existed);
}

static void make_certs(void)
{
	one = maker_cert(&(struct maker){.subject = "one", .key = maker_key(0), .ca = true});
	two = maker_cert(&(struct maker){.subject = "two",
					 .issuer = "one",
					 .key = maker_key(1),
					 .signer = maker_key(0),
					 .ca = true});
	three = maker_cert(&(struct maker){.subject = "three", .key = maker_key(2), .ca = true});
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_is_an_empty_one),
		cmocka_unit_test(holds_what_was_added_once),
		cmocka_unit_test(the_inventory_names_them_and_its_digest_is_of_sorted_lines),
		cmocka_unit_test(the_inventory_cuts_a_long_name),
		cmocka_unit_test(an_administrators_files_count_whatever_their_names),
		cmocka_unit_test(hostile_files_are_ignored_and_named),
		cmocka_unit_test(of_a_file_that_is_corrupt_in_part_nothing_is_trusted),
		cmocka_unit_test(in_disallowed_nothing_is_ignored),
		cmocka_unit_test(a_folder_that_leads_elsewhere_is_neither_read_nor_written),
		cmocka_unit_test(a_damaged_file_of_ours_is_written_anew),
		cmocka_unit_test(sweeps_what_a_killed_write_left),
		cmocka_unit_test(reads_again_only_what_moved),
		cmocka_unit_test(keeps_to_its_limit_and_never_drops_a_distrust),
		cmocka_unit_test(of_a_file_that_does_not_fit_whole_nothing_is_trusted),
		cmocka_unit_test(too_many_files_are_cut_in_root_and_refused_in_disallowed),
		cmocka_unit_test(knows_its_stores),
	};
	int failed;

	make_certs();
	failed = unit_run("wire/agent_trust", tests, ARRAY_LEN(tests));
	cert_unref(one);
	cert_unref(two);
	cert_unref(three);
	maker_free_keys();
	return failed;
}
