"""The flags that say what is simulated, made of :class:`SimulationOptions`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, Field, fields
from inspect import Parameter, signature
from typing import Annotated, Any, Optional, get_type_hints

import typer

from boundcalc.cli.options import Values, read_given
from boundcalc.errors import UsageError
from boundcalc.verify.options import Flag, SimulationOptions


def takes_simulation_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the flags of a simulation, in the place of its parameter ``asked``.

    That one is given what the flags say, by the names of the options.
    """
    hints = get_type_hints(command, include_extras=True)
    parameters = []
    for parameter in signature(command).parameters.values():
        if parameter.name == "asked":
            parameters += [_parameter(option, flag) for option, flag in _flags()]
        else:
            parameters.append(parameter.replace(annotation=hints[parameter.name]))

    def wrapper(**given: Any) -> None:
        asked = {o.name: _read(flag, given.pop(o.name)) for o, flag in _flags()}
        command(asked=asked, **given)

    wrapper.__name__, wrapper.__doc__ = command.__name__, command.__doc__
    wrapper.__annotations__ = {one.name: one.annotation for one in parameters}
    # Typer and Click name their parameters: keyword or not makes no difference to them.
    wrapper.__signature__ = signature(command).replace(parameters=parameters)  # type: ignore[attr-defined]
    return wrapper


def _flags() -> Iterator[tuple[Field[Any], Flag]]:
    """Yield the options that have a flag."""
    for option in fields(SimulationOptions):
        if "flag" in option.metadata:
            yield option, option.metadata["flag"]


def _parameter(option: Field[Any], flag: Flag) -> Parameter:
    """Return what Typer reads of one flag."""
    default = (
        None
        if option.default in (MISSING, None)
        else f"{option.default:{'g' if flag.kind in ('number', 'index') else ''}}"
    )
    kind: Any = {
        "values": Values,
        "options": Optional[list[str]],  # noqa: UP045 - typer reads it on Python 3.11
        "switch": Optional[bool],  # noqa: UP045
    }.get(flag.kind, str | None if default is None else str)
    if flag.kind != "values":
        shown = flag.kind != "switch"
        written = typer.Option(
            flag.names, metavar=flag.metavar, help=flag.help or None, show_default=shown
        )
        kind = Annotated[kind, written]
    return Parameter(option.name, Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def _read(flag: Flag, given: Any) -> Any:
    """Return the value of an option in what was typed."""
    from boundcalc.exact.parse import parse_count, parse_number

    if flag.kind == "values":
        return read_given(given)
    if flag.kind == "options":
        return _assigned(given)
    if given is None or flag.kind in ("text", "switch"):
        return given
    if flag.kind == "number":
        return float(parse_number(given, flag.names))
    return parse_count(given, flag.names, least=0 if flag.kind == "index" else 1)


def _assigned(assignments: Sequence[str] | None) -> dict[str, Any]:
    """Return the options of a problem: whole numbers, numbers, lists of numbers, yes or no,
    words.
    """
    options: dict[str, Any] = {}
    for assignment in assignments or []:
        name, equals, value = assignment.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"{assignment!r} is not of the form NAME=VALUE, as in dimension=100")
        options[name.strip()] = _value(name, value)
    return options


def _value(name: str, text: str) -> Any:
    from boundcalc.exact.parse import parse_number

    if text.strip() in ("true", "false"):
        return text.strip() == "true"
    numbers: list[int | float] = []
    for part in text.split(","):
        try:
            number = parse_number(part, name)
        except UsageError:
            return text
        exactly = number.as_fraction()
        whole = exactly is not None and exactly.denominator == 1
        numbers.append(int(exactly) if exactly is not None and whole else float(number))
    return numbers if len(numbers) > 1 else numbers[0]
