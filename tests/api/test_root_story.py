#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""timeout-seconds: 600

Roots from the real console to the real agent: deployed by an administrator, fetched by itself, kept out by policy, distrusted
on the agent; over a rotation of keys, and a kill. The certificates are made and read by openssl.
"""
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from authority import Cert, openssl  # noqa: E402
from binding import wait_until  # noqa: E402
from story import Story, file_of, nudge  # noqa: E402
from tap import main, test  # noqa: E402

ROOT, SPARE = Cert("Release Root", ca=True), Cert("Spare Root", ca=True)
MIDDLE = Cert("Release Intermediate", issuer=ROOT, ca=True)
W = pathlib.Path(tempfile.mkdtemp(prefix="roots-"))


def reads(path, cert):
    """What a foreign program makes of the file."""
    shown = openssl("x509", "-inform", "DER", "-in", path, "-noout", "-subject", "-fingerprint", "-sha256").decode()
    assert cert.subject in shown and cert.sha256 in shown.replace(":", "").lower(), shown


def wait_agents(c, a, cert, **counts):
    def there():
        now = c.agents(cert)
        return all(now[k] == n for k, n in counts.items())
    try:
        wait_until(there)
    except AssertionError:
        raise AssertionError((c.agents(cert), a.log()[-2000:])) from None


@test
def a_deployed_root_arrives_as_a_file_and_the_coverage_moves():
    with Story("on") as c:
        c.wants(ROOT)
        c.wants(MIDDLE, "CA")
        with c.joined() as a:
            wait_agents(c, a, ROOT, missing=1, unknown=0)
            c.brings(ROOT, MIDDLE)
            nudge(a)
            wait_agents(c, a, ROOT, missing=1, held=0)
            assert not file_of(a, "Root", ROOT).exists(), "the policy is on: nothing comes by itself"
            started = c.good("POST", "/roots/deploy", {})
            wait_until(lambda: file_of(a, "Root", ROOT).exists() and file_of(a, "CA", MIDDLE).exists())
            reads(file_of(a, "Root", ROOT), ROOT)
            reads(file_of(a, "CA", MIDDLE), MIDDLE)
            openssl("verify", "-CAfile", ROOT.file(), MIDDLE.file())
            wait_agents(c, a, ROOT, held=1, missing=0)
            wait_agents(c, a, MIDDLE, held=1, missing=0)
            wait_until(lambda: c.good("GET", "/rollouts/%s" % started["id"])["state"] == "done")
            one = c.good("GET", "/agents/%s/roots" % a.id)
            assert {i["standing"] for i in one["items"]} == {"held"} and one["reported_at"], one


def certificates(a):
    """Names of all certificates in the agent's trust directory."""
    return {str(f.relative_to(a.folder / "trust")) for f in (a.folder / "trust").glob("*/*")}


def deployed(c, want):
    """The agents that a deployment went to, once all of them did it."""
    started = c.good("POST", "/roots/deploy", want)
    wait_until(lambda: c.good("GET", "/rollouts/%s" % started["id"])["state"] == "done")
    counts = c.good("GET", "/rollouts/%s" % started["id"])["counts"]
    assert counts["done"] == sum(counts.values()), counts
    return {i["id"] for i in c.good("GET", "/rollouts/%s/agents" % started["id"])["items"]}


@test
def a_deployment_to_a_list_reaches_these_agents_alone_and_one_to_all_the_others_too():
    first = {"Root/%s.cer" % ROOT.sha256}
    everything = first | {"CA/%s.cer" % MIDDLE.sha256, "Root/%s.cer" % SPARE.sha256}
    with Story("on") as c:
        for cert, store in ((ROOT, "Root"), (MIDDLE, "CA"), (SPARE, "Root")):
            c.wants(cert, store)
        with c.joined() as a, c.joined() as b, c.joined() as other:
            wait_agents(c, a, ROOT, missing=3, unknown=0)
            c.brings(ROOT, MIDDLE, SPARE)
            assert deployed(c, {"roots": [c.ids[ROOT]], "agents": [a.id, b.id]}) == {a.id, b.id}
            wait_agents(c, other, ROOT, held=2, missing=1)
            wait_agents(c, other, MIDDLE, held=0, missing=3)
            assert [certificates(x) for x in (a, b, other)] == [first, first, set()]
            for x in (a, b):
                reads(file_of(x, "Root", ROOT), ROOT)
            assert deployed(c, {}) == {a.id, b.id, other.id}
            for cert in (ROOT, MIDDLE, SPARE):
                wait_agents(c, other, cert, held=3, missing=0)
            for x in (a, b, other):
                assert certificates(x) == everything, (certificates(x), x.log()[-1000:])
                reads(file_of(x, "CA", MIDDLE), MIDDLE)


@test
def without_a_policy_the_agent_fetches_what_it_lacks_and_goes_on_after_a_kill():
    with Story() as c:
        c.wants(ROOT)
        c.brings(ROOT)
        with c.joined() as a:
            wait_until(lambda: file_of(a, "Root", ROOT).exists())
            reads(file_of(a, "Root", ROOT), ROOT)
            wait_agents(c, a, ROOT, held=1)
            a.kill()
            file_of(a, "Root", ROOT).unlink()
            a.start()
            wait_until(lambda: file_of(a, "Root", ROOT).exists())
            c.wants(SPARE)
            c.brings(SPARE)
            nudge(a)
            wait_until(lambda: file_of(a, "Root", SPARE).exists())
            wait_agents(c, a, SPARE, held=1)


@test
def a_policy_of_one_agent_counts_before_that_of_the_server():
    with Story("off") as c:
        c.wants(ROOT)
        c.brings(ROOT)
        with c.joined() as a, c.joined() as b:
            for x in (a, b):
                wait_until(lambda x=x: file_of(x, "Root", ROOT).exists())
            c.good("PUT", "/agents/%s/root-policy" % a.id, {"policy": "on"})
            for x in (a, b):
                nudge(x)
            wait_until(lambda: a.state["configuration"]["root_update_policy"] == "on")
            c.wants(SPARE)
            c.brings(SPARE)
            for x in (a, b):
                nudge(x)
            wait_until(lambda: file_of(b, "Root", SPARE).exists())
            wait_agents(c, a, SPARE, held=1, missing=1)
            assert not file_of(a, "Root", SPARE).exists()
            assert c.good("GET", "/roots/policy")["would_be_helped"] == 1
            c.good("PUT", "/agents/%s/root-policy" % a.id, {"policy": "not_configured"})
            nudge(a)
            wait_until(lambda: file_of(a, "Root", SPARE).exists())


@test
def what_the_agents_administrator_distrusts_does_not_come_back_by_a_deployment():
    with Story("on") as c:
        c.wants(ROOT)
        c.brings(ROOT)
        with c.joined() as a:
            (a.folder / "trust/Disallowed/mine.crt").write_text(ROOT.pem)
            nudge(a)
            wait_agents(c, a, ROOT, distrusted=1)
            # the server may not know yet
            (a.folder / "trust/Disallowed/mine.crt").unlink()
            nudge(a)
            wait_agents(c, a, ROOT, missing=1)
            (a.folder / "trust/Disallowed/again.pem").write_text(ROOT.pem)
            started = c.good("POST", "/roots/deploy", {"agents": [a.id]})
            path = "/rollouts/%s/agents" % started["id"]
            wait_until(lambda: c.good("GET", path)["items"][0]["state"] in ("done", "failed", "refused"))
            one = c.good("GET", path)["items"][0]
            assert one["state"] == "failed" and one["code"] == "root.distrusted", one
            assert not file_of(a, "Root", ROOT).exists()
            wait_agents(c, a, ROOT, distrusted=1)


@test
def the_catalogue_is_believed_over_a_rotation_that_was_slept_through():
    with Story() as c:
        c.wants(ROOT)
        c.brings(ROOT)
        with c.joined() as a:
            wait_until(lambda: file_of(a, "Root", ROOT).exists())
            a.kill()
            for _ in range(2):
                (W / "password").write_text("secret of the backup")
                c.done("key", "rotate", "--password-file", W / "password", "--yes")
            c.wants(SPARE)
            c.brings(SPARE)
            a.start()
            wait_until(lambda: file_of(a, "Root", SPARE).exists())
            assert not [r for r in a.status()["refusals"] if r["reason"].startswith("catalogue.")], a.status()


if __name__ == "__main__":
    main()
