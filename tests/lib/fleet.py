# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""The simulator of agents, and the story of a fleet: rotations with agents away, the server lost and restored."""
import json
import pathlib
import signal
import subprocess
import tempfile
import time

from agent import Agent
from console import BUILD, Console
from jose import verify

PASSWORD = "strongpassword"


class Sim:
    def __init__(self, console, n, threads=16):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="sim-"))
        argv = [str(BUILD / "certbinder-agentsim"), "127.0.0.1", str(console.port), str(n), str(threads), str(self.home)]
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert json.loads(self.process.stdout.readline())["event"] == "ready"

    def __call__(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def all(self, line, n=None):
        """A round that must succeed for everybody asked (n of them)."""
        did = self(line)
        assert did["failed"] == 0 and (n is None or did["ok"] == n), did
        return did

    def __enter__(self):
        return self

    def __exit__(self, *why):
        self.process.stdin.close()
        self.process.wait(90)
        self.process.stdout.close()


def open_doors(console):
    """All simulated agents come from one address, at once."""
    for name in ("agent_registrations_per_minute", "agent_rows_per_address"):
        console.done("settings", "set", name, "1000000")


def rollout(console, **body):
    """Seconds that a rollout took, and its end."""
    begin = time.monotonic()
    made = console.good("POST", "/rollouts", dict({"cmd": "status", "parallel": 256, "attempts": 3}, **body))
    while True:
        now = console.good("GET", "/rollouts/" + made["id"])
        if now["state"] == "done":
            return time.monotonic() - begin, now
        assert time.monotonic() - begin < 600, now
        time.sleep(0.05)


def manager(console, *args):
    argv = [str(BUILD / "CertificateManager"), "--state-dir", str(console.folder), *map(str, args)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, (args, done)


def latest(console):
    return console.good("GET", "/publications?limit=1")["total"]


def settled(console, n, seconds=90):
    """The registry, once the reports of all have been written."""
    end = time.monotonic() + seconds
    while True:
        counts = console.good("GET", "/agents")["counts"]
        if counts["current"] == n or time.monotonic() > end:
            return counts
        time.sleep(0.2)


def pages(console):
    token = ""
    while token is not None:
        page = console.good("GET", "/agents?limit=500" + ("&page_token=" + token if token else ""))
        yield page["items"]
        token = page.get("next_page_token")


def lost_and_restored(c, backup):
    """The server is gone; another one on the same port takes the keys' backup."""
    port, kept = c.port, backup.read_bytes()
    c.stop(signal.SIGKILL)
    c = Console(start=False)
    c.start(listen="127.0.0.1:%d" % port)
    open_doors(c)
    (c.home / "backup.zip").write_bytes(kept)
    manager(c, "-r", PASSWORD, c.home / "backup.zip")
    return c


def measured(c, sim, n):
    """What it does in a second, and what it sent, held against openssl."""
    took, done = rollout(c)
    assert done["counts"]["done"] == n, done
    yield "first contacts", n / took
    state = sim("state")
    assert state["accepted"] == n and state["refused"] == 0, state
    some = min(n, 2000)
    ids = [a["id"] for page in pages(c) for a in page][:some]
    rollout(c, agents=ids)
    before = sim("state")["handshakes"]
    took, done = rollout(c, agents=ids)
    assert done["counts"]["done"] == some, done
    assert sim("state")["handshakes"] - before <= some // 20, "connections are not kept"
    yield "notifications", some / took
    beats = sim("beat %d" % (10 if n >= 5000 else 2))
    assert beats["failed"] == 0, beats
    yield "heartbeats", 1000 * beats["ok"] / beats["ms"]
    tokens = sorted(sim.home.glob("command-*.jws"))
    assert len(tokens) >= 5, tokens
    for token in tokens[:8]:
        claims = verify(token.read_text(), token.with_suffix(".der").read_bytes(), "cb-cmd+jwt")
        assert claims["cmd"] == "status" and claims["seq"] > 1 << 32, claims
    stranger = Agent(c)
    stranger.walk()  # every publication, by openssl
    assert stranger.number == latest(c)


def story(n):
    """20 % away for three rotations, clocks off by up to 24 h, the server lost and restored once: everybody follows."""
    c = Console()
    try:
        open_doors(c)
        with Sim(c, n) as sim:
            sim.all("walk", n)
            sim.all("register", n)
            assert settled(c, n)["current"] == n
            away = sim("offline 20")["n"]
            for _ in range(3):
                manager(c, "-c", PASSWORD)
                sim.all("walk", n - away)
                sim.all("beat", n - away)
            known = latest(c)
            state = sim("state")
            assert state["least"] == 1 and state["most"] == known, state
            c = lost_and_restored(c, max((c.folder / "AuthCertBackup").iterdir(), key=lambda f: f.stat().st_mtime_ns))
            assert latest(c) > known
            sim("online")
            sim.all("walk", n)
            sim.all("beat", n)
            sim.all("beat", n)
            state = sim("state")
            assert state["least"] == state["most"] == latest(c) and state["backwards"] == 0 and state["failed"] == 0, state
            counts = settled(c, n)
            assert counts == {"current": n, "recoverable": 0, "mismatched": 0, "offline": 0}, counts
            yield "converged", away
            yield from measured(c, sim, n)
    finally:
        c.stop()
