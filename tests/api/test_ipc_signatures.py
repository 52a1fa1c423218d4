#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""timeout-seconds: 600

Local sockets let nobody in but signed programs, where the policy says so; openssl signs them. The console's socket first,
then the agent's.
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from agentd import PASSWORD, Agent  # noqa: E402
from binding import wait_until  # noqa: E402
from console import Console  # noqa: E402
from programs import Programs  # noqa: E402
from signed import SIGNERS, Signed, fingerprint, two_servers  # noqa: E402
from tap import main, skip_unless, test  # noqa: E402

if os.geteuid() == 0 and os.stat(tempfile.gettempdir()).st_mode & 0o7777 == 0o700:
    os.chmod(tempfile.gettempdir(), 0o711)  # the runner's own: the others here must come through to what is theirs


@test
def nothing_is_asked_while_the_setting_is_off():
    with Signed(required=False, programs=Programs(SIGNERS, "certbinderd", "certbinder", signed=False)) as c:
        assert json.loads(c.done("settings", "get", "ipc_signatures", "--json"))["value"] == "off"
        c.answers()
        assert "ipc.digest" not in c.log()


@test
def signed_programs_talk_with_one_another():
    with Signed() as c:
        c.answers()
        c.done("cert", "import", SIGNERS.pem("inter"), "--store", "CA")
        assert json.loads(c.done("status", "--json"))["console"]["trust_generation"] > 0


@test
def a_caller_without_a_signature_is_refused():
    with Signed() as c:
        c.programs.unsign("certbinder")
        found = c.refuses("ipc.unsigned", "certbinder.p7s")
        assert "openssl cms -sign" in json.dumps(found), found
        assert "ipc.unsigned" in c.log()


@test
def a_caller_that_was_altered_is_refused():
    with Signed() as c:
        c.programs.alter("certbinder")
        c.refuses("ipc.signature", "certbinder", "not the one that was signed")


@test
def a_signer_meant_for_something_else_is_refused():
    with Signed() as c:
        for signer in ("server", "bare"):
            c.programs.sign("certbinder", signer=signer)
            c.refuses("ipc.signature", "certbinder")


@test
def the_root_that_is_missing_is_named():
    with Signed() as c:
        root = c.programs.signers
        run = c.cli("cert", "remove", fingerprint("root"), "--store", "Root", "--yes")
        assert run.status == 5 and "Code Root" in run.err, run  # done, but the console could not be told by this program
        c.refuses("ipc.chain", "Code Root")
        assert "Code Root" in c.log() and root


@test
def the_intermediate_that_is_missing_is_named():
    with Signed() as c:
        c.programs.sign("certbinder", chain=False)
        c.refuses("ipc.chain", "Code Issuer")
        c.done("settings", "set", "ipc_signatures", "off")
        c.done("cert", "import", SIGNERS.pem("inter"), "--store", "CA")
        c.done("settings", "set", "ipc_signatures", "required")
        c.answers()


@test
def who_signed_with_an_expired_certificate_is_told_to_sign_anew():
    SIGNERS.make_expired("late", "Late Signer", "inter", ["extendedKeyUsage=codeSigning"])
    with Signed() as c:
        c.programs.sign("certbinder", signer="late")
        assert "sign anew with one that is valid now" in c.refuses("ipc.chain", "Late Signer")["remedies"][0]["text"]


@test
def a_distrusted_signer_is_refused():
    with Signed() as c:
        c.cli("cert", "import", SIGNERS.pem("signer"), "--store", "Disallowed")
        c.refuses("ipc.chain")


@test
def a_console_without_a_signature_is_told_nothing():
    with Signed() as c:
        c.programs.unsign("certbinderd")
        found = c.refuses("ipc.unsigned", "certbinderd.p7s")
        assert "what listens on control.sock" in found["detail"], found


@test
def a_program_that_was_replaced_while_it_ran_has_to_start_again():
    with Signed() as c:
        c.programs.copy("certbinderd")
        raw = (c.programs / "certbinderd").read_bytes() + b"newer"
        (c.programs / "certbinderd").write_bytes(raw)
        c.programs.sign("certbinderd")
        c.refuses("ipc.signature", "certbinderd", "replaced")
        c.stop()
        c.start()
        c.answers()


def digests(c, name):
    return len(re.findall(r"ipc\.digest.*/%s," % name, c.log()))


@test
def a_program_is_digested_once_until_it_changes():
    with Signed() as c:
        time.sleep(0.2)  # what changed this moment is not remembered
        for _ in range(3):
            c.answers()
        assert digests(c, "certbinder") == 1, c.log()
        c.programs.alter("certbinder")
        time.sleep(0.2)
        c.refuses("ipc.signature")
        assert digests(c, "certbinder") == 2, c.log()
        c.programs.copy("certbinder")
        time.sleep(0.2)
        c.answers()
        assert digests(c, "certbinder") == 3, c.log()


STRANGER = """
import array, json, os, select, socket, sys, time
state, program, how = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
at = "/proc/self/fd/%d/control.sock" % os.open(state, os.O_RDONLY)
me, s = os.getpid(), socket.socket(socket.AF_UNIX)
s.settimeout(30)
if "listens" in how:
    os.rename(at, at + ".real")
    s.bind(at)
    s.listen()
    print("listens", flush=True)
else:
    s.connect(at)
into, out = os.pipe()
if "becomes" in how and os.fork() != 0:  # from here on this is our program; the child keeps the socket
    os.close(out)
    os.dup2(into, 0)
    os.dup2(2, 1)
    os.execv(program, [program, "trust", "judge", "--json-lines"])
if "ends" in how and os.fork() != 0:
    os._exit(0)
def became():
    try:
        return os.readlink("/proc/%d/exe" % me) == program
    except PermissionError:  # it is ours already, and lets nobody look any more
        return True


while "becomes" in how and not became():
    time.sleep(0.01)
while "ends" in how and os.path.exists("/proc/%d/exe" % me) and ") Z " not in open("/proc/%d/stat" % me).read():
    time.sleep(0.01)


def meet(s):
    said, asked = s.makefile().readline(), False
    if '"nonce"' in said:
        asked = True
        nonce = json.loads(said)["nonce"] if "wrong" not in how else "0" * 32
        text = json.dumps({"proof": nonce}, separators=(",", ":")).encode() + b"\\n"
        s.sendmsg([text], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [2]))] if "beside" in how else [])
        said = s.makefile().readline()
    print(json.dumps(dict(json.loads(said or "{}"), asked=asked)), file=sys.stderr, flush=True)


if "listens" not in how:
    s.sendall(b'{"op":"status"}\\n')
    meet(s)
    sys.exit()
while s in select.select([s, 0], [], [])[0]:  # whoever calls more than once is answered each time, until our input ends
    meet(s.accept()[0])
os.unlink(at)
"""


def stranger(c, *how):
    """A program that is not ours at one end of the console's socket; .told gives what the other end said to it."""
    # the machine's own, which everybody may run
    python = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable
    return subprocess.Popen([python, "-c", STRANGER, str(c.folder), str(c.programs / "certbinder"), ",".join(how)],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, user=c.user,
                            group=c.user, extra_groups=[] if c.user else None)


def told(c, *how):
    with stranger(c, *how) as process:
        said = process.stderr.read()  # also what the program says that it becomes, before and after
    found = [line for line in said.splitlines() if line.startswith("{") and '"asked"' in line]
    assert found, said
    return json.loads(found[-1])


def somebody():
    """Not root: a root with all its rights cannot be looked at by one without them."""
    return 65534 if os.geteuid() == 0 else None


@test
def an_interpreter_is_not_what_it_runs():
    with Signed(user=somebody()) as c:
        said = told(c, "beside")
        assert said["ok"] is False and said["code"] == "ipc.unsigned" and "python" in said["detail"], said


@test
def a_proof_repeats_what_was_asked_with_a_descriptor_beside_it():
    with Signed(user=somebody()) as c:
        for how in (["-"], ["beside", "wrong"]):
            said = told(c, *how)
            assert said["ok"] is False and said["code"] == "ipc.unseen" and said["asked"], (how, said)


@test
def a_program_that_becomes_ours_after_it_connected_is_not_taken_for_ours():
    with Signed(user=somebody()) as c:
        for beside in ("-", "beside"):
            for _ in range(40):  # it hides soon after it has become ours: then it is not even asked
                said = told(c, "becomes", beside)
                assert said["ok"] is False and said["code"] == "ipc.unseen", said
                if said["asked"]:
                    break
            assert said["asked"], said
        c.answers()


@test
def a_caller_that_ended_is_nobody():
    with Signed(user=somebody()) as c:
        said = told(c, "ends", "beside")
        assert said["ok"] is False and said["code"] == "ipc.unseen" and not said["asked"], said


@test
def a_program_in_the_consoles_place_is_told_nothing():
    with Signed(user=somebody()) as c:
        for code, how in (("ipc.unsigned", ["beside"]), ("ipc.unseen", ["becomes", "beside"]), ("ipc.unseen", ["becomes"])):
            with stranger(c, "listens", *how) as s:
                assert s.stdout.readline() == "listens\n", s.stderr.read()
                found = c.refuses(code)
                assert "what listens on control.sock" in found["detail"], found
                s.stdin.close()  # it has been called for the last time
                heard = [json.loads(x) for x in s.stderr.read().strip().splitlines()]
                assert heard and all(x == {"asked": True} for x in heard), heard
            os.rename(c.folder / "control.sock.real", c.folder / "control.sock")
        c.answers()


@test
def whoever_would_lock_himself_out_is_told_before():
    with Signed(required=False) as c:
        c.programs.unsign("certbinder")
        run = c.cli("settings", "set", "ipc_signatures", "required", "--json")
        assert run.status == 5 and run.json["code"] == "ipc.unsigned" and "certbinder.p7s" in run.json["detail"], run
        c.programs.sign("certbinder")
        c.programs.unsign("certbinderd")
        run = c.cli("settings", "set", "ipc_signatures", "required", "--json")
        assert run.status == 5 and run.json["code"] == "ipc.unsigned" and "certbinderd.p7s" in run.json["detail"], run
        c.refused(403, "ipc.unsigned", "PUT", "/settings/ipc_signatures", {"value": "required"}, match=True)
        assert c.good("GET", "/settings/ipc_signatures")["value"] == "off"
        c.programs.sign("certbinderd")
        c.good("PUT", "/settings/ipc_signatures", {"value": "required"}, match=True)
        c.answers()


@test
def with_the_console_down_the_one_beside_is_looked_at():
    with Signed(required=False, start=False) as c:
        c.programs.unsign("certbinderd")
        run = c.cli("settings", "set", "ipc_signatures", "required", "--json")
        assert run.status == 5 and "certbinderd.p7s" in run.json["detail"], run


@test
def an_override_goes_on_and_is_in_the_audit_trail():
    with Signed(required=False) as c:
        c.programs.unsign("certbinder")
        c.done("settings", "set", "ipc_signatures", "required", "--override", "the signature comes tomorrow")
        c.refuses("ipc.unsigned")
        rows = json.loads(c.done("audit", "list", "--json"))["items"]
        row = [r for r in rows if r["action"] == "setting.change" and r["object"] == "ipc_signatures"][0]
        assert row["detail"] == {"before": "off", "after": "required", "override": "the signature comes tomorrow"}, row


@test
def whoever_is_locked_out_turns_it_off_on_the_state_directory():
    with Signed() as c:
        for name in ("certbinder", "certbinderd"):
            c.programs.unsign(name)
        c.refuses("ipc.unsigned")
        c.done("settings", "set", "ipc_signatures", "off")
        c.answers()


@test
def a_change_by_a_refused_program_is_stored_and_said_not_to_be_served():
    with Signed() as c:
        c.programs.unsign("certbinder")
        run = c.cli("cert", "import", SIGNERS.pem("inter"), "--store", "CA")
        assert run.status == 5 and "stored, but not served" in run.err, run
        c.programs.sign("certbinder")
        c.answers()


@test
def a_bind_by_a_refused_program_is_not_blamed_on_the_certificate():
    with Signed() as c:
        bound = json.loads(c.done("bind", "show", "--json"))["cert"]
        c.programs.unsign("certbinder")
        for command in ("check", "set"):
            run = c.cli("bind", command, "--endpoint", "default", "--cert", bound, "--json")
            assert run.status == 5 and run.json["code"] == "ipc.unsigned", run


@test
def root_and_the_owner_talk_with_a_console_that_is_somebody_elses():
    skip_unless(os.geteuid() == 0, "needs root")
    with Signed(user=65534) as c:
        c.answers()
        c.answers(by=65534)
        run = c.cli("status", "--json", user=65533)
        assert run.status == 5, run


@test
def the_process_that_is_looked_at_holds_nothing():
    with Signed() as c:
        witness = [p for p in children(c.process.pid) if name_of(p) == "witness"]
        assert len(witness) == 1, witness
        at = pathlib.Path("/proc/%d" % witness[0])
        assert not (at / "cmdline").read_bytes().strip(b"\0"), (at / "cmdline").read_bytes()
        assert not (at / "environ").read_bytes().strip(b"\0")
        caps = re.findall(r"Cap(?:Prm|Eff):\s*(\w+)", (at / "status").read_text())
        assert [int(x, 16) for x in caps] == [0, 0], caps
        files = [os.readlink(x) for x in (at / "fd").iterdir()]
        assert all(x == "/dev/null" or x.startswith("socket:") or x.endswith("stderr") for x in files), files
        os.kill(c.process.pid, signal.SIGKILL)
        c.process.wait()
        c.process = None
        wait_until(lambda: is_over(at))


# ---- the agent's socket


@test
def ipxfer_and_the_agent_talk_when_both_are_signed():
    old, new, a = two_servers()
    with old, new, a:
        done = a.move(new)
        assert done.returncode == 0, done
        assert a.state["server"]["https_port"] == new.port
        assert "ipc.digest" in a.log()


@test
def ipxfer_without_a_good_signature_is_refused_by_the_agent():
    old, new, a = two_servers()
    with old, new, a:
        a.programs.unsign("IpXfer")
        a.refuses_ipxfer(new, "ipc.unsigned", "IpXfer.p7s")
        assert "ipc.unsigned" in a.log()
        a.programs.sign("IpXfer", signer="server")
        a.refuses_ipxfer(new, "ipc.signature", "IpXfer", "code signing")
        a.programs.sign("IpXfer")
        a.programs.alter("IpXfer")
        a.refuses_ipxfer(new, "ipc.signature", "IpXfer", "not the one that was signed")
        assert a.state["server"]["https_port"] == old.port


@test
def the_root_that_the_agent_lacks_is_named_and_its_coming_is_enough():
    old, new, a = two_servers()
    with old, new, a:
        a.distrust("root")
        a.refuses_ipxfer(new, "ipc.chain", "Code Root")
        a.trust("root")
        done = a.move(new)
        assert done.returncode == 0, done


@test
def ipxfer_gives_no_password_to_an_agent_without_a_signature():
    old, new, a = two_servers()
    with old, new, a:
        a.programs.unsign("certbinder-agentd")
        said = a.refuses_ipxfer(new, "ipc.unsigned", "certbinder-agentd.p7s", "what listens on agent.sock")
        assert said
        assert "refused" not in a.log()  # it was asked nothing but to prove itself


@test
def the_agent_asks_for_nothing_while_its_server_says_so():
    old, new, a = two_servers(required=False, programs=Programs(SIGNERS, "certbinder-agentd", "IpXfer", signed=False))
    with old, new, a:
        done = a.move(new)
        assert done.returncode == 0, done


@test
def a_refused_ipxfer_works_on_an_agent_that_is_stopped():
    old, new, a = two_servers()
    with old, new, a:
        a.programs.unsign("IpXfer")
        a.refuses_ipxfer(new, "ipc.unsigned")
        a.stop()
        done = a.move(new)
        assert done.returncode == 0, done
        assert a.state["server"]["https_port"] == new.port


@test
def who_is_stopped_needs_to_convince_nobody():
    old, new, a = two_servers()
    with old, new, a:
        disallowed = a.folder / "trust/Disallowed"
        disallowed.mkdir(exist_ok=True)
        (disallowed / "junk.cer").write_bytes(b"junk")
        done = a.move(new)
        assert done.returncode != 0 and "Disallowed/junk.cer" in done.stderr, done
        a.stop()
        done = a.move(new)
        assert done.returncode == 0, done
        assert a.state["server"]["https_port"] == new.port


@test
def a_console_turns_it_on_for_its_agents_and_deploys_the_root_that_they_lack():
    programs = Programs(SIGNERS, "certbinder-agentd", "IpXfer")
    with Console() as c:
        key = c.folder / "PCCSRV/Pccnt/Common/OfcNTCer.dat"
        a = Agent(c.port, key, start=False)
        a.program = programs / "certbinder-agentd"
        with a.start():
            c.done("settings", "set", "agent_ipc_signatures", "required")
            c.done("settings", "set", "agent_heartbeat_s", "10")
            a.process.send_signal(signal.SIGHUP)
            wait_until(lambda: a.state["configuration"]["ipc_signatures"])

            def mend():
                argv = [programs / "IpXfer", "--state-dir", a.folder, "--json", "-s", "127.0.0.1", "-sp", c.port, "-e", key, "-pwd",
                        PASSWORD]
                return subprocess.run([str(x) for x in argv], capture_output=True, text=True, timeout=200, check=False)
            done = mend()
            assert done.returncode == 5, done
            said = json.loads(done.stdout)
            assert said["code"] == "ipc.chain" and "Code Root" in said["detail"], said
            c.done("cert", "import", SIGNERS.pem("root"), "--store", "Root")
            entry = c.done("root", "add", "Code Root", "--store", "Root", "--sha256", fingerprint("root"), "--json")
            c.done("root", "deploy", "--root", str(json.loads(entry)["id"]), "--agent", a.id, "--wait", "60")
            done = mend()
            assert done.returncode == 0, done


def is_over(at):
    try:
        return "Z" in re.findall(r"State:\s*(\w)", (at / "status").read_text())
    except (FileNotFoundError, ProcessLookupError):  # also between the opening and the reading
        return True


def children(pid):
    return [int(x) for x in pathlib.Path("/proc/%d/task/%d/children" % (pid, pid)).read_text().split()]


def name_of(pid):
    return pathlib.Path("/proc/%d/comm" % pid).read_text().strip()


if __name__ == "__main__":
    main()
