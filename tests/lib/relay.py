# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""A relay between an agent and its server, which a large answer does not come through."""
import socket
import threading

STEP = 65536


class Relay:
    """Passes everything on, and of each answer the first hold bytes (None: all). every: seconds between the single bytes
    that come after these; None: nothing comes any more, and the connection stays."""

    def __init__(self, port, hold=None, every=None):
        self.to, self.hold, self.every, self.held = port, hold, every, 0
        self.answers = []
        self.changed = threading.Condition()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *why):
        self.release()
        self.listener.close()

    def release(self):
        with self.changed:
            self.hold = None
            self.changed.notify_all()

    def passed(self):
        """Bytes of all answers until now."""
        return sum(n for (n,) in self.answers)

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                return
            answer = [0]
            self.answers.append(answer)
            threading.Thread(target=self.pump, args=(near, far, None), daemon=True).start()
            threading.Thread(target=self.pump, args=(far, near, answer), daemon=True).start()

    def is_held(self, answer):
        return answer is not None and self.hold is not None and answer[0] >= self.hold

    def wait(self, answer):
        """Until the next byte may pass."""
        with self.changed:
            self.held += 1
            self.changed.wait_for(lambda: not self.is_held(answer), self.every)

    def pump(self, source, sink, answer):
        try:
            while raw := source.recv(1 if self.is_held(answer) else STEP):
                if answer is not None:
                    answer[0] += len(raw)
                sink.sendall(raw)
                if self.is_held(answer):
                    self.wait(answer)
        except OSError:
            pass
        for s in (source, sink):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
