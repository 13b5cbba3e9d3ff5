"""What must hold of an export definition's settings, beyond their types: one table."""

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from math import inf

from attrs import frozen

from lindorff_sdk._settings import Place
from lindorff_sdk.findings import CHECKS, CODES, HOLDS, Finding


@frozen
class Rule:
    """What must hold of one setting, or of several together; a breach is reported at the first."""

    keys: tuple[str, ...]
    holds: Callable[..., object]
    code: str
    message: str


_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_HOST_KEY = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?|[a-z0-9@.-]+ [A-Za-z0-9+/]{20,}={0,3}( .*)?")

_TLS_PIN = re.compile(r"(SHA256:)?[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}|SHA256:[A-Za-z0-9+/]{43}=?")


def _is_codec(name: str) -> bool:
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True


RULES = (
    Rule(("id",), _ID.fullmatch, "setting-value", "An id is made of letters, digits, '.', '-' and '_'."),
    Rule(
        ("format",),
        lambda names: names and all(names),
        "setting-value",
        "Name a profile: one that ships, or the path of a TOML file.",
    ),
    Rule(("server",), bool, "setting-missing", "Name the server; for a local directory, its path."),
    Rule(
        ("server", "protocol"),
        lambda server, protocol: protocol == "local" or not re.search(r"[\s/]", server),
        "setting-value",
        "Write the plain host name or address; protocol and port are settings of their own.",
    ),
    Rule(
        ("port", "protocol"),
        lambda port, protocol: protocol == "local" or 1 <= port <= 65535,
        "setting-value",
        "A port is a number from 1 to 65535.",
    ),
    Rule(
        ("username", "protocol"),
        lambda username, protocol: protocol == "local" or username,
        "setting-missing",
        "Name the account at the agency's server.",
    ),
    Rule(
        ("password", "private_key", "protocol"),
        lambda password, key, protocol: protocol != "sftp" or password or key,
        "setting-missing",
        "Give a password, or the private_key to log in with.",
    ),
    Rule(
        ("password", "protocol"),
        lambda password, protocol: protocol not in {"ftp", "ftps", "ftps-implicit"} or password,
        "setting-missing",
        "FTP logs in with a password.",
    ),
    Rule(
        ("host_key", "known_hosts", "protocol"),
        lambda key, hosts, protocol: protocol != "sftp" or key or hosts,
        "setting-missing",
        "Pin the server's key by host_key (ask the agency for it), or name a known_hosts file.",
    ),
    Rule(
        ("host_key",),
        lambda key: not key or _HOST_KEY.fullmatch(key),
        "setting-value",
        'A host key is "SHA256:" with its 43 characters, or the line of a public key such as "ssh-ed25519 AAAA...".',
    ),
    Rule(
        ("tls_pin",),
        lambda pin: not pin or _TLS_PIN.fullmatch(pin),
        "setting-value",
        'A certificate\'s fingerprint is "SHA256:" with 64 hexadecimal digits, colons between them or not.',
    ),
    Rule(
        ("tls_pin", "tls_authorities"),
        lambda pin, authorities: not (pin and authorities),
        "setting-conflict",
        "Know the server by its certificate's fingerprint or by authorities, not by both.",
    ),
    Rule(("name_encoding",), _is_codec, "setting-value", 'An encoding of names is "utf-8", "latin-1" or the like.'),
    Rule(
        ("passive_commands",),
        lambda commands: commands and set(commands) <= {"epsv", "pasv"},
        "setting-value",
        'The passive commands are "epsv" and "pasv".',
    ),
    Rule(("upload_folder",), bool, "setting-missing", 'Name the folder; "." is the one the login starts in.'),
    Rule(("download_folder",), bool, "setting-missing", 'Name the folder; "." is the one the login starts in.'),
    Rule(
        ("done_folder", "after_fetch"),
        lambda done, after: after != "move" or done,
        "setting-missing",
        'after_fetch = "move" needs the folder that fetched files are moved to.',
    ),
    Rule(
        ("done_folder", "download_folder"),
        lambda done, download: not done or done != download,
        "setting-conflict",
        "Fetched files cannot be moved to the folder they are fetched from.",
    ),
    Rule(("customer_id",), str.strip, "setting-missing", "The agency gives the customer id with the agreement."),
    Rule(("currency",), re.compile("[A-Z]{3}").fullmatch, "setting-value", 'A currency is three letters: "NOK".'),
    *(
        Rule((key,), lambda limit: 0 < limit < inf, "setting-value", "A time limit is a number of seconds above 0.")
        for key in ("connect_timeout", "login_timeout", "operation_timeout", "run_timeout")
    ),
    *(
        Rule((key,), lambda wait: 0 <= wait < inf, "setting-value", "A wait is a number of seconds, 0 for none.")
        for key in ("settle_seconds", "min_age_seconds")
    ),
    *(
        Rule((key,), lambda limit: limit > 0, "setting-value", "A limit is a whole number above 0.")
        for key in ("max_file_bytes", "max_run_bytes", "max_run_files", "attempts")
    ),
    Rule(
        ("max_run_bytes", "max_file_bytes"),
        lambda run, file: run >= file,
        "setting-conflict",
        "One run must be able to fetch the largest file that is allowed.",
    ),
    Rule(("kid_modulus",), lambda modulus: modulus in {None, 10, 11}, "setting-value", "The modulus is 10 or 11."),
    Rule(
        ("kid_lengths",),
        lambda lengths: all(2 <= length <= 25 for length in lengths),
        "setting-value",
        "A KID has 2 to 25 characters.",
    ),
    *(
        Rule((key,), lambda least: least >= 0, "setting-value", "This is 0 or more.")
        for key in ("overdue_days", "notice_days", "minimum_claim", "minimum_debtor")
    ),
    Rule(
        ("bank_format", "money_source"),
        lambda names, source: all(names) and (names or source != "bank"),
        "setting-missing",
        'money_source = "bank" needs the profile of the bank\'s files, such as "nets-ocr-giro".',
    ),
    Rule(
        ("bank_accounts",),
        lambda accounts: all(re.fullmatch("[0-9]{11}", account) for account in accounts),
        "setting-value",
        "An account is eleven digits, without dots.",
    ),
    Rule(
        ("interest_note_within",),
        lambda within: within is None or within >= 0,
        "setting-value",
        "A difference that is allowed is 0.00 or more.",
    ),
    Rule(("checks",), lambda checks: checks.keys() <= CHECKS.keys(), "setting-unknown", "There is no such check."),
    Rule(
        ("holds",),
        lambda holds: holds.keys() <= HOLDS.keys(),
        "setting-unknown",
        "There is no such finding, or what it holds cannot be changed.",
    ),
    Rule(
        ("holds",),
        lambda holds: all(hold in CODES[code].choices for code, hold in holds.items() if code in HOLDS),
        "setting-value",
        "Of a line that cannot be booked, a finding holds at least the line.",
    ),
)


def broken(known: Mapping[str, object], place: Place) -> Iterator[Finding]:
    """Yield a finding for every broken rule; rules about a setting that is not in ``known`` are left out."""
    for rule in RULES:
        if all(key in known for key in rule.keys) and not rule.holds(*(known[key] for key in rule.keys)):
            yield place.below(rule.keys[0]).mistake(rule.code, rule.message)
