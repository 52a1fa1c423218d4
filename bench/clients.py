# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""The clients that load a server: wrk for requests, openssl s_time for handshakes. They know the group P-256 alone."""
import os
import re
import subprocess
import time

from servers import temporary

GROUP = "[d]\nssl_conf = s\n[s]\nsystem_default = a\n[a]\nGroups = P-256\n"


def hold_to_p256():
    path = temporary("bench-client-") / "openssl.cnf"
    path.write_text("openssl_conf = d\n" + GROUP)
    os.environ["OPENSSL_CONF"] = str(path)


def wrk(server, path, seconds, connections=32):
    """requests/s, and the 99th percentile in ms"""
    out = subprocess.run(["wrk", "-t2", "-c%d" % connections, "-d%ds" % seconds, "--latency",
                          "https://127.0.0.1:%d/%s" % (server.port, path)], stdout=subprocess.PIPE, text=True).stdout
    if "Socket errors" in out or "Non-2xx" in out:
        raise SystemExit("%s: %s" % (server.name, out))
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", out).groups()
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def start_handshakes(server, seconds, how, version, clients=4):
    cipher = ["-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"] if version == "-tls1_2" else []
    return [subprocess.Popen(["openssl", "s_time", "-connect", "127.0.0.1:%d" % server.port, how, version] + cipher +
                             ["-time", str(seconds)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            for _ in range(clients)]


def handshakes(server, seconds, how, version="-tls1_2"):
    """handshakes/s by four clients; None: the server does not speak that version"""
    begin = time.monotonic()
    done = [re.findall(r"(\d+) connections in \d+ real seconds", job.communicate()[0])
            for job in start_handshakes(server, seconds, how, version)]
    if not all(done):
        return None
    return sum(int(d[-1]) for d in done) / (time.monotonic() - begin)
