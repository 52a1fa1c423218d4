#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""timeout-seconds: 600

Updates from the real console to the real agent: one that lacks the root hangs and says why, the root is deployed from the
console, and the agent finishes by itself. Packages are signed by openssl.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from authority import SERVER_AUTH, Cert, days  # noqa: E402
from binding import wait_until  # noqa: E402
from offers import CODE_SIGNING, Chain, Package, installed, leftovers, signed, trust  # noqa: E402
from story import file_of, nudge  # noqa: E402
from tap import main, test  # noqa: E402
from updates import Updates, V  # noqa: E402

@test
def an_agent_without_the_root_hangs_and_finishes_by_itself_once_it_is_deployed():
    with Updates("on") as c, c.joined() as a:
        told = c.wait_for(a, "updating", cause="root_missing")
        assert told["missing"]["name"] == "CN=Vendor Root" and told["missing"]["sha256"] == V.root.sha256, told
        assert told["reason"] == "trust.root_not_in_root" and told["since"] and not told["installed"], told
        wait_until(lambda: c.good("GET", "/agents/" + a.id)["update"] == c.of(a))  # since: give or take a second between heartbeats
        assert installed(a) is None and "engine-1.0.zip_Invalid" in leftovers(a)
        found = c.finding("root_missing")
        assert found["count"] == 1 and found["certificate"] == {"name": "CN=Vendor Root", "sha256": V.root.sha256}, found
        assert "Vendor Root" in found["explanation"] and found["remedy"], found
        c.wants(V.root)
        c.brings(V.root)
        assert not file_of(a, "Root", V.root).exists()
        started = c.good("POST", "/roots/deploy", {"roots": [c.ids[V.root]]})
        c.wait_for(a, "current", installed="1.0", cause=None, reason=None)
        assert installed(a) == c.package.files and leftovers(a) == [], leftovers(a)
        assert file_of(a, "Root", V.root).read_bytes() == V.root.der
        wait_until(lambda: c.good("GET", "/rollouts/%s" % started["id"])["state"] == "done")
        wait_until(lambda: not c.good("GET", "/updates")["findings"])
        assert c.good("GET", "/updates")["agents"]["current"] == 1


@test
def where_the_policy_keeps_the_root_away_the_finding_says_so():
    with Updates("on") as c:
        c.wants(V.root)
        c.brings(V.root)
        with c.joined() as a:
            c.wait_for(a, "updating", cause="policy")
            assert c.finding("policy")["count"] == 1
            assert installed(a) is None
            c.policy("not_configured")  # now it fetches the root itself
            c.wait_for(a, "current", installed="1.0")
            assert installed(a) == c.package.files


@test
def who_has_the_root_in_disallowed_is_told_to_take_it_away_there_first():
    with Updates("on", package=Package(chain=V, shown=(V.ca,))) as c, c.joined() as a:
        c.wants(V.root)
        c.brings(V.root)
        trust(a, "Disallowed", V.root)
        c.wait_for(a, "updating", cause="policy")
        wait_until(lambda: nudge(a) or c.agents(V.root)["distrusted"] == 1)
        assert "1 agent has it in Disallowed" in c.finding("policy")["remedy"], c.finding("policy")
        assert "1 agent has it in Disallowed" in c.done("update", "list")
        assert c.good("POST", "/roots/deploy", {"roots": [c.ids[V.root]]})["total"] == 0
        file_of(a, "Disallowed", V.root).unlink()
        wait_until(lambda: nudge(a) or c.agents(V.root)["missing"] == 1)
        assert "Disallowed" not in c.finding("policy")["remedy"], c.finding("policy")
        assert c.good("POST", "/roots/deploy", {"roots": [c.ids[V.root]]})["total"] == 1
        c.wait_for(a, "current", installed="1.0", cause=None)


@test
def where_the_policy_allows_it_the_agent_needs_nobody():
    with Updates() as c:
        c.wants(V.root)
        c.brings(V.root)
        with c.joined() as a:
            c.wait_for(a, "current", installed="1.0")
            assert installed(a) == c.package.files
            second = Package(version="2.0", chain=V)
            c.offers(second)
            c.wait_for(a, "current", installed="2.0")
            assert installed(a) == second.files


@test
def a_missing_intermediate_is_named_and_deployed():
    with Updates("on", package=Package(chain=V, shown=[])) as c:
        c.wants(V.root)
        c.brings(V.root)
        with c.joined() as a:
            c.good("POST", "/roots/deploy", {"agents": [a.id]})
            wait_until(lambda: file_of(a, "Root", V.root).exists())
            told = c.wait_for(a, "updating", cause="intermediate_missing")
            assert told["missing"]["name"] == "CN=Vendor CA" and told["missing"]["kind"] == "intermediate", told
            c.wants(V.ca, "CA")
            c.brings(V.ca)
            c.good("POST", "/roots/deploy", {"agents": [a.id]})
            c.wait_for(a, "current", installed="1.0")
            assert installed(a) == c.package.files


def fails(c, a, reason):
    told = c.wait_for(a, "failed", cause="signature_bad")
    assert told["reason"] == reason, told
    assert leftovers(a) == ["engine-1.0.zip_Invalid"] and installed(a) is None, leftovers(a)
    found = c.finding("signature_bad")
    assert found["count"] == 1 and "is not what was signed, or" in found["explanation"], found


@test
def a_package_that_was_tampered_with_is_set_aside_and_fails():
    with Updates() as c:
        c.wants(V.root)
        c.brings(V.root)
        bent = bytearray(c.package.zip)
        bent[len(bent) // 2] ^= 1
        c.replaces(".zip", bytes(bent))
        with c.joined() as a:
            fails(c, a, "package.digest")
            c.replaces(".zip", c.package.zip)
            c.good("POST", "/updates/check", {"agents": [a.id]})
            c.wait_for(a, "current", installed="1.0")


@test
def a_signer_that_is_not_meant_for_code_signing_fails():
    with Updates() as c:
        c.wants(V.root)
        c.brings(V.root)
        c.replaces(".p7s", signed(Cert("Web server", V.ca, eku=[SERVER_AUTH]), c.package.zip, V.ca, V.root))
        with c.joined() as a:
            fails(c, a, "trust.wrong_usage")


@test
def an_expired_signer_hangs_and_is_named():
    with Updates() as c:
        c.wants(V.root)
        c.brings(V.root)
        late = Cert("Late", V.ca, eku=[CODE_SIGNING], start=days(-30), end=days(-3))
        c.replaces(".p7s", signed(late, c.package.zip, V.ca, V.root))
        with c.joined() as a:
            told = c.wait_for(a, "updating", reason="trust.expired")
            assert told["cause"] == "other" and installed(a) is None, told
            c.replaces(".p7s", c.package.p7s)
            c.good("POST", "/updates/check", {"agents": [a.id]})
            c.wait_for(a, "current", installed="1.0")


@test
def an_agent_that_is_killed_anywhere_finishes():
    with Updates() as c:
        c.wants(V.root)
        c.brings(V.root)
        with c.joined() as a:
            for n in range(2, 10):
                p = Package(version="%d.0" % n, chain=V)
                c.offers(p)
                nudge(a)
                wait_until(lambda: a.log().count("agent.updates") + a.log().count("state=") > n * 2 or installed(a) == p.files)
                a.kill()
                now = installed(a)
                assert now is None or set(now) == set(p.files), now
                a.start()
            c.wait_for(a, "current", installed="9.0")
            assert installed(a) == p.files and leftovers(a) == []


if __name__ == "__main__":
    main()
