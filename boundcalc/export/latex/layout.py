"""Laying out mathematics: how wide a formula is, where to break it, how to list several."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

#: The width of a line of text, in letters of a formula: a little less than an article's.
LINE = 68.0

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}^_]|\s+|.", re.DOTALL)
_SPACES = {r"\,": 0.3, r"\;": 0.5, r"\ ": 0.6, r"\quad": 2.0, r"\qquad": 4.0}
_WIDE = {"+", "-", "=", "<", ">", r"\le", r"\ge", r"\times", r"\in", r"\Rightarrow"}
_INVISIBLE = re.compile(r"\\(left|right|[bB]igg?[lr]?|displaystyle|textstyle|mathbb|mathcal|!)$")


def width(source: str) -> float:
    """About how wide the formula is, in letters."""
    tokens = [t for t in _TOKEN.findall(source) if not t.isspace()]
    tokens.reverse()
    total = 0.0
    while tokens:
        total += _sequence(tokens)
    return total


def _sequence(tokens: list[str]) -> float:
    total = 0.0
    while tokens:
        token = tokens.pop()
        if token == "}":
            break
        total += _token(token, tokens)
    return total


def _argument(tokens: list[str]) -> float:
    if not tokens:
        return 0.0
    token = tokens.pop()
    return _sequence(tokens) if token == "{" else _token(token, tokens)


def _token(token: str, tokens: list[str]) -> float:
    if token == "{":
        return _sequence(tokens)
    if token in ("^", "_"):
        return 0.7 * _argument(tokens)
    if token in (r"\frac", r"\tfrac"):
        return 0.4 + max(_argument(tokens), _argument(tokens))
    if token == r"\underbrace":
        body = _argument(tokens)
        if tokens and tokens[-1] == "_":
            tokens.pop()
            return max(body, 0.7 * _argument(tokens))
        return body
    if token == r"\sqrt":
        return 1.5 + _argument(tokens)
    if token in (r"\text", r"\mathrm"):
        return 0.9 * _argument(tokens)
    if _INVISIBLE.match(token):
        return 0.0
    if token in _WIDE:
        return 2.2
    return _SPACES.get(token, 0.7 if token in "()[],.|" or token == r"\|" else 1.0)


def rows(pieces: Iterable[str], separator: str, room: float = LINE) -> list[str]:
    """Return the pieces joined by the separator, in as few rows as fit the room."""
    done: list[str] = []
    for piece in pieces:
        joined = f"{done[-1]}{separator}{piece}" if done else piece
        if done and width(joined) <= room:
            done[-1] = joined
        else:
            done.append(piece)
    return done


def display(pieces: Sequence[str], end: str = "") -> str:
    """Formulas on lines of their own, several to a line where they fit, commas between."""
    lines = rows([f"{piece}," for piece in pieces[:-1]] + [f"{pieces[-1]}{end}"], r"\qquad ")
    if len(lines) == 1:
        return f"\\[\n{lines[0]}\n\\]"
    return "\\begin{gather*}\n" + " \\\\\n".join(lines) + "\n\\end{gather*}"


def chain(
    left: str,
    relation: str,
    terms: Sequence[str],
    end: str = "",
    shown: Callable[[str, int], str] | None = None,
) -> str:
    """``left relation term + term ...`` as one row, or as ``aligned`` rows where it is long.

    The terms carry their signs; ``end`` is put after the last one. ``shown`` decorates a term
    (given its place) after its sign.
    """
    signed = _signed(terms, shown or (lambda body, _: body))
    signed[-1] += end
    whole = f"{left} {relation} {' '.join(signed)}"
    room = LINE - 7  # a number stands beside it
    if width(whole) <= room:
        return whole
    if width(left) <= room / 3:
        first, *rest = rows(signed, " ", room - width(left) - 3)
        lines = [f"{left} &{relation} {first}", *(rf"&\quad {row}" for row in rest)]
    else:
        first, *rest = rows(signed, " ", room - 4)
        lines = [f"&{left}", rf"&\quad {relation} {first}", *(rf"&\quad {row}" for row in rest)]
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def _signed(terms: Sequence[str], shown: Callable[[str, int], str]) -> list[str]:
    """Return each term with the sign that joins it to those before."""
    signed = []
    for place, term in enumerate(terms):
        minus = term.startswith("-")
        sign = "-" if minus else "+" if place else ""
        signed.append(f"{sign} {shown(term.removeprefix('-').strip(), place)}".strip())
    return signed


def numbered(items: Sequence[tuple[str, str]]) -> str:
    """Labelled formulas: three short ones to a row, then the long ones, each in its own."""
    short = [item for item in items if width(item[1]) <= LINE / 4]
    cells = [rf"&\text{{{label}}}\quad {body}" for label, body in short]
    lines = [r" &\qquad ".join(cells[first : first + 3]) for first in range(0, len(cells), 3)]
    for label, body in (item for item in items if item not in short):
        line = rf"\text{{{label}}}\quad {body}"
        # Without a width of its own, so that it does not push the columns apart.
        lines.append(rf"&\rlap{{$\displaystyle {line}$}}" if short else f"&{line}")
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"


def conjunction(parts: Sequence[str], word: str = "and") -> str:
    """``a``, ``a and b`` or ``a, b and c``."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"


_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{c: f"\\{c}" for c in "&%$#_{}"},
}


def escaped(text: str) -> str:
    """Plain text for LaTeX, with the one name spelt as its owner did."""
    safe = "".join(_SPECIAL.get(letter, letter) for letter in text)
    return safe.replace("Polyak-Lojasiewicz", r"Polyak--{\L}ojasiewicz")


def spoken(text: str) -> str:
    """Plain words in which a letter that stands alone (``k``, ``K``, ``V``) is a variable."""
    parts = re.split(r"((?<!')\b[B-Zb-z]\b(?: (?:=|>=) 0)?)", text)
    return "".join(
        f"${part.replace('>=', chr(92) + 'ge ')}$" if place % 2 else escaped(part)
        for place, part in enumerate(parts)
    )
