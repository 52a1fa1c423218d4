# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""TAP for tests written in Python.

    from tap import test, main, Skip

    @test
    def refuses_a_foreign_client():
        assert status == 403, body

    if __name__ == "__main__":
        main()

A test is a function; its name is its sentence. What it raises makes it fail, and is shown. Names given on the command
line pick single tests. skip_unless(condition, why) leaves one out.
"""
import sys
import traceback

_tests = []


class Skip(Exception):
    """Raised by a test that cannot run here; the text says why."""


def test(function):
    _tests.append(function)
    return function


def skip_unless(condition, why):
    if not condition:
        raise Skip(why)


def comment(text):
    for line in str(text).rstrip("\n").splitlines():
        print("# " + line, flush=True)


def _run_one(number, function):
    name = function.__name__.strip("_")
    try:
        function()
    except Skip as why:
        print("ok %d - %s # SKIP %s" % (number, name, why), flush=True)
        return True
    except BaseException as why:  # also what a helper ended with sys.exit: one test must not end them all
        if isinstance(why, KeyboardInterrupt):
            raise
        print("not ok %d - %s" % (number, name), flush=True)
        comment("".join(traceback.format_exception(type(why), why, why.__traceback__)))
        return False
    print("ok %d - %s" % (number, name), flush=True)
    return True


def main(before=None, after=None):
    """Runs the tests in the order of their definition; before() and after() frame them all."""
    chosen = [f for f in _tests if len(sys.argv) < 2 or f.__name__ in sys.argv[1:]]
    print("1..%d" % len(chosen), flush=True)
    try:
        if before:
            before()
        failed = sum(not _run_one(number, function) for number, function in enumerate(chosen, 1))
    finally:
        if after:
            after()
    sys.exit(1 if failed else 0)


def report(name, faults):
    """One point for a rule: good when faults is empty. Returns whether it is; the caller prints the plan."""
    report.number += 1
    print("%sok %d - %s" % ("not " if faults else "", report.number, name), flush=True)
    for fault in faults:
        comment(fault)
    report.failed += bool(faults)
    return not faults


report.number = report.failed = 0


def done():
    """Ends a run of report(): the plan comes last, as TAP allows."""
    print("1..%d" % report.number, flush=True)
    sys.exit(1 if report.failed else 0)
