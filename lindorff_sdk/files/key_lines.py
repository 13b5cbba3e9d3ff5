"""On which line of a TOML text each key stands, for people who look for a mistake."""

import tomllib
from collections.abc import Iterable, Iterator
from functools import cache

import tree_sitter_toml
from attrs import define, field
from tree_sitter import Language, Node, Parser

from lindorff_sdk.files.table import label


def key_lines(text: str) -> dict[str, int]:
    """Return the line, from 1, of every key of a valid TOML text, by its path as `Table` writes it."""
    walk = _Walk()
    root = _parser().parse(text.encode()).root_node
    walk.pairs("", root)
    for node in root.named_children:
        if node.type in ("table", "table_array_element"):
            walk.table(node, is_element=node.type == "table_array_element")
    return walk.lines


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_toml.language()))


@define
class _Walk:
    lines: dict[str, int] = field(factory=dict)
    _elements: dict[str, str] = field(factory=dict)
    """The last element of each array of tables, by the path of the array."""
    _counts: dict[str, int] = field(factory=dict)

    def table(self, node: Node, *, is_element: bool) -> None:
        """Take a table with a header of its own, or an element of an array of them."""
        path, keys = "", _keys(node.named_children[0])
        for number, key in enumerate(keys, 1):
            path = _join(path, key)
            self.lines.setdefault(path, _line(node))
            if number < len(keys) or not is_element:
                path = self._elements.get(path, path)
        if is_element:
            array, count = path, self._counts.get(path, 0)
            self._counts[array] = count + 1
            path = self._elements[array] = f"{array}[{label(_name(node), count)}]"
        self.lines[path] = _line(node)
        self.pairs(path, node)

    def pairs(self, path: str, node: Node) -> None:
        """Take the keys of a table."""
        for pair in node.named_children:
            if pair.type == "pair":
                at = path
                for key in _keys(pair.named_children[0]):
                    at = _join(at, key)
                    self.lines.setdefault(at, _line(pair))
                self._value(at, pair.named_children[-1])

    def _value(self, path: str, node: Node) -> None:
        if node.type == "inline_table":
            self.pairs(path, node)
        elif node.type == "array":
            items = (item for item in node.named_children if item.type != "comment")
            for number, item in enumerate(items):
                if item.type != "inline_table":
                    continue
                at = f"{path}[{label(_name(item), number)}]"
                self.lines[at] = _line(item)
                self._value(at, item)


def _line(node: Node) -> int:
    return int(node.start_point.row) + 1


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _text(node: Node) -> str:
    return (node.text or b"").decode()


def _keys(node: Node) -> list[str]:
    """Return the keys of a header or of the left side of a pair, as the TOML parser understands them."""
    return list(_nested(tomllib.loads(f"{_text(node)} = 0")))


def _nested(table: object) -> Iterator[str]:
    while isinstance(table, dict):
        key, table = next(iter(table.items()))
        yield key


def _name(node: Node) -> object:
    """Return the value of a table's key ``name``, by which it is called in paths."""
    pairs: Iterable[Node] = (pair for pair in node.named_children if pair.type == "pair")
    for pair in pairs:
        if _keys(pair.named_children[0]) == ["name"] and pair.named_children[-1].type == "string":
            return tomllib.loads(_text(pair))["name"]
    return None
