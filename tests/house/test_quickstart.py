#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""./quickstart starts, finds, stops and gives up as promised: with a stand-in that keeps to certbinderd's contract, so
that it can also be made to die and to need no set-up."""
import os
import pathlib
import random
import signal
import socket
import subprocess
import tempfile

from tap import main, test

SOURCE = pathlib.Path(os.environ["CERTBINDER_SOURCE"])
STAND_IN = r"""
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *how = getenv("STAND_IN") ? getenv("STAND_IN") : "", *listen_on = "";
	struct sockaddr_in a = {.sin_family = AF_INET};
	int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "--listen") == 0)
			listen_on = argv[i + 1];
	a.sin_port = htons(atoi(strrchr(listen_on, ':') + 1));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (strcmp(how, "dies") == 0 || bind(fd, (void *)&a, sizeof(a)) || listen(fd, 5)) {
		fprintf(stderr, "the reason why\n");
		return 1;
	}
	printf("{\"event\":\"ready\",\"https\":[\"%s\"],\"setup_needed\":%s}\n", listen_on,
	       strcmp(how, "set up") == 0 ? "false" : "true");
	fflush(stdout);
	pause();
	return 0;
}
"""


def free_port():
    """Below those that the system hands to others meanwhile."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Machine:
    """A build folder with the stand-in, a state directory, and a port that was free a moment ago."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.build, self.state = self.root / "build", self.root / "state"
        self.build.mkdir()
        (self.root / "d.c").write_text(STAND_IN)
        subprocess.run(["cc", "-o", self.build / "certbinderd", self.root / "d.c"], check=True)
        command = self.build / "certbinder"
        command.write_text("#!/bin/sh\n[ \"$1 $2\" = \"setup-code --state-dir\" ] && echo CODE\n")
        command.chmod(0o755)
        self.port = free_port()

    def run(self, *args, how="", state=None):
        env = dict(os.environ, CERTBINDER_BUILD=str(self.build), CERTBINDER_PORT=str(self.port),
                   CERTBINDER_STATE_DIR=str(state or self.state), STAND_IN=how)
        done = subprocess.run([SOURCE / "quickstart", *args], env=env, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def pid(self):
        return int((self.state / "quickstart/pid").read_text())


def on_a_machine(function):
    def run():
        with tempfile.TemporaryDirectory() as root:
            machine = Machine(root)
            try:
                function(machine)
            finally:
                for pidfile in machine.root.glob("*/quickstart/pid"):
                    try:
                        os.kill(int(pidfile.read_text()), signal.SIGKILL)
                    except ProcessLookupError:
                        pass
    run.__name__ = function.__name__
    return test(run)


def is_running(pid):
    try:
        return pathlib.Path("/proc/%d/stat" % pid).read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # gone, before it was opened or before it was read
        return False


@on_a_machine
def returns_when_ready_and_prints_address_and_setup_code(m):
    status, out, err = m.run()
    assert status == 0, err
    assert "https://%s:%d/" % (os.uname().nodename, m.port) in out and "setup code: CODE\n" in out, out
    socket.create_connection(("127.0.0.1", m.port)).close()
    assert (m.state / "quickstart").stat().st_mode & 0o77 == 0


@on_a_machine
def a_second_start_finds_the_first(m):
    m.run()
    first = m.pid()
    status, out, err = m.run()
    assert status == 0 and ":%d/" % m.port in out, err
    assert m.pid() == first


@on_a_machine
def asks_for_no_code_when_none_is_needed(m):
    status, out, _ = m.run(how="set up")
    assert status == 0 and "setup code" not in out, out


@on_a_machine
def names_the_holder_of_a_taken_port(m):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", m.port))
        holder.listen()
        status, _, err = m.run()
    assert status == 1, status
    assert "port %d is taken by" % m.port in err and "(pid %d)" % os.getpid() in err, err


@on_a_machine
def a_port_taken_by_another_console_is_taken(m):
    m.run()
    status, _, err = m.run(state=m.root / "other")
    assert status == 1 and "certbinderd (pid %d)" % m.pid() in err, err


@on_a_machine
def shows_why_the_console_died(m):
    status, _, err = m.run(how="dies")
    assert status == 1 and "the reason why" in err and "does not start" in err, err


@on_a_machine
def stop_stops_it_and_is_content_when_there_is_nothing(m):
    m.run()
    pid = m.pid()
    status, out, _ = m.run("stop")
    assert status == 0 and "has stopped" in out, out
    assert not is_running(pid)
    status, out, _ = m.run("stop")
    assert status == 0 and "not running" in out, out
    status, _, err = m.run()
    assert status == 0, err


@on_a_machine
def a_pid_that_now_is_another_program_is_left_alone(m):
    (m.state / "quickstart").mkdir(parents=True)
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as other:
        (m.state / "quickstart/pid").write_text("%d\n" % other.pid)
        status, out, _ = m.run("stop")
        assert status == 0 and "not running" in out, out
        assert is_running(other.pid)
        other.stdin.close()
    (m.state / "quickstart/pid").unlink()


@on_a_machine
def help_is_help_and_an_unknown_word_is_usage(m):
    status, out, _ = m.run("--help")
    assert status == 0 and "./quickstart stop" in out
    status, out, _ = m.run("stopp")
    assert status == 2, status


if __name__ == "__main__":
    main()
