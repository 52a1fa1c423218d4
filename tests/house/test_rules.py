#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""The rules of scripts/check-* bite: a small tree that keeps them passes, and each fault in it is found."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from tap import main, test

SOURCE = pathlib.Path(os.environ["CERTBINDER_SOURCE"])
HEAD = "/* SPDX-FileCopyrightText: the certbinder authors\n * SPDX-License-Identifier: Apache-2.0 */\n"
TREE = {
    "src/LAYERS": "base: : jansson.h\nx509: base : mbedtls/\napi: base :\n",
    "src/base/Makefile.inc": "src/base/a.c src/base/a.h\n",
    "src/base/a.h": HEAD + "#pragma once\n\nint a(int x);\n",
    "src/base/a.c": HEAD + '#include <config.h>\n\n#include "base/a.h"\n\n#include <string.h>\n\n'
                           "int a(int x)\n{\n\treturn x;\n}\n",
    "src/x509/Makefile.inc": "src/x509/k.h\n",
    "src/x509/k.h": HEAD + "#pragma once\n\n#include <mbedtls/pk.h>\n",
    "src/api/Makefile.inc": "src/api/r.c\n",
    "src/api/r.c": HEAD + '#include <config.h>\n\n#include "base/a.h"\n\nint r(void);\n\nint r(void)\n{\n\treturn a(1);\n}\n',
    "tests/Makefile.inc": "\n",
}


def run_on(script, changes):
    """Which points fail when the files of changes take the place of those of the tree."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        shutil.copytree(SOURCE / "scripts", root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
        (root / "tests/lib").mkdir(parents=True)
        shutil.copy(SOURCE / "tests/lib/tap.py", root / "tests/lib")
        for name, text in {**TREE, **changes}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        done = subprocess.run([sys.executable, str(root / "scripts" / script)], capture_output=True, text=True)
        assert done.stdout.rstrip().splitlines()[-1].startswith("1.."), done.stdout + done.stderr
        return [line.split(" - ", 1)[1] for line in done.stdout.splitlines() if line.startswith("not ok")]


def body(line, before=""):
    return {"src/api/r.c": TREE["src/api/r.c"].replace("\treturn a(1);", "\t%s\n\treturn a(1);" % line)
            .replace("int r(void);\n", before + "int r(void);\n", 1)}


def expect(script, changes, sentence):
    failed = run_on(script, changes)
    assert failed == [sentence], "%r where %r was due" % (failed, sentence)


@test
def a_tree_that_keeps_the_rules_passes():
    assert run_on("check-layers", {}) == []
    assert run_on("check-source", {}) == []


@test
def an_include_that_points_upward_is_found():
    text = TREE["src/base/a.c"].replace('#include "base/a.h"\n', '#include "base/a.h"\n#include "x509/k.h"\n')
    expect("check-layers", {"src/base/a.c": text}, "no include leaves its floor")


@test
def a_library_on_the_wrong_floor_is_found():
    text = TREE["src/api/r.c"].replace('#include "base/a.h"', '#include "base/a.h"\n#include <mbedtls/pk.h>')
    expect("check-layers", {"src/api/r.c": text}, "no include leaves its floor")


@test
def a_library_brought_along_by_a_header_is_found():
    layers = TREE["src/LAYERS"].replace("api: base :", "api: base x509 :")
    text = TREE["src/api/r.c"].replace('#include "base/a.h"', '#include "base/a.h"\n#include "x509/k.h"')
    expect("check-layers", {"src/LAYERS": layers, "src/api/r.c": text}, "no include leaves its floor")


@test
def an_include_without_its_folder_is_found():
    text = TREE["src/base/a.c"].replace('"base/a.h"', '"a.h"')
    assert "includes carry their folder, config.h and the own header come first" in run_on(
        "check-layers", {"src/base/a.c": text})


@test
def a_folder_without_a_row_is_found():
    assert "every folder of src has its row in LAYERS" in run_on(
        "check-layers", {"src/new/n.h": HEAD + "#pragma once\n"})


@test
def a_header_without_guard_is_found():
    expect("check-layers", {"src/base/a.h": HEAD + "int a(int x);\n"}, "every header is guarded")


FAULTS = [
    ("char c[9]; strcpy(c, s);", "nobody calls what is never called"),
    ("sleep(1);", "nobody calls what is never called"),
    ("exit(1);", "exit: only where it belongs"),
    ("(void)time(0);", "clock: only where it belongs"),
    ('(void)getenv("X");', "environment: only where it belongs"),
    ('printf("x");', "output: only where it belongs"),
    ("(void)malloc(1);", "heap: only where it belongs"),
    ("(void)open(p, O_RDONLY);", "descriptors are closed on exec"),
    ("(void)accept(1, 0, 0);", "descriptors are closed on exec"),
    ("(void)memcmp(password, other, 8);", "secrets are compared in constant time"),
    ("if (span_equal(secret_span(&k), other)) a(1);", "secrets are compared in constant time"),
    ('buf_printf(&b, "SELECT a FROM t WHERE n = \'%s\'", n);', "SQL is bound, never formatted"),
    ("x = MHD_create_response_from_buffer(n, p, MHD_RESPMEM_PERSISTENT);", "replies own their memory"),
    ('json_object_set(o, "k", v);', "JSON members are handed over"),
    ("k = pk.MBEDTLS_PRIVATE(x);", "mbedTLS's private fields stay in one place"),
    ("// why", "comments are blocks"),
    ("a(1); ", "every C file has its head and clean lines"),
]


def _finds(line, sentence):
    def finds():
        expect("check-source", body(line), sentence)
    finds.__name__ = "finds_" + "".join(c if c.isalnum() else "_" for c in line).strip("_")[:40]
    return finds


for _line, _sentence in FAULTS:
    test(_finds(_line, _sentence))


@test
def a_file_may_be_granted_what_its_folder_is_not():
    layers = TREE["src/LAYERS"] + "api/r.c: : curl/\n"
    text = TREE["src/api/r.c"].replace('#include "base/a.h"\n', '#include "base/a.h"\n\n#include <curl/curl.h>\n')
    assert run_on("check-layers", {"src/LAYERS": layers, "src/api/r.c": text}) == []
    expect("check-layers", {"src/LAYERS": layers}, "every file with a row in LAYERS uses what it grants")


@test
def names_in_comments_and_strings_are_not_calls():
    assert run_on("check-source", body('const char *s = "strcpy(a, b); printf(1)"; /* never strcpy(a, b) */')) == []


@test
def a_goto_backwards_is_found_and_one_forwards_is_not():
    expect("check-source", body("again:\n\tif (x)\n\t\tgoto again;"), "no goto goes backwards")
    assert run_on("check-source", body("if (x)\n\t\tgoto out;\nout:")) == []


@test
def dead_code_is_found():
    expect("check-source", body("a(2);", before="#if 0\n#endif\n"), "no code is kept dead")


@test
def a_function_that_fills_no_screen_is_found():
    expect("check-source", body("\n".join("\ta(%d);" % i for i in range(120)).strip()),
           "functions and files keep a size that can be read")


@test
def a_source_without_its_fragment_is_found():
    expect("check-source", {"src/base/b.c": HEAD + "#include <config.h>\n"}, "every source is in its fragment")
    expect("check-source", {"bench/Makefile.inc": "EXTRA_DIST += bench/gone.py\n"}, "what a fragment names is there")


@test
def a_file_without_head_is_found():
    expect("check-source", {"src/base/a.h": "#pragma once\n\nint a(int x);\n"},
           "every C file has its head and clean lines")


def limited(define, *rows):
    return {"src/api/r.c": TREE["src/api/r.c"].replace("int r(void);\n", define + "\nint r(void);\n", 1),
            "tests/limits.txt": "".join(r + "\n" for r in rows), "tests/api/test_x.py": "def many():\n    pass\n"}


@test
def a_limit_is_told_and_tested_or_inner():
    told, untold = "#define MANY_MAX 5 /* of them */", "#define MANY_MAX 5"
    assert run_on("check-limits", limited(told, "MANY_MAX api/test_x.py many")) == []
    assert run_on("check-limits", limited(untold, "MANY_MAX inner nobody gets there")) == []
    expect("check-limits", limited(told), "every limit has a row in tests/limits.txt")
    expect("check-limits", limited(untold, "MANY_MAX api/test_x.py many"), "the line of every limit says what it holds")
    expect("check-limits", limited(told, "MANY_MAX api/test_x.py many", "MANY_MAX inner no"), "no limit is inner and tested")
    expect("check-limits", limited(told, "MANY_MAX api/test_x.py many", "FEW_MAX inner no"), "every row names a limit of the source")
    expect("check-limits", limited(told + "\n" + told, "MANY_MAX api/test_x.py many"), "a limit has its name for itself")
    failed = run_on("check-limits", limited(told, "MANY_MAX api/test_x.py few"))
    assert "every row names a test that is there" in failed, failed


@test
def a_script_without_head_is_found():
    expect("check-source", {"scripts/other.py": "print(1)\n"}, "every script has its head")


if __name__ == "__main__":
    main()
