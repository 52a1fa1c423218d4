#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Where keys and passwords must not be: disk, logs, answers, argument lists, core dumps, memory after use."""
# timeout-seconds: 600
import base64
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from console import BUILD, PKI, Console, is_sanitized, sha256  # noqa: E402
from memory import hits  # noqa: E402
from tap import comment, main, test  # noqa: E402
from tree import contents  # noqa: E402

PASSWORD = "a very peculiar password 4711"
ACCOUNT = "another peculiar password 0815"
work = None


def before():
    global work
    work = pathlib.Path(tempfile.mkdtemp(prefix="secrets-"))
    (work / "pw").write_text(PASSWORD)
    (work / "wrong").write_text(PASSWORD + "!")
    subprocess.run(["openssl", "pkcs12", "-export", "-inkey", PKI / "server.key", "-in", PKI / "server.crt", "-certfile",
                    PKI / "intermediate.crt", "-passout", "file:%s" % (work / "pw"), "-out", work / "server.pfx"],
                   check=True, capture_output=True)


def after():
    shutil.rmtree(work, ignore_errors=True)


def key_der():
    return subprocess.run(["openssl", "pkcs8", "-topk8", "-nocrypt", "-in", PKI / "server.key", "-outform", "DER"],
                          check=True, capture_output=True).stdout


def scalar():
    """The 32 secret bytes of a P-256 key: PKCS#8 has them at a fixed place."""
    der = key_der()
    at = der.index(b"\x04\x20") + 2
    return der[at:at + 32]


def spellings(secret):
    """How a secret could have been written down."""
    out = [secret, secret.hex().encode(), secret.hex().upper().encode()]
    out += [base64.b64encode(secret[i:])[:-4] for i in range(3)]
    return [s for s in out if len(s) >= 16]


def needles():
    return spellings(scalar()) + spellings(PASSWORD.encode()) + spellings(ACCOUNT.encode())


def files_with(folder, wanted):
    found = []
    for path, content in contents(folder):
        found += ["%s holds %r" % (path.relative_to(folder), n) for n in wanted if n in content]
    return found


def use_everything(console):
    """Import by both doors, failures too, export, an account with its login."""
    form = {"file": "@%s" % (work / "server.pfx"), "store": "My", "exportable": "true"}
    console.good("POST", "/certificates/import", form=dict(form, password=PASSWORD))
    body = {"file": base64.b64encode((work / "server.pfx").read_bytes()).decode(), "password": PASSWORD + "!"}
    console.refused(422, "pfx.wrong_password", "POST", "/certificates/import", body=body)
    console.good("POST", "/certificates/import", body=dict(body, password=PASSWORD))
    console.good("POST", "/certificates/%s/export" % sha256("server"), body={"format": "pfx", "password": PASSWORD})
    console.done("cert", "import", work / "server.pfx", "--password-file", work / "pw")
    assert console.cli("cert", "import", work / "server.pfx", "--password-file", work / "wrong", "--json").status == 8
    console.good("POST", "/accounts", body={"user": "alice", "role": "operator", "password": ACCOUNT})
    console.good("POST", "/session", body={"user": "alice", "password": ACCOUNT}, role=None)
    console.refused(401, "auth.failed", "POST", "/session", body={"user": "alice", "password": ACCOUNT + "!"}, role=None)


@test
def keys_and_passwords_are_nowhere_on_disk_nor_in_the_log():
    with Console() as console:
        use_everything(console)
        assert files_with(console.folder, [b"console.test"]), "the search finds nothing at all"
        assert not files_with(console.home, needles()), files_with(console.home, needles())
        tokens = [t.encode()[3:] for t in console.tokens.values()]
        assert not files_with(console.home, tokens), "a token is on disk"
        console.stop()
        assert not files_with(console.home, needles() + tokens), "after the end"


@test
def answers_and_errors_hold_no_secret():
    with Console() as console:
        use_everything(console)
        texts = [console.call("GET", path).body for path in
                 ("/certificates", "/certificates/" + sha256("server"), "/audit", "/accounts", "/tokens", "/settings")]
        run = console.cli("cert", "import", work / "server.pfx", "--password-file", work / "wrong", "--json")
        texts += [run.out.encode(), run.err.encode(), console.log().encode()]
        for text in texts:
            assert not [n for n in needles() + [b"$argon2", b"PRIVATE KEY"] if n in text], text[:400]


@test
def passwords_are_not_taken_from_the_argument_list():
    with Console() as console:
        run = console.cli("cert", "import", work / "server.pfx", "--password", PASSWORD)
        assert run.status == 2, run
        assert PASSWORD not in run.err + run.out
        arguments = pathlib.Path("/proc/%d/cmdline" % console.process.pid).read_bytes()
        environment = pathlib.Path("/proc/%d/environ" % console.process.pid).read_bytes()
        assert not [n for n in needles() if n in arguments + environment]


def memory_holds_no_password_after_use():
    with Console() as console:
        console.token("admin")
        use_everything(console)
        assert hits(console.process.pid, [b"certbinderd"]), "the search finds nothing at all"
        assert not hits(console.process.pid, needles()), hits(console.process.pid, needles())


def dumps_core(argv, folder):
    """Whether a process that is told to crash leaves a core dump."""
    def unlimit():
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    process = subprocess.Popen(argv, cwd=folder, preexec_fn=unlimit, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if "certbinderd" in str(argv[0]):
        assert b"ready" in process.stdout.readline()
    process.send_signal(signal.SIGSEGV)
    _, status = os.waitpid(process.pid, 0)
    process.stdout.close()
    assert os.WIFSIGNALED(status), status
    return os.WCOREDUMP(status) or bool(list(folder.glob("core*")))


def crash_leaves_no_core_dump():
    first, second = work / "a", work / "b"
    first.mkdir()
    second.mkdir()
    pattern = pathlib.Path("/proc/sys/kernel/core_pattern").read_text().strip()
    if not dumps_core(["sleep", "60"], first):
        comment("this machine writes no core dumps at all (%s)" % pattern)
    argv = [str(BUILD.resolve() / "certbinderd"), "--state-dir", str(second / "state"), "--listen", "127.0.0.1:0"]
    assert not dumps_core(argv, second)
    limits = re.compile(rb"Max core file size\s+0\s+0")
    with Console() as console:
        assert limits.search(pathlib.Path("/proc/%d/limits" % console.process.pid).read_bytes())


# The sanitizer keeps what was freed, and ends a program its own way; it takes root to read another program's memory.
if not is_sanitized():
    test(crash_leaves_no_core_dump)
    if os.geteuid() == 0:
        test(memory_holds_no_password_after_use)

if __name__ == "__main__":
    main(before, after)
