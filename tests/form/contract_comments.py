"""Finds functions that a header declares without a `///` contract comment.

A small reader of C++ declarations, not a compiler: it knows namespaces, classes and enumerations, and skips bodies.
Private members, destructors, equality, and defaulted, deleted, overriding, copy or move members need no comment of
their own.
"""
import re

import source_tree

TOKEN = re.compile(
    r"(?P<contract>///[^\n]*)|(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<directive>^[ \t]*#(?:[^\n]*\\\n)*[^\n]*)"
    r'|(?P<text>R"\((?:.*?)\)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\')'
    r"|(?P<word>[A-Za-z_]\w*)|(?P<mark>\[\[|\]\]|::|&&|[^\s\w])|(?P<number>\d[\w']*)",
    re.MULTILINE | re.DOTALL,
)


class Scope:
    """An open brace: what kind of thing it belongs to, and whether its members are private now."""

    def __init__(self, kind, name="", private=False):
        self.kind, self.name, self.private = kind, name, private


def scope_of(words):
    """What an open brace after these words begins."""
    plain = [word for word in words if word not in ("inline", "export", "LOCKET_API")]
    if "namespace" in plain or plain[:1] == ["extern"]:
        return Scope("namespace")
    if "enum" in plain:
        return Scope("body")
    for keyword in ("class", "struct", "union"):
        if keyword in plain and "(" not in plain:
            after = [word for word in plain[plain.index(keyword) + 1:] if re.fullmatch(r"[A-Za-z_]\w*", word)]
            return Scope("class", after[0] if after else "", private=keyword == "class")
    return Scope("body")


def without_template(words):
    """Drops a leading `template <...>` and attributes."""
    words = list(words)
    while words[:1] == ["template"]:
        depth = 0
        for position, word in enumerate(words[1:], 1):
            depth += (word == "<") - (word == ">")
            if depth == 0:
                words = words[position + 1:]
                break
        else:
            return []
    while "[[" in words and "]]" in words:
        start = words.index("[[")
        del words[start:words.index("]]") + 1]
    return words


def without_arguments(words):
    """Drops template arguments (`std::function<bool(int)>` names no function), but keeps operators such as `<`."""
    kept, depth = [], 0
    for position, word in enumerate(words):
        before = words[position - 1] if position else ""
        if depth == 0 and not (word == "<" and re.fullmatch(r"[A-Za-z_]\w*", before) and before != "operator"):
            kept.append(word)
        else:
            depth += (word == "<") - (word == ">")
    return kept


def function_name(words, scope):
    """The name of the function that these words declare and that needs a comment, or nothing."""
    words = without_arguments(without_template(words))
    if not words or words[0] in ("using", "typedef", "friend", "static_assert", "enum", "class", "struct", "concept"):
        return None
    if "(" not in words or "requires" in words[:1]:
        return None
    opening = words.index("(")
    if "=" in words[:opening] and "operator" not in words[:opening]:
        return None
    name = words[opening - 1] if opening else ""
    if "operator" in words[:opening + 1]:
        name = "operator" + "".join(words[words.index("operator") + 1:opening])
    if not name or name == "operator==" or "~" in words[:opening] or "override" in words[opening:]:
        return None
    if words[-2:] in (["=", "default"], ["=", "delete"]):
        return None
    parameters = words[opening + 1:]
    copied = parameters[:1] == [scope.name] or parameters[:2] == ["const", scope.name]
    if name in (scope.name, "operator=") and scope.name and copied:
        return None
    return name


def missing_in(text):
    """The line and the name of each function of a header that lacks its comment."""
    missing = []
    scopes = [Scope("namespace")]
    words, line_of_first, explained, round_depth = [], 0, False, 0

    def ended(line):
        nonlocal words, explained
        if scopes[-1].kind != "body" and not scopes[-1].private and words:
            name = function_name(words, scopes[-1])
            if name and not explained:
                missing.append((line, name))
        words, explained = [], False

    for match in TOKEN.finditer(text):
        kind, token = match.lastgroup, match.group()
        line = text.count("\n", 0, match.start()) + 1
        if kind == "contract" and not words:
            explained = True
        if kind in ("contract", "comment", "directive"):
            continue
        if not words:
            line_of_first = line
        if token == "{" and round_depth == 0:
            scope = scope_of(words) if scopes[-1].kind != "body" else Scope("body")
            if scope.kind == "body":
                ended(line_of_first)
            words, explained = [], False
            scopes.append(scope)
        elif token == "}" and round_depth == 0:
            if len(scopes) > 1:
                scopes.pop()
            words, explained = [], False
        elif token == ";" and round_depth == 0:
            ended(line_of_first)
        elif token == ":" and words and words[-1] in ("public", "protected", "private") and len(words) == 1:
            scopes[-1].private = words[0] == "private"
            words = []
        else:
            round_depth += (token == "(") - (token == ")")
            words.append(token)
    return missing


def comment_faults(root):
    """The functions without a contract comment in all headers of include and lib."""
    faults = []
    for path in source_tree.sources(root, {".hpp", ".h"}):
        if path.parts[0] in ("include", "lib"):
            faults += [f"{path}:{line}: {name} has no contract comment"
                       for line, name in missing_in(source_tree.read(root, path))]
    return faults
