"""The command line: ``python -m lindorff_sdk --help``.

``check`` names every mistake of a profile, ``describe`` draws its records, ``read`` tries it on a sample file.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from lindorff_sdk.errors import LindorffError, ProfileError, SerializeError
from lindorff_sdk.files.describe import describe, describe_layout, describe_record
from lindorff_sdk.files.layout import FileLayout, Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import load, shipped
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.json_models import to_json
from lindorff_sdk.models.parsed import AnyFile, ParsedFile
from lindorff_sdk.spelling import did_you_mean

_OK, _REFUSED, _MISUSED = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0, 1 if a profile or file is refused, 2 if nothing could be tried."""
    parser = argparse.ArgumentParser(prog="python -m lindorff_sdk", description="Try a profile out.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(commands, "check", _check, "name every mistake of a profile")
    asked = _add(commands, "describe", _describe, "draw a profile's records, with a table of their fields")
    asked.add_argument("layout", nargs="?", default="", help="one of its files, by name")
    asked.add_argument("record", nargs="?", default="", help="one record of that file")
    sample = _add(commands, "read", _read, "read a sample file: what it holds, and what was noticed")
    sample.add_argument("file", type=Path, help="the sample")
    sample.add_argument("--layout", help="which of the profile's files it is; told by name and contents unless given")
    sample.add_argument("--json", action="store_true", help="print all that was read, personal data too")
    given = parser.parse_args(arguments)
    try:
        return int(given.run(given))
    except (LindorffError, OSError) as error:
        print(error, file=sys.stderr)
        return _REFUSED if isinstance(error, ProfileError) else _MISUSED


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run: Callable[[argparse.Namespace], int],
    about: str,
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=about, description=about.capitalize() + ".")
    command.add_argument("profile", help="a TOML file, or the name of a profile that ships")
    command.set_defaults(run=run)
    return command


def _profile(given: argparse.Namespace) -> Profile:
    return load(Path(given.profile)) if given.profile.endswith(".toml") else shipped(given.profile)


def _check(given: argparse.Namespace) -> int:
    profile = _profile(given)
    print(f"{profile.id}, version {profile.version}, from {profile.holds_from}: no mistakes.")
    print(f"  {profile.origin}")
    for name, layout in profile.files.items():
        print(f"  {name}: {len(layout.records)} records, {sum(len(record.fields) for record in layout.records)} fields")
    return _OK


def _describe(given: argparse.Namespace) -> int:
    profile = _profile(given)
    layout = _layout(profile, given.layout) if given.layout else None
    if layout is None:
        print(describe(profile), end="")
    elif not given.record:
        print(describe_layout(profile, layout), end="")
    else:
        names = [record.name for record in layout.records]
        if given.record not in names:
            raise _misspelt("record", given.record, names)
        print(describe_record(layout, layout.record(given.record)), end="")
    return _OK


def _layout(profile: Profile, name: str) -> FileLayout:
    try:
        return profile.file(name)
    except KeyError:
        raise _misspelt("file", name, list(profile.files)) from None


def _misspelt(what: str, name: str, names: list[str]) -> OSError:
    return OSError(f"There is no {what} {name!r}{did_you_mean(name, names)}; there is {', '.join(names)}.")


def _read(given: argparse.Namespace) -> int:
    profile = _profile(given)
    wanted = _layout(profile, given.layout).id if given.layout else None
    data = given.file.read_bytes()
    parsed = parse(data, profile, wanted, file_name=given.file.name)
    for finding in parsed.findings:
        print(finding)
    if parsed.model is None:
        errors = len(parsed.errors())
        print(f"{given.file.name} is refused: {errors} error{'s' if errors > 1 else ''}.")
        return _REFUSED
    print(f"{given.file.name} is a file of {parsed.layout}. {_written_again(parsed, data, profile)}")
    if given.json:
        print(to_json(parsed.model))
    return _OK


def _written_again(parsed: ParsedFile[AnyFile], data: bytes, profile: Profile) -> str:
    try:
        again = serialize(parsed.require(), profile, layout=parsed.layout, kept=parsed.kept)
    except SerializeError as error:
        return f"It cannot be written again. {error}"
    if again == data:
        return "Written again, it is the same."
    at = next((at for at, (old, new) in enumerate(zip(data, again, strict=False)) if old != new), len(again))
    line, column = data.count(b"\n", 0, at) + 1, at - data.rfind(b"\n", 0, at)
    return f"Written again, it differs from line {line}, column {column}, on."


if __name__ == "__main__":
    sys.exit(main())
