"""The symbols of a LaTeX text, and where each is introduced."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from sympy.core.alphabets import greeks

_GREEK = {word for name in (*greeks, "lambda") for word in (name, name.capitalize())}
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[A-Za-z]|[0-9]+|[{}_^=<>;:,()|'+\-*/.\[\]&]")


def _group(tokens: list[str], at: int) -> tuple[list[str], int]:
    """The argument that begins there, and where it ends."""
    if tokens[at] != "{":
        return [tokens[at]], at + 1
    depth, end = 0, at
    while True:
        depth += (tokens[end] == "{") - (tokens[end] == "}")
        end += 1
        if depth == 0:
            return tokens[at + 1 : end - 1], end


def symbols(formula: str) -> Iterator[str]:
    """The symbols of a formula: ``a``, ``L_max``, ``x_`` (indexed), ``hat s_``, ``bar``."""
    formula = re.sub(r"\\(label|ref|eqref|begin|end|cite)\{[^}]*\}", " ", formula)
    formula = re.sub(r"_\{\\text\{[^}]*\}\}", "", formula)
    # Words between formulas, and the formulas in them.
    formula = re.sub(
        r"\\(?:text|parbox\[t\]\{[\d.]*\\linewidth\})\{((?:[^{}]|\{[^{}]*\})*)\}",
        lambda m: " ".join(re.findall(r"\$(.+?)\$", m.group(1))),
        formula,
    )
    yield from _symbols(_TOKEN.findall(formula))


def _symbols(tokens: list[str], accent: str = "") -> Iterator[str]:
    at = 0
    while at < len(tokens):
        token = tokens[at]
        name = token[1:] if token.startswith("\\") else token
        at += 1
        if token in (r"\hat", r"\tilde"):
            inner, end = _group(tokens, at)
            yield from _symbols([*inner, *_scripts(tokens, end)], name + " ")
            at = end + len(_scripts(tokens, end))
        elif token == r"\overline":
            yield "bar"
        elif token == r"\mathrm":
            inner, at = _group(tokens, at)
        elif token in (r"\mathbb", r"\mathcal"):
            inner, at = _group(tokens, at)
            if token == r"\mathcal" and inner[0] == "C":
                yield "cal C"
            elif inner[0] == "E" and tokens[at : at + 2] == ["_", "k"]:
                yield "E_k"
        elif (len(token) == 1 and token.isalpha()) or (token[0] == "\\" and name in _GREEK):
            yield from _scripted(accent + name, _scripts(tokens, at))
            at += len(_scripts(tokens, at))


def _scripts(tokens: list[str], at: int) -> list[str]:
    """The subscript and superscript that follow."""
    begun = at
    while at + 1 < len(tokens) and tokens[at] in "_^":
        _, at = _group(tokens, at + 1)
    return tokens[begun:at]


def _scripted(base: str, scripts: list[str]) -> Iterator[str]:
    fixed, indexed, inside, at = "", False, [], 0
    while at < len(scripts):
        mark = scripts[at]
        inner, at = _group(scripts, at + 1)
        word = "".join(t.strip("\\") for t in inner if t not in "{}" and t != r"\mathrm")
        if mark == "^":
            indexed |= inner == ["i"]
            inside += [t for t in inner if t not in ("'",)]
        elif word.isdigit() or word in ("max", "inf", "star", "avg"):
            fixed = f"_{word}"
        else:
            indexed = True
            inside += inner
    yield base + (fixed or ("_" if indexed else ""))
    yield from _symbols(inside)


# -- what introduces a symbol ----------------------------------------------------------------------

_DEFINING = re.compile(
    r"\b(put|Put|Write|where|Here|makes|they are|hypothesis|with|at|In Theorem|There|started)\b"
)


_QUANTIFIED = (
    "all", "every", "For", "for", "real", "integer", "vector", "vectors", "sequences", "sequence",
    "estimate", ",", "and", "to",
)  # fmt: skip


def _defined(formula: str) -> Iterator[str]:
    """The left sides of the equations of a formula."""
    plain = re.sub(r"\\begin\{[^}]*\}|\\end\{[^}]*\}", " ", formula)
    for part in re.split(r"\\qquad|\\\\|,|;|\\text\{ at", plain):
        if "=" in part:
            yield from symbols(part.split("=", 1)[0])


_DISPLAYS = re.compile(
    r"\\\[(.+?)\\\]|\\begin\{(equation|align\*|gather\*)\}(.+?)\\end\{\2\}", re.DOTALL
)


def _spans(text: str) -> Iterator[tuple[int, int, str]]:
    """Where formulas begin and end, and what is in them: words may have formulas of their own."""
    at = 0
    while at < len(text):
        display = _DISPLAYS.match(text, at)
        if display is not None:
            yield display.start(), display.end(), display.group(1) or display.group(3)
            at = display.end()
        elif text[at] == "$":
            end, depth = at + 1, 0
            while depth or text[end] != "$":
                depth += (text[end] == "{") - (text[end] == "}")
                end += 1
            yield at, end + 1, text[at + 1 : end]
            at = end + 1
        else:
            at += 1


def _formulas(text: str) -> Iterator[tuple[str, str, str]]:
    """Formulas with the words before and after each."""
    for begun, end, body in _spans(text):
        yield text[max(0, begun - 60) : begun], body, text[end:][:24]


def _introduced(sentence: str) -> Iterator[str]:
    let = re.search(r"\b[Ll]et\b", sentence)
    of = re.search(
        r"(says, for|[Ff]or (all|every|real|vectors)|any first|which no coordinate)", sentence
    )
    item = r"\item[" in sentence
    for before, body, after in _formulas(sentence):
        yield from re.findall(r"\\(?:sum|min)_\{?(?:0\\le )?([a-z])", body)
        yield from (m for m in re.findall(r"([a-z])=\d,\\dots", body))
        put = re.search(r"\bput\b", before) is not None
        named = before.rstrip().endswith(("probability", "variance"))
        if item or named or (let and not put) or (of and before.rstrip().endswith(_QUANTIFIED)):
            yield from symbols(body)
        if re.match(r"\s*(is|being|cuts|are|denotes|has|that stay)\b", after):
            yield from list(symbols(body))[:1]
        if _DEFINING.search(sentence) or "generated" in sentence:
            yield from _defined(body)
    if "a bar is" in sentence or "a bar denotes" in sentence:
        yield "bar"
    if "and a bar is that mean" in sentence:
        yield "bar"


def _sentences(text: str) -> list[str]:
    """The text in sentences; a formula is never cut."""
    text = re.sub(r"(?m)^%.*$", "", text)
    cuts, inside = [0], [(begun, end) for begun, end, _ in _spans(text)]
    for match in re.finditer(
        r"(?<=[.])\s+(?=[A-Z(\\])|(?<=\.\n\\\])\s|(?<=\.\n\\end\{equation\})\s|\n\n|(?=\\item\[)",
        text,
    ):
        if not any(begun < match.start() < end for begun, end in inside):
            cuts.append(match.end())
    ended = {
        end
        for begun, end in inside
        if text[begun:end].rstrip("]\\ \n").endswith(".")
        or re.search(r"\.\s*\\end\{\w+\*?\}$", text[begun:end])
    }
    cuts = sorted({*cuts, *ended, len(text)})
    return [text[a:b] for a, b in pairwise(cuts) if text[a:b].strip()]


def unknown(text: str, known: set[str] = frozenset()) -> list[tuple[str, str]]:  # type: ignore[assignment]
    """The symbols that are used without having been introduced, each with its sentence."""
    told = set(known)
    missing = []
    sentences = _sentences(text)
    for place, sentence in enumerate(sentences):
        told |= set(_introduced(sentence))
        ahead = set(told)
        if place + 1 < len(sentences) and sentences[place + 1].lstrip().startswith("Here"):
            ahead |= set(_introduced(sentences[place + 1]))
        if "defined below" in sentence:
            for later in sentences[place : place + 6]:
                ahead |= set(_introduced(later))
        for _, body, _ in _formulas(sentence):
            for symbol in symbols(body):
                base, _, index = symbol.partition("_")
                # A sequence may be spoken of as a whole, and its first members by their numbers.
                sequence = f"{base}_" in ahead and (index.isdigit() or symbol == base)
                if symbol not in ahead and not sequence:
                    missing.append((symbol, sentence.strip()))
    return missing
