#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""`certbinder trust judge --json-lines`: one answer a line, in order, at once, whatever is asked."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from tap import main, test  # noqa: E402

BUILD = pathlib.Path(os.environ["CERTBINDER_BUILD"])
PKI = pathlib.Path(os.environ["CERTBINDER_PKI"])
NOW = 1767225600
MEMBERS = ["id", "verdict", "reason", "status", "substatus", "win32", "explanation", "path"]


def pem(name):
    return (PKI / (name + ".crt")).read_text()


def crl(name):
    return (PKI / (name + ".crl")).read_text()


def question(**changes):
    q = {"id": "q", "time": NOW, "purpose": "client", "chain": [pem("client")], "mode": 0,
         "stores": {"Root": [pem("root")], "CA": [pem("intermediate")]}}
    q.update(changes)
    return q


def start():
    return subprocess.Popen([str(BUILD / "certbinder"), "trust", "judge", "--json-lines"], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ask(*lines):
    """The answers, one by one, while the program still waits for more."""
    with start() as child:
        answers = []
        for line in lines:
            text = line if isinstance(line, bytes) else json.dumps(line).encode()
            child.stdin.write(text + b"\n")
            child.stdin.flush()
            answers.append(json.loads(child.stdout.readline()))
        child.stdin.close()
        assert child.stdout.read() == b"", "more answers than questions"
        assert child.wait(90) == 0 and child.stderr.read() == b""
    return answers


def outcome(**changes):
    answer = ask(question(**changes))[0]
    return answer["verdict"], answer["reason"], answer["substatus"], answer["win32"]


@test
def answers_have_the_members_of_the_contract():
    answer = ask(question())[0]
    assert sorted(answer) == sorted(MEMBERS), answer
    assert [answer[k] for k in MEMBERS[:6]] == ["q", "accept", "ok", 200, 0, 0], answer
    assert [step["store"] for step in answer["path"]] == ["presented", "CA", "Root"]
    assert all(sorted(step) == ["sha256", "store", "subject"] for step in answer["path"])
    assert answer["path"][0]["subject"].startswith("CN=Alice Agent")


@test
def every_line_is_answered_in_order_and_at_once():
    answers = ask(question(id=1), b"no json", question(id=[2]), b"[]", b'{"id":3}', question(id=4, chain=[]))
    assert [a["id"] for a in answers] == [1, None, [2], None, 3, 4], answers
    assert [("error" in a) for a in answers] == [False, True, False, True, True, False]
    assert (answers[5]["status"], answers[5]["substatus"], answers[5]["win32"]) == (403, 7, 5)


@test
def takes_windows_line_ends_blank_lines_and_a_last_line_without_end():
    text = "\r\n\n" + json.dumps(question(id=1)) + "\r\n   \n" + json.dumps(question(id=2))
    done = subprocess.run([str(BUILD / "certbinder"), "trust", "judge", "--json-lines"], input=text.encode(), capture_output=True)
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [1, 2], done


@test
def a_line_beyond_the_limit_is_refused_and_the_next_is_read():
    text = b'{"id":1,"x":"' + b"x" * (13 << 20) + b'"}\n' + json.dumps(question(id=2)).encode() + b"\n"
    done = subprocess.run([str(BUILD / "certbinder"), "trust", "judge", "--json-lines"], input=text, capture_output=True)
    first, second = [json.loads(line) for line in done.stdout.splitlines()]
    assert first["id"] is None and "longer than" in first["error"] and second["id"] == 2


@test
def no_state_directory_is_touched():
    with tempfile.TemporaryDirectory() as folder:
        state = pathlib.Path(folder) / "state"
        environment = dict(os.environ, CERTBINDER_STATE_DIR=str(state))
        done = subprocess.run([str(BUILD / "certbinder"), "trust", "judge", "--json-lines"], env=environment,
                              input=json.dumps(question()).encode() + b"\n", capture_output=True)
        assert json.loads(done.stdout)["verdict"] == "accept" and not state.exists()


@test
def what_does_not_parse_is_corrupt():
    broken = pem("client").replace("MII", "NII", 1)
    assert outcome(chain=[broken])[:2] == ("refuse", "x509.corrupt")
    assert outcome(chain=["no PEM at all"])[:2] == ("refuse", "x509.corrupt")
    # A broken link is named; where it is not needed it does no harm.
    assert outcome(chain=[pem("client"), broken], stores={"Root": [pem("root")]})[:2] == ("refuse", "x509.corrupt")
    assert outcome(chain=[pem("client"), broken])[:2] == ("accept", "ok")


@test
def custom_stores_count_when_they_are_named():
    stores = {"MyIssuers": [pem("other-root")], "Root": [pem("root")], "CA": [pem("intermediate")]}
    assert outcome(stores=stores) == ("accept", "ok", 0, 0)
    assert outcome(stores=stores, issuer_store="MyIssuers") == ("refuse", "trust.not_in_issuer_list", 16, 2148204809)
    assert outcome(stores=stores, issuer_store="MyIssuers", mode=2, chain=[pem("other-client")])[0] == "accept"


@test
def the_personas_are_told_apart():
    table = {
        "client-rsa": ("accept", "ok", 0, 0),
        "client-expired": ("refuse", "trust.expired", 17, 2148204801),
        "client-not-yet": ("refuse", "trust.not_yet_valid", 17, 2148204801),
        "client-wrong-eku": ("refuse", "trust.wrong_usage", 16, 2148204816),
        "fake-client": ("refuse", "trust.chain_breaks", 16, 2148204810),
        "other-client": ("refuse", "trust.chain_breaks", 16, 2148204810),
        "client-ed25519": ("accept", "ok", 0, 0),
    }
    for name, want in table.items():
        got = outcome(chain=[pem(name)])
        assert got == want, "%s: %r" % (name, got)
    assert outcome(chain=[pem("client-too-long"), pem("too-long-ca")])[1] == "trust.path_length"
    assert outcome(chain=[pem("client-outside"), pem("constrained-ca")])[1] == "trust.name_constraints"
    assert outcome(chain=[pem("client-constrained"), pem("constrained-ca")])[0] == "accept"
    assert outcome(chain=[pem("client"), pem("intermediate"), pem("root")], stores={})[1] == "trust.root_not_in_root"
    assert outcome(stores={"Root": [pem("root"), pem("intermediate")], "Disallowed": [pem("client")]})[3] == 2148204817


@test
def revocation_is_checked_when_asked_for():
    lists = [crl("root"), crl("intermediate")]
    assert outcome(check_revocation=True)[1:] == ("trust.revocation_unknown", 13, 2148081682)
    assert outcome(check_revocation=True, crls=lists)[0] == "accept"
    assert outcome(check_revocation=True, crls=lists, chain=[pem("client-revoked")]) == \
        ("refuse", "trust.revoked", 13, 2148081680)
    stale = [crl("root"), (PKI / "intermediate.stale.crl").read_text()]
    assert outcome(check_revocation=True, crls=stale)[1:] == ("trust.revocation_offline", 13, 2148081683)
    assert outcome(crls=lists, chain=[pem("client-revoked")])[0] == "accept"


@test
def names_profiles_and_policies_are_taken_from_the_line():
    server = {"purpose": "server", "chain": [pem("server")]}
    assert outcome(name="console.test", name_kind="DNS", **server)[0] == "accept"
    assert outcome(name="127.0.0.1", name_kind="IP", **server)[0] == "accept"
    assert outcome(name="other.test", name_kind="DNS", **server)[1] == "name.no_match"
    assert outcome(name="localhost", purpose="server", chain=[pem("server-cn-only")])[1] == "name.cn_only"
    assert outcome(max_depth=0)[1] == "trust.max_depth"
    assert outcome(policy={"explicit": True, "initial": ["1.2.3"]})[1] == "trust.policy"
    weak = {"purpose": "server", "chain": [pem("server-weak")]}
    assert outcome(**weak)[1] == "trust.weak_key"
    assert outcome(algorithms="legacy", **weak)[0] == "accept"
    assert "profile" in ask(question(profile="loose"))[0]["error"]


if __name__ == "__main__":
    main()
