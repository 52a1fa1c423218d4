#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Chain-validation cases of other projects, through `certbinder trust judge --json-lines`.

The folder is CERTBINDER_CONFORMANCE, else ../shared/conformance beside the source; without it nothing is run. Cases map
as that folder's README says: what is trusted lies in a custom store bound as issuer store, "anchors" is trust mode 2 and
"roots" mode 1, lists present mean that revocation is checked; profile default, algorithms legacy. What cannot be met is
named below with its reason.
"""
# timeout-seconds: 600
import collections
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from tap import comment, main, test  # noqa: E402

SOURCE = pathlib.Path(os.environ.get("CERTBINDER_SOURCE", pathlib.Path(__file__).resolve().parent.parent.parent))
BUILD = pathlib.Path(os.environ.get("CERTBINDER_BUILD", "."))
FOLDER = pathlib.Path(os.environ.get("CERTBINDER_CONFORMANCE", SOURCE.parent / "shared" / "conformance"))
FILES = ["pkits", "openssl-verify", "mbedtls"]

# Single cases, by suite and number.
NOT_MET = {
    "pkits:4.1.5": "parameters of DSA keys are not inherited",
    "mbedtls:707": "wants the common name to match",
    "mbedtls:1051": "a DNS name asked for, whose answer is an IP address in the alternative names",
    "mbedtls:1059": "a URI asked for as a DNS name",
    "openssl:82": "an end-entity certificate as anchor",
    "openssl:83": "an end-entity certificate as anchor",
    "openssl:130": "an end-entity certificate as anchor",
}
# Whole kinds, by what a case needs.
NEEDS_NOT_MET = {
    "policy-input": "wants policies asked for, which the file does not carry",
    "aux-trust": "trust settings inside OpenSSL's own certificate format",
    "proxy": "proxy certificates (RFC 3820)",
    "callback": "a callback of Mbed TLS decides",
    "profile-all": "a profile of Mbed TLS that takes MD5",
    "profile-next": "a profile of Mbed TLS",
    "profile-suite_b": "a profile of Mbed TLS",
    "auth-level-0": "a security level of OpenSSL below ours: MD5, RSA of 768 bits",
    "auth-level-1": "a security level of OpenSSL above the legacy algorithms: no SHA-1",
    "auth-level-3": "a security level of OpenSSL above ours: no RSA of 2048 bits",
    "opt-check_ss_sig": "a key marked with the algorithm of X.500's old RSA",
    "opt-policy_check": "wants policies asked for, which the file does not carry",
    "opt-explicit_policy": "wants policies asked for, which the file does not carry",
}
# Expect the refusal of SHA-1, which the legacy algorithms let pass: asked with today's algorithms.
WITHOUT_SHA1 = {"mbedtls:679"}
REVOCATION_OR_POLICY = {"crl", "policy"}


def short(case_id):
    return ":".join(case_id.split(":")[:2])


def why_not(case):
    if short(case["id"]) in NOT_MET:
        return NOT_MET[short(case["id"])]
    return next((NEEDS_NOT_MET[n] for n in case["needs"] if n in NEEDS_NOT_MET), None)


def question(case, profile):
    if "strict" in case["needs"]:
        profile = "strict"
    return {
        "id": case["id"], "time": case["time"], "purpose": case["purpose"], "name": case.get("name"),
        "name_kind": "IP" if short(case["id"]) == "mbedtls:1039" else case.get("name_kind"), "chain": case["chain"],
        "stores": {"Anchors": case["trusted"]}, "issuer_store": "Anchors", "mode": {"anchors": 2, "roots": 1}[case["mode"]],
        "crls": case.get("crls", []), "check_revocation": "crls" in case, "max_depth": case.get("max_depth"),
        "profile": profile, "algorithms": "default" if short(case["id"]) in WITHOUT_SHA1 else "legacy",
    }


def command():
    whole = BUILD / "certbinder"
    return [str(whole), "trust", "judge", "--json-lines"] if whole.exists() else \
        [str(BUILD / "tests/probe/judge"), "--json-lines"]


def ask(questions):
    lines = "".join(json.dumps(q) + "\n" for q in questions)
    done = subprocess.run(command(), input=lines, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, "%s ended with %d\n%s" % (command(), done.returncode, done.stderr)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [a["id"] for a in answers] == [q["id"] for q in questions], "answers are missing or out of order"
    return answers


_judged = {}


def judged(name, profile="default"):
    """Pairs of case and answer, for all cases that can be met."""
    if (name, profile) not in _judged:
        cases = [json.loads(line) for line in (FOLDER / (name + ".jsonl")).read_text().splitlines()]
        met = [c for c in cases if why_not(c) is None]
        _judged[name, profile] = list(zip(met, ask([question(c, profile) for c in met])))
    return _judged[name, profile]


def is_right(case, answer):
    return answer.get("verdict") == {"accept": "accept", "reject": "refuse"}[case["expect"]]


def told(case, answer):
    return "%s (%s): %s, %s" % (case["id"], case["note"], answer.get("verdict", "?"), answer.get("explanation", answer))


def check_core(name):
    pairs = [(c, a) for c, a in judged(name) if not c["needs"]]
    wrong = [told(c, a) for c, a in pairs if not is_right(c, a)]
    comment("note: conformance: %s core %d of %d" % (name, len(pairs) - len(wrong), len(pairs)))
    assert pairs and not wrong, "\n".join(wrong)


@test
def core_cases_of_pkits_are_right():
    check_core("pkits")


@test
def core_cases_of_openssl_are_right():
    check_core("openssl-verify")


@test
def core_cases_of_mbedtls_are_right():
    check_core("mbedtls")


@test
def of_the_cases_with_lists_or_policies_at_least_95_in_100_are_right():
    pairs = [p for name in FILES for p in judged(name) if REVOCATION_OR_POLICY & set(p[0]["needs"])]
    wrong = [told(c, a) for c, a in pairs if not is_right(c, a)]
    comment("\n".join(wrong))
    comment("note: conformance: lists and policies %d of %d" % (len(pairs) - len(wrong), len(pairs)))
    assert len(wrong) <= 0.05 * len(pairs), "%d of %d are wrong" % (len(wrong), len(pairs))


@test
def accepts_nothing_wrongly():
    wrong = [told(c, a) for name in FILES for profile in ("default", "strict") for c, a in judged(name, profile)
             if c["expect"] == "reject" and a.get("verdict") != "refuse"]
    assert not wrong, "\n".join(wrong)


@test
def the_strict_profile_accepts_nothing_that_the_default_one_refuses():
    for name in FILES:
        loose = {c["id"]: a["verdict"] for c, a in judged(name)}
        wrong = [told(c, a) for c, a in judged(name, "strict") if a["verdict"] == "accept" != loose[c["id"]]]
        assert not wrong, "\n".join(wrong)


@test
def every_refusal_has_its_status_and_a_sentence():
    for name in FILES:
        for case, answer in judged(name):
            refused = answer["verdict"] == "refuse"
            assert answer["status"] == (403 if refused else 200), told(case, answer)
            assert (answer["win32"] != 0 and answer["substatus"] in (13, 16, 17)) == refused, told(case, answer)
            assert answer["explanation"] and answer["path"], told(case, answer)


@test
def what_is_not_met_is_named():
    counts = collections.Counter()
    for name in FILES:
        for line in (FOLDER / (name + ".jsonl")).read_text().splitlines():
            why = why_not(json.loads(line))
            if why:
                counts[why] += 1
    for why, n in counts.most_common():
        comment("%3d left out: %s" % (n, why))
    assert sum(counts.values()) < 150


if __name__ == "__main__":
    if not FOLDER.is_dir():
        if "CERTBINDER_CONFORMANCE" in os.environ:
            sys.exit("CERTBINDER_CONFORMANCE: there is no folder %s" % FOLDER)
        print("# note: conformance: not run\n1..0")
        sys.exit(0)
    main()
