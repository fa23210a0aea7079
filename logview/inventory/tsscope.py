"""TypeScript names: scopes, bindings and exports of one file. Knows no other file."""

from __future__ import annotations

from dataclasses import dataclass, field

from logview.inventory.tstree import CLASSES, FUNCTIONS, Node, arguments, inner, name_of, pairs, parse, string

BLOCKS = frozenset(
    ["statement_block", "for_statement", "for_in_statement", "catch_clause", "switch_body", "class_static_block"]
)


@dataclass(slots=True, eq=False)
class Binding:
    """One place that gives a name its meaning."""

    kind: str
    """"value", "import", "function", "class", "param", "type", "other"."""
    node: Node
    value: Node | None = None
    annotation: Node | None = None
    path: tuple[str, ...] = ()
    """Properties taken from the value by destructuring."""
    module: str = ""
    imported: str = ""
    """"default", "*" or the exported name."""


@dataclass(slots=True, eq=False)
class Scope:
    """A region of the file with its own names; a class scope holds members, which are not looked up as names."""

    unit: Unit
    node: Node
    parent: Scope | None
    names: dict[str, list[Binding]] = field(default_factory=dict)
    members: dict[str, list[tuple[Binding, Scope]]] = field(default_factory=dict)

    def find(self, name: str) -> tuple[Scope, list[Binding]] | None:
        at: Scope | None = self
        while at is not None:
            if name in at.names:
                return at, at.names[name]
            at = at.parent
        return None

    def this_class(self) -> Scope | None:
        """The class whose object `this` is here: through arrow functions, not through plain functions."""
        at: Scope | None = self
        while at is not None:
            if at.node.type in CLASSES:
                return at
            inside_class = at.parent is not None and at.parent.node.type in CLASSES
            if at.node.type in FUNCTIONS and at.node.type != "arrow_function" and not inside_class:
                return None
            at = at.parent
        return None


@dataclass(slots=True, eq=False)
class Unit:
    """One parsed file."""

    path: str
    source: bytes
    tree: Node = field(init=False)
    scope: Scope = field(init=False)
    scopes: dict[int, Scope] = field(default_factory=dict)
    """Start scope of each node that opens one, by id of the node."""
    exports: dict[str, Binding] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    """Modules re-exported whole."""
    imports: list[tuple[str, Node]] = field(default_factory=list)
    """Every module named by import, export … from and require(), with the node that names it."""

    def __post_init__(self) -> None:
        self.tree = parse(self.source, self.path)
        self.scope = Scope(self, self.tree, None)
        self.scopes[id(self.tree)] = self.scope
        Binder(self).run()

    def scope_at(self, node: Node) -> Scope:
        """The scope a node stands in; for a node that opens a scope, the one outside."""
        at = node.parent
        while at is not None:
            found = self.scopes.get(id(at))
            if found is not None:
                return found
            at = at.parent
        return self.scope


class Binder:
    """Fills the scopes and exports of one file."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    def run(self) -> None:
        todo: list[tuple[Node, Scope]] = [(kid, self.unit.scope) for kid in reversed(self.unit.tree.kids)]
        while todo:
            node, scope = todo.pop()
            inside = self.bind(node, scope)
            todo.extend((kid, inside) for kid in reversed(node.kids))

    def bind(self, node: Node, scope: Scope) -> Scope:
        """Bind what the node binds; the scope of what is inside it."""
        kind = node.type
        if kind in FUNCTIONS:
            return self.function(node, scope)
        if kind in CLASSES:
            return self.klass(node, scope)
        if kind in BLOCKS:
            return self.block(node, scope)
        match kind:
            case "variable_declarator":
                value = node.get("value")
                name = node.get("name")
                if name is not None:
                    self.pattern(name, value, annotation(node.get("type")), scope, "value")
            case "import_statement":
                self.imported(node, scope)
            case "export_statement":
                self.exported(node)
            case "assignment_expression":
                self.assigned(node, scope)
            case "public_field_definition" | "property_signature" | "method_signature":
                self.member(node, scope)
            case "interface_declaration" | "type_alias_declaration" | "enum_declaration":
                return self.typed(node, scope)
            case "call_expression":
                function = node.get("function")
                if function is not None and function.text in {"require", "import"} and arguments(node):
                    module = string(arguments(node)[0])
                    if module:
                        self.unit.imports.append((module, node))
        return scope

    def function(self, node: Node, scope: Scope) -> Scope:
        name = node.get("name")
        if name is not None:
            if node.type == "method_definition":
                if scope.node.type in CLASSES:
                    scope.members.setdefault(name_of(name), []).append((Binding("function", node), scope))
            elif node.type.endswith("declaration"):
                scope.names.setdefault(name.text, []).append(Binding("function", node))
        inside = self.open(node, scope)
        if node.type in {"function_expression", "generator_function"} and name is not None:
            inside.names.setdefault(name.text, []).append(Binding("function", node))
        single = node.get("parameter")
        if single is not None:
            self.pattern(single, None, None, inside, "param")
        parameters = node.get("parameters")
        for parameter in parameters.kids if parameters is not None else []:
            self.parameter(parameter, inside)
        return inside

    def parameter(self, node: Node, scope: Scope) -> None:
        pattern = node.get("pattern") or (node.kids[0] if node.type == "rest_pattern" and node.kids else node)
        kind = annotation(node.get("type"))
        self.pattern(pattern, node.get("value"), kind, scope, "param")
        modifiers = [kid for kid in node.kids if kid.type in {"accessibility_modifier", "override_modifier"}]
        is_property = bool(modifiers) or node.text.startswith("readonly ")
        if is_property and pattern.type == "identifier" and scope.parent is not None:
            binding = Binding("param", pattern, value=node.get("value"), annotation=kind)
            scope.parent.members.setdefault(pattern.text, []).append((binding, scope))

    def klass(self, node: Node, scope: Scope) -> Scope:
        name = node.get("name")
        if name is not None:
            scope.names.setdefault(name.text, []).append(Binding("class", node))
        return self.open(node, scope)

    def block(self, node: Node, scope: Scope) -> Scope:
        inside = self.open(node, scope)
        if node.type == "catch_clause":
            parameter = node.get("parameter")
            if parameter is not None:
                self.pattern(parameter, None, None, inside, "other")
        elif node.type == "for_in_statement":
            left = node.get("left")
            if left is not None and left.type in {"identifier", "object_pattern", "array_pattern"}:
                self.pattern(left, None, None, inside, "other")
        return inside

    def open(self, node: Node, scope: Scope) -> Scope:
        inside = Scope(self.unit, node, scope)
        self.unit.scopes[id(node)] = inside
        generics = node.get("type_parameters")
        for parameter in generics.kids if generics is not None else ():
            name = parameter.get("name")
            if name is not None and parameter.get("constraint") is not None:
                inside.names.setdefault(name.text, []).append(Binding("type", parameter))
        return inside

    def typed(self, node: Node, scope: Scope) -> Scope:
        name = node.get("name")
        if name is not None:
            scope.names.setdefault(name.text, []).append(Binding("type", node))
        if node.type == "type_alias_declaration":
            return scope
        inside = Scope(self.unit, node, scope)
        self.unit.scopes[id(node)] = inside
        return inside

    def member(self, node: Node, scope: Scope) -> None:
        name = node.get("name")
        if name is None:
            return
        made = Binding("value", node, value=node.get("value"), annotation=annotation(node.get("type")))
        scope.members.setdefault(name_of(name), []).append((made, scope))

    def pattern(  # noqa: PLR0917  recursive: what is bound, to what, where
        self, node: Node, value: Node | None, kind: Node | None, scope: Scope, how: str, path: tuple[str, ...] = ()
    ) -> None:
        """Bind the names of a declaration's left side."""
        match node.type:
            case "identifier" | "shorthand_property_identifier_pattern":
                if node.type != "identifier":
                    path = (*path, node.text)
                scope.names.setdefault(node.text, []).append(Binding(how, node, value, kind, path))
            case "object_pattern" | "array_pattern":
                for index, kid in enumerate(node.kids):
                    inside = path if node.type == "object_pattern" else (*path, str(index))
                    self.pattern(kid, value, kind, scope, how, inside)
            case "pair_pattern":
                key, target = node.get("key"), node.get("value")
                if key is not None and target is not None:
                    self.pattern(target, value, kind, scope, how, (*path, name_of(key)))
            case "object_assignment_pattern" | "assignment_pattern":
                left = node.get("left")
                if left is not None:
                    self.pattern(left, value, kind, scope, how, path)
            case "rest_pattern":
                for kid in node.kids:
                    if kid.type == "identifier":
                        scope.names.setdefault(kid.text, []).append(Binding("other", kid))

    def imported(self, node: Node, scope: Scope) -> None:
        source = string(node.get("source"))
        for clause in node.kids:
            if clause.type == "import_require_clause":
                module = next((string(k) for k in clause.kids if k.type == "string"), None)
                if module and clause.kids:
                    self._import(clause.kids[0], module, "default", scope)
                    self.unit.imports.append((module, node))
            elif clause.type == "import_clause" and source:
                for kid in clause.kids:
                    self._clause(kid, source, scope)
        if source:
            self.unit.imports.append((source, node))

    def _clause(self, kid: Node, source: str, scope: Scope) -> None:
        if kid.type == "identifier":
            self._import(kid, source, "default", scope)
        elif kid.type == "namespace_import" and kid.kids:
            self._import(kid.kids[0], source, "*", scope)
        elif kid.type == "named_imports":
            for item in kid.kids:
                name = item.get("name")
                if name is not None:
                    self._import(item.get("alias") or name, source, name_of(name), scope)

    def _import(self, local: Node, module: str, imported: str, scope: Scope) -> None:
        scope.names.setdefault(local.text, []).append(Binding("import", local, module=module, imported=imported))

    def exported(self, node: Node) -> None:
        source = string(node.get("source"))
        declaration = node.get("declaration")
        if source:
            self.unit.imports.append((source, node))
        for kid in node.kids:
            if kid.type == "export_clause":
                for item in kid.kids:
                    self._specifier(item, source)
            elif kid.type == "namespace_export" and source and kid.kids:
                self.unit.exports[kid.kids[0].text] = Binding("import", kid, module=source, imported="*")
        if source and not any(kid.type in {"export_clause", "namespace_export"} for kid in node.kids):
            self.unit.stars.append(source)
        if declaration is not None:
            for name in declared(declaration):
                key = "default" if node.is_default else name
                self.unit.exports[key] = Binding("name", declaration, imported=name)
            if node.is_default and declaration.get("name") is None:
                self.unit.exports["default"] = Binding("value", declaration, value=declaration)
        elif not source:
            value = node.get("value") or (node.kids[0] if node.kids and node.kids[0].type != "export_clause" else None)
            if value is not None:
                key = "default" if node.is_default else "="
                self.unit.exports[key] = Binding("value", value, value=value)

    def _specifier(self, item: Node, source: str | None) -> None:
        name = item.get("name")
        if name is None:
            return
        outside = name_of(item.get("alias") or name)
        if source:
            self.unit.exports[outside] = Binding("import", item, module=source, imported=name_of(name))
        else:
            self.unit.exports[outside] = Binding("name", item, imported=name_of(name))

    def assigned(self, node: Node, scope: Scope) -> None:
        """`x = …`, `this.x = …`, `module.exports = …`, `exports.x = …`."""
        left, right = node.get("left"), node.get("right")
        if left is None or right is None:
            return
        if left.type == "identifier":
            found = scope.find(left.text)
            if found is not None:
                found[1].append(Binding("value", left, value=right))
            return
        if left.type != "member_expression":
            return
        owner, prop = left.get("object"), left.get("property")
        if owner is None or prop is None:
            return
        if owner.type == "this":
            this = scope.this_class()
            if this is not None:
                this.members.setdefault(prop.text, []).append((Binding("value", left, value=right), scope))
        elif left.text == "module.exports":
            self.unit.exports["="] = Binding("value", right, value=right)
            literal = inner(right)
            if literal is not None and literal.type == "object":
                for key, value in pairs(literal):
                    if key:
                        self.unit.exports.setdefault(key, Binding("value", value, value=value))
        elif owner.text in {"exports", "module.exports"}:
            self.unit.exports[prop.text] = Binding("value", right, value=right)


def annotation(node: Node | None) -> Node | None:
    """The type inside `: T`."""
    if node is not None and node.type in {"type_annotation", "opting_type_annotation"}:
        return node.kids[0] if node.kids else None
    return node


def declared(node: Node) -> list[str]:
    """Names that a declaration statement declares at its own level."""
    name = node.get("name")
    if name is not None:
        return [name.text]
    out: list[str] = []
    for kid in node.kids:
        if kid.type == "variable_declarator":
            target = kid.get("name")
            if target is not None:
                out += [
                    part.text
                    for part in target.walk()
                    if part.type == "shorthand_property_identifier_pattern"
                    or (part.type == "identifier" and (part.parent is None or part.parent.get("right") is not part))
                ]
    return out
