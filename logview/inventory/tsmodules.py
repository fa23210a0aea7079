"""Which file a TypeScript or JavaScript import names: relative paths, tsconfig paths, package imports, workspaces."""

from __future__ import annotations

import json
import os
import re
from typing import Any

from logview.inventory.model import Problem
from logview.inventory.tsscope import Unit

SUFFIXES = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
COMPILED = {".js": (".ts", ".tsx"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}
"""An import names the compiled file; the source stands beside it (TypeScript handbook, "module resolution")."""
SOURCE_MAINS = ("src/index", "index", "src/main", "lib/index")


class Project:
    """The files of the project, parsed once each, and where imports lead."""

    def __init__(self, root: str) -> None:
        self.top = os.path.dirname(os.path.abspath(root))
        self.units: dict[str, Unit | None] = {}
        self.problems: list[Problem] = []
        self._configs: dict[str, tuple[str, dict[str, list[str]]] | None] = {}
        self._packages: dict[str, dict[str, Any] | None] = {}
        self._workspaces: dict[str, str] = {}
        self._found: dict[tuple[str, str], str | None] = {}

    def unit(self, path: str) -> Unit | None:
        """The parsed file, or None when it cannot be read (then a Problem is noted)."""
        key = os.path.abspath(path)
        if key not in self.units:
            self.units[key] = None
            try:
                with open(path, "rb") as file:
                    source = file.read()
                if is_minified(source):
                    self.problems.append(Problem(os.path.normpath(path), 0, "skipped: minified"))
                    return None
                unit = Unit(os.path.normpath(path), source)
            except (OSError, RecursionError) as error:
                self.problems.append(Problem(os.path.normpath(path), 0, f"not read: {error}"))
                return None
            self.units[key] = unit
            if unit.tree.has_error:
                line = next((n.line for n in unit.tree.walk() if n.type == "ERROR"), 0)
                self.problems.append(Problem(unit.path, line, "not all of the file is valid TypeScript or JavaScript"))
        return self.units[key]

    def know_packages(self, files: list[str]) -> None:
        """Learn the names of the workspace's packages from the package.json files above the source files."""
        for folder in {os.path.dirname(os.path.abspath(file)) for file in files}:
            at = folder
            while at != os.path.dirname(at) and len(at) >= len(self.top):
                package = self._package(at)
                if package is not None and isinstance(package.get("name"), str):
                    self._workspaces.setdefault(package["name"], at)
                at = os.path.dirname(at)

    def find(self, module: str, importer: str) -> Unit | None:
        """The project's file that an import names, seen from the importing file; None for a library's."""
        key = (os.path.dirname(os.path.abspath(importer)), module)
        if key not in self._found:
            self._found[key] = self._find(module, key[0])
        path = self._found[key]
        return self.unit(path) if path is not None else None

    def is_external(self, module: str, importer: str) -> bool:
        """The import names a library, not a file that should be in the project."""
        return self.find(module, importer) is None and not module.startswith((".", "@/", "~/", "#", "/"))

    def _find(self, module: str, folder: str) -> str | None:
        if module.startswith((".", "/")):
            return self._file(os.path.normpath(os.path.join(folder, module)))
        if module.startswith("#"):
            return self._package_import(module, folder)
        return self._by_paths(module, folder) or self._by_workspace(module)

    def _file(self, base: str) -> str | None:
        stem, suffix = os.path.splitext(base)
        if os.path.isfile(base) and suffix in SUFFIXES:
            return base
        for other in COMPILED.get(suffix, ()):
            if os.path.isfile(stem + other):
                return stem + other
        for other in SUFFIXES:
            if os.path.isfile(base + other):
                return base + other
        for other in SUFFIXES:
            path = os.path.join(base, "index" + other)
            if os.path.isfile(path):
                return path
        return None

    def _by_paths(self, module: str, folder: str) -> str | None:
        """tsconfig's `paths` and `baseUrl`; without a tsconfig the customary `@/` and `~/` for `src`."""
        config = self._config(folder)
        if config is not None:
            base, paths = config
            for pattern, targets in sorted(paths.items(), key=lambda item: -len(item[0].partition("*")[0])):
                head, star, tail = pattern.partition("*")
                if (module == pattern) if not star else (module.startswith(head) and module.endswith(tail)):
                    rest = module[len(head) : len(module) - len(tail)] if star else ""
                    for target in targets:
                        found = self._file(os.path.normpath(os.path.join(base, target.replace("*", rest, 1))))
                        if found:
                            return found
            found = self._file(os.path.join(base, module))
            if found:
                return found
        if module.startswith(("@/", "~/")):
            at = folder
            while len(at) >= len(self.top):
                found = self._file(os.path.join(at, "src", module[2:])) or self._file(os.path.join(at, module[2:]))
                if found:
                    return found
                if at == os.path.dirname(at):
                    break
                at = os.path.dirname(at)
        return None

    def _by_workspace(self, module: str) -> str | None:
        for name, folder in self._workspaces.items():
            if module == name or module.startswith(name + "/"):
                rest = module[len(name) + 1 :]
                if rest:
                    return self._file(os.path.join(folder, rest)) or self._file(os.path.join(folder, "src", rest))
                package = self._package(folder) or {}
                for key in ("source", "main", "module"):
                    if isinstance(package.get(key), str):
                        found = self._file(os.path.join(folder, package[key]))
                        if found:
                            return found
                return next((f for m in SOURCE_MAINS if (f := self._file(os.path.join(folder, m)))), None)
        return None

    def _package_import(self, module: str, folder: str) -> str | None:
        """package.json's `imports`: "#log" → "./src/log.js"."""
        at = folder
        while len(at) >= len(self.top):
            package = self._package(at)
            if package is not None:
                for pattern, target in (package.get("imports") or {}).items():
                    target = first_string(target)
                    head, star, tail = pattern.partition("*")
                    if target and (module == pattern or (star and module.startswith(head) and module.endswith(tail))):
                        rest = module[len(head) : len(module) - len(tail)] if star else ""
                        return self._file(os.path.normpath(os.path.join(at, target.replace("*", rest))))
                return None
            if at == os.path.dirname(at):
                break
            at = os.path.dirname(at)
        return None

    def _config(self, folder: str) -> tuple[str, dict[str, list[str]]] | None:
        """(folder paths are relative to, paths) of the nearest tsconfig.json with either."""
        if folder not in self._configs:
            self._configs[folder] = None
            found = None
            for name in ("tsconfig.json", "jsconfig.json", "tsconfig.base.json"):
                found = found or self._read_config(os.path.join(folder, name), 0)
            above = os.path.dirname(folder)
            if found is None and above != folder and len(above) >= len(self.top):
                found = self._config(above)
            self._configs[folder] = found
        return self._configs[folder]

    def _read_config(self, path: str, depth: int) -> tuple[str, dict[str, list[str]]] | None:
        data = read_json(path)
        if data is None or depth > 5:
            return None
        folder = os.path.dirname(path)
        options = data.get("compilerOptions") or {}
        if isinstance(options, dict) and ("paths" in options or "baseUrl" in options):
            base = os.path.normpath(os.path.join(folder, str(options.get("baseUrl") or ".")))
            paths = options.get("paths") or {}
            return base, {k: [str(t) for t in v] for k, v in paths.items() if isinstance(v, list)}
        extends = data.get("extends")
        for parent in [extends] if isinstance(extends, str) else extends or []:
            if isinstance(parent, str) and parent.startswith("."):
                name = parent if parent.endswith(".json") else parent + ".json"
                found = self._read_config(os.path.normpath(os.path.join(folder, name)), depth + 1)
                if found is not None:
                    return found
        return None

    def _package(self, folder: str) -> dict[str, Any] | None:
        if folder not in self._packages:
            self._packages[folder] = read_json(os.path.join(folder, "package.json"))
        return self._packages[folder]

    def dependency(self, name: str, file: str) -> str | None:
        """The version of a dependency that the nearest package.json above a file asks for."""
        at = os.path.dirname(os.path.abspath(file))
        while True:
            package = self._package(at)
            if package is not None:
                for key in ("dependencies", "devDependencies", "peerDependencies"):
                    version = (package.get(key) or {}).get(name)
                    if isinstance(version, str):
                        return version
            if at == os.path.dirname(at) or len(at) <= len(self.top):
                return None
            at = os.path.dirname(at)


def read_json(path: str) -> dict[str, Any] | None:
    """A JSON object from a file; comments and trailing commas, as tsconfig.json has them, are taken."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError):
        return None
    try:
        data = json.loads(text)
    except ValueError:
        kept = r'("(?:\\.|[^"\\])*")'
        text = re.sub(kept + r"|//[^\n]*|/\*.*?\*/", lambda m: m[1] or "", text, flags=re.DOTALL)
        text = re.sub(kept + r"|,(?=\s*[}\]])", lambda m: m[1] or "", text)
        try:
            data = json.loads(text)
        except ValueError:
            return None
    return data if isinstance(data, dict) else None


def first_string(value: Any) -> str | None:
    """The first path of a conditional export: {"types": …, "default": "./x.js"} → "./x.js"."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        chosen = value.get("import") or value.get("default") or value.get("node") or next(iter(value.values()), None)
        return first_string(chosen)
    return None


def is_minified(source: bytes) -> bool:
    """Lines of over 500 bytes on average: made by a tool."""
    return len(source) > 4_000 and len(source) / (source.count(b"\n") + 1) > 500
