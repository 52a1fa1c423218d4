# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Holds answers of the console against docs/openapi.yaml: the parts of JSON Schema that it uses."""
import json
import os
import pathlib
import re
import subprocess
import sys

SOURCE = pathlib.Path(os.environ.get("CERTBINDER_SOURCE", pathlib.Path(__file__).resolve().parent.parent.parent))
KINDS = {"number": (int, float), "object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
FORMATS = {"date-time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"}


def is_kind(value, kind):
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, KINDS[kind])


class Spec:
    _one = None

    def __init__(self):
        out = subprocess.run([sys.executable, str(SOURCE / "scripts/openapi-json"), str(SOURCE / "docs/openapi.yaml")],
                             capture_output=True, text=True, check=True).stdout
        self.spec = json.loads(out)
        self.seen = set()

    @classmethod
    def instance(cls):
        cls._one = cls._one or cls()
        return cls._one

    def operations(self):
        """method, path template, operation, with the base put before the path."""
        for path, item in self.spec["paths"].items():
            base = "" if "servers" in item else "/api/v1"
            for method, operation in item.items():
                if method in ("get", "post", "put", "patch", "delete"):
                    yield method.upper(), base + path, operation

    def find(self, method, path):
        path = path.split("?")[0]
        wanted = "GET" if method == "HEAD" else method
        best = None
        for name, template, operation in self.operations():
            pattern = re.sub(r"\{[^}]*\}", "[^/]+", template)
            if name == wanted and re.fullmatch(pattern, path) and (best is None or "{" not in template):
                best = operation
        return best

    def deref(self, schema):
        while "$ref" in schema:
            at = self.spec
            for name in schema["$ref"][2:].split("/"):
                at = at[name]
            schema = at
        return schema

    def check(self, method, path, answer):
        operation = self.find(method, path)
        if not operation:
            assert answer.status in (404, 405) or method == "OPTIONS", "%s %s is not described: %s" % (method, path, answer)
            return
        self.seen.add((operation["operationId"], answer.status))
        described = operation["responses"].get(str(answer.status))
        if answer.status in (304,) or method == "HEAD":
            return
        if answer.status == 204:
            assert not answer.body, answer
            return
        response = self.deref(described or operation["responses"]["default"])
        assert described or answer.status >= 400, "%s %s: %d is not described" % (method, path, answer.status)
        content = response.get("content", {})
        if not answer.body:
            return
        kind = (answer["content-type"] or "").split(";")[0]
        assert kind in content, "%s %s: %s is not described (%s)" % (method, path, kind, answer)
        if kind.endswith("json"):
            self.validate(content[kind]["schema"], answer.json, "%s %s" % (method, path))

    def validate(self, schema, value, where):
        schema = self.deref(schema)
        for part in schema.get("allOf", []):
            self.validate(part, value, where)
        kinds = schema.get("type")
        if kinds:
            kinds = kinds if isinstance(kinds, list) else [kinds]
            assert any(is_kind(value, kind) for kind in kinds), "%s is no %s: %r" % (where, kinds, value)
        if "enum" in schema:
            assert value in schema["enum"], "%s is none of %s: %r" % (where, schema["enum"], value)
        if isinstance(value, str):
            pattern = schema.get("pattern") or FORMATS.get(schema.get("format"))
            assert not pattern or re.search(pattern, value), "%s does not fit %s: %r" % (where, pattern, value)
        if isinstance(value, dict):
            self.validate_object(schema, value, where)
        if isinstance(value, list) and "items" in schema:
            for i, item in enumerate(value):
                self.validate(schema["items"], item, "%s[%d]" % (where, i))

    def validate_object(self, schema, value, where):
        for name in schema.get("required", []):
            assert name in value, "%s has no %s: %s" % (where, name, json.dumps(value)[:500])
        for name, part in schema.get("properties", {}).items():
            if name in value:
                self.validate(part, value[name], "%s.%s" % (where, name))
