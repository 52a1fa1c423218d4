# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""A real console and real agents that live through something together."""
import pathlib
import signal
import tempfile

from agentd import Agent
from binding import wait_until
from console import Console

W = pathlib.Path(tempfile.mkdtemp(prefix="story-"))


class Story(Console):
    """A console whose catalogue has nothing but what a test puts there, with one agent."""

    def __init__(self, policy="not_configured"):
        super().__init__("--http", "127.0.0.1:0")
        self.ids = {}
        for entry in self.good("GET", "/roots")["items"]:
            self.good("DELETE", "/roots/" + entry["id"], match=True)
        self.policy(policy)

    def policy(self, value):
        self.good("PUT", "/roots/policy", {"policy": value})

    def wants(self, cert, store="Root"):
        self.ids[cert] = self.good("POST", "/roots", {"name": cert.subject, "store": store, "sha256": cert.sha256})["id"]

    def brings(self, *certs):
        path = W / "bring.pem"
        path.write_text("".join(c.pem for c in certs))
        self.done("root", "import", path)

    def agents(self, cert):
        return {e["id"]: e["agents"] for e in self.good("GET", "/roots")["items"]}[self.ids[cert]]

    def joined(self, env=None):
        http_port = self.ready["http"][0].rsplit(":", 1)[1]
        a = Agent(self.port, self.folder / "PCCSRV/Pccnt/Common/OfcNTCer.dat", "--http-port", http_port, env=env)
        wait_until(lambda: self.call("GET", "/agents/" + a.id).status == 200 and
                   self.good("GET", "/agents/" + a.id)["state"] == "current")
        return a


def nudge(a):
    """Report now, not at the next heartbeat."""
    a.process.send_signal(signal.SIGHUP)


def file_of(agent, store, cert):
    return agent.folder / "trust" / store / (cert.sha256 + ".cer")
