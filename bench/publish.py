#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""How long it takes from publishing a configuration to the first handshake that shows it.

usage: bench/publish.py BUILD

The server's part is `reload` on control.sock: read the database, build what is served, swap it, answer. The prober's part
is the daemon's own handshake (`prove`), which a bind makes before it says that it is done. Beside them: the same seen by a
client of its own, and whole binds through REST, with checks, rows on the disk, OfcIPCer.dat, publishing and proof.
"""
import json
import statistics
import time

from servers import alone, context


def ask(control, **request):
    begin = time.monotonic()
    control.write(json.dumps(request) + "\n")
    control.flush()
    answer = json.loads(control.readline())
    assert answer["ok"], answer
    return (time.monotonic() - begin) * 1000, answer


def through_control(server, turns):
    c = context(server.build)
    reload, prove, seen = [], [], []
    for _ in range(turns):
        begin = time.monotonic()
        reload.append(ask(server.control(), op="reload")[0])
        server.connect(c).close()
        seen.append((time.monotonic() - begin) * 1000)
        answer = ask(server.control(), op="prove", ip="127.0.0.1", port=server.port)[1]
        assert answer["connected"] and answer["cert_sha256"], answer
        prove.append(answer["took_us"] / 1000)
    return reload, prove, seen


def through_rest(server, turns):
    import http.client
    conn = http.client.HTTPSConnection("127.0.0.1", server.port, context=context(server.build, verify=False))
    headers = {"Authorization": "Bearer " + server.console.token("admin"), "Content-Type": "application/json"}
    took = []
    for turn in range(turns):
        persona = ("server-next", "server")[turn % 2]
        conn.connect()
        begin = time.monotonic()
        conn.request("POST", "/api/v1/bindings", json.dumps({"endpoint": "default", "cert": server.sha256(persona)}), headers)
        change = json.loads(conn.getresponse().read())
        took.append((time.monotonic() - begin) * 1000)
        assert change["state"] == "confirmed" and change["proved"], change
        conn.close()
    return took


def measure(server, turns=40):
    reload, prove, seen = through_control(server, turns)
    return {"reload": statistics.median(reload), "prove": statistics.median(prove),
            "both": statistics.median(r + p for r, p in zip(reload, prove)), "seen": statistics.median(seen),
            "bind": statistics.median(through_rest(server, turns)), "turns": turns}


TEXT = ("publishing %(reload).1f ms and the daemon's proof %(prove).1f ms, together %(both).1f ms; a client of its own has it "
        "after %(seen).1f ms; a whole bind through REST takes %(bind).1f ms (medians of %(turns)d)")

if __name__ == "__main__":
    with alone(__doc__) as server:
        print(TEXT % measure(server))
