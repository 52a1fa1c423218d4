# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""A real console that offers a package to real agents."""
import pathlib
import tempfile

from binding import wait_until
from offers import Chain, Package
from story import Story, nudge

W = pathlib.Path(tempfile.mkdtemp(prefix="update-story-"))
V = Chain("Vendor")


class Updates(Story):
    """A console that trusts the vendor, finds fault at once, and offers a package."""

    def __init__(self, *args, package=None, chain=V, **more):
        super().__init__(*args, **more)
        self.trusts("Root", chain.root)
        self.trusts("CA", chain.ca)
        self.good("PUT", "/settings/update_stall_s", {"value": 0}, match=True)
        self.package = package or Package(chain=chain)
        self.files = self.folder / "PCCSRV/Pccnt/Common/updates"
        self.offers(self.package)

    def trusts(self, store, cert):
        self.done("cert", "import", cert.file(), "--store", store)

    def offers(self, package):
        (W / "package.zip").write_bytes(package.zip)
        (W / "package.p7s").write_bytes(package.p7s)
        self.good("POST", "/updates", form={"file": "@%s" % (W / "package.zip"), "signature": "@%s" % (W / "package.p7s"),
                                             "offer": "true"})

    def replaces(self, end, raw):
        """Somebody writes into the distribution point behind the console's back."""
        path = self.files / (self.package.sha256 + end)
        assert path.exists(), list(self.files.iterdir())
        path.write_bytes(raw)

    def of(self, a):
        """What the console says of this agent's update."""
        found = [i for i in self.good("GET", "/updates/agents")["items"] if i["id"] == a.id]
        return found[0] if found else {"state": "none", "cause": None}

    def wait_for(self, a, state, seconds=90, **more):
        def there():
            nudge(a)
            now = self.of(a)
            return now["state"] == state and all(now[k] == v for k, v in more.items())
        try:
            wait_until(there, seconds)
        except AssertionError:
            raise AssertionError((self.of(a), a.log()[-2500:])) from None
        return self.of(a)

    def finding(self, cause):
        found = []

        def there():
            found[:] = [f for f in self.good("GET", "/updates")["findings"] if f["cause"] == cause]
            return found
        wait_until(there)
        return found[0]
