"""Export definitions: loading, mistakes, secrets."""

import pickle
import traceback
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from lindorff_sdk.definition import AfterFetch, CheckLevel, ExportDefinition, MoneySource, Protocol
from lindorff_sdk.errors import DefinitionError
from lindorff_sdk.secrets import Secret
from lindorff_sdk.statute import Figures

FINGERPRINT = "SHA256:" + "A" * 43
GOOD = f"""
name = "Nordlys Handel AS"
server = "sftp.agency.example"
host_key = "{FINGERPRINT}"
username = "nordlys"
password = "canary-hunter2"
upload_folder = "in"
download_folder = "out"
customer_id = "00417"
"""


def write(folder: Path, body: str = GOOD, extra: str = "") -> Path:
    """Write a file with the one definition ``nordlys``."""
    path = folder / "lindorff.toml"
    path.write_text(f"[definitions.nordlys]\n{body}\n{extra}\n", encoding="utf-8")
    return path


def without(key: str) -> str:
    """Return the good settings less one."""
    return "\n".join(line for line in GOOD.splitlines() if not line.startswith(f"{key} ="))


def mistakes(folder: Path, body: str = GOOD, extra: str = "") -> set[tuple[str, str]]:
    """Return code and key of every mistake that loading reports."""
    with pytest.raises(DefinitionError) as caught:
        ExportDefinition.load(write(folder, body, extra), "nordlys")
    return {(mistake.code, mistake.field.removeprefix("definitions.nordlys.")) for mistake in caught.value.findings}


class TestLoad:
    def test_gives_every_setting_and_the_defaults(self, tmp_path: Path) -> None:
        """What is written is read; what is not has the documented default."""
        definition = ExportDefinition.load(write(tmp_path), "nordlys")
        assert (definition.id, definition.name, definition.customer_id) == ("nordlys", "Nordlys Handel AS", "00417")
        assert (definition.protocol, definition.port, definition.format) == (Protocol.SFTP, 22, ("lindorff-reference",))
        assert (definition.currency, definition.money_source) == ("NOK", MoneySource.AGENCY)
        assert (definition.after_fetch, definition.agency_removes_files) == (AfterFetch.LEAVE, True)
        assert isinstance(definition.password, Secret)
        assert definition.password.reveal() == "canary-hunter2"

    def test_reads_every_kind_of_setting(self, tmp_path: Path) -> None:
        """Enumerations, numbers, arrays and tables arrive as their Python types."""
        extra = """
            after_fetch = "move"
            done_folder = "done"
            agency_removes_files = false
            money_source = "bank"
            login_timeout = 5
            operation_timeout = 2.5
            kid_modulus = 11
            kid_lengths = [9, 12]
            synthetic_national_ids = false
            checks = { "kid-check-digit" = "error", "not-overdue" = "off" }
        """
        definition = ExportDefinition.load(write(tmp_path, extra=extra), "nordlys")
        assert definition.after_fetch is AfterFetch.MOVE
        assert definition.agency_removes_files is False
        assert definition.money_source is MoneySource.BANK
        assert (definition.login_timeout, definition.operation_timeout) == (5.0, 2.5)
        assert (definition.kid_modulus, definition.kid_lengths) == (11, (9, 12))
        assert definition.synthetic_national_ids is False
        assert dict(definition.checks) == {"kid-check-digit": CheckLevel.ERROR, "not-overdue": CheckLevel.OFF}

    def test_paths_start_at_the_file(self, tmp_path: Path) -> None:
        """Relative paths of keys, profiles and local directories are relative to the definition file."""
        extra = 'private_key = "id"\nknown_hosts = "hosts"\nformat = "ours.toml"\n'
        definition = ExportDefinition.load(write(tmp_path, extra=extra), "nordlys")
        assert definition.private_key == tmp_path / "id"
        assert definition.known_hosts == tmp_path / "hosts"
        assert definition.format == (str(tmp_path / "ours.toml"),)
        local = (
            'protocol = "local"\nserver = "exchange"\nupload_folder = "in"\ndownload_folder = "out"\ncustomer_id="1"'
        )
        assert ExportDefinition.load(write(tmp_path, local), "nordlys").server == str(tmp_path / "exchange")

    @pytest.mark.parametrize(("protocol", "port"), [("ftp", 21), ("sftp", 22)])
    def test_the_port_follows_the_protocol(self, tmp_path: Path, protocol: str, port: int) -> None:
        """Without a port, the protocol's own is used."""
        definition = ExportDefinition.load(write(tmp_path, extra=f'protocol = "{protocol}"'), "nordlys")
        assert definition.port == port

    def test_all_loads_each_by_id(self, tmp_path: Path) -> None:
        """A file holds several definitions, and one that is broken does not keep another from loading."""
        path = write(tmp_path)
        path.write_text(path.read_text() + "[definitions.other]\n" + GOOD)
        assert list(ExportDefinition.load_all(path)) == ["nordlys", "other"]
        path.write_text(path.read_text() + "[definitions.broken]\n")
        assert ExportDefinition.load(path, "other").id == "other"
        with pytest.raises(DefinitionError, match=r"definitions\.broken\.customer_id"):
            ExportDefinition.load_all(path)


class TestMistakes:
    @pytest.mark.parametrize(
        ("extra", "code", "key"),
        [
            ('hostkey = "x"', "setting-unknown", "hostkey"),
            ('port = "22"', "setting-type", "port"),
            ("port = 70000", "setting-value", "port"),
            ('protocol = "webdav"', "setting-value", "protocol"),
            ('after_fetch = "move"', "setting-missing", "done_folder"),
            ('after_fetch = "move"\ndone_folder = "out"', "setting-conflict", "done_folder"),
            ("agency_removes_files = 1", "setting-type", "agency_removes_files"),
            ("kid_modulus = 12", "setting-value", "kid_modulus"),
            ("kid_lengths = [1]", "setting-value", "kid_lengths"),
            ('kid_lengths = ["9"]', "setting-type", "kid_lengths"),
            ("login_timeout = 0", "setting-value", "login_timeout"),
            ("connect_timeout = inf", "setting-value", "connect_timeout"),
            ("operation_timeout = nan", "setting-value", "operation_timeout"),
            ('currency = "kr"', "setting-value", "currency"),
            ("payout_account = 12345678903", "setting-type", "payout_account"),
            ("private_key = 1", "setting-type", "private_key"),
            ("passphrase = { envv = 'X' }", "setting-type", "passphrase"),
            ('checks = "off"', "setting-type", "checks"),
            ('checks = { "kid-chek-digit" = "off" }', "setting-unknown", "checks.kid-chek-digit"),
            ('checks = { "kid-check-digit" = "of" }', "setting-value", "checks.kid-check-digit"),
        ],
    )
    def test_a_wrong_setting_is_named_by_its_key(self, tmp_path: Path, extra: str, code: str, key: str) -> None:
        """Each mistake has its code and key path, and is the only one reported."""
        assert mistakes(tmp_path, extra=extra) == {(code, key)}

    @pytest.mark.parametrize(
        "key", ["server", "host_key", "username", "upload_folder", "download_folder", "customer_id"]
    )
    def test_a_needed_setting_is_missed(self, tmp_path: Path, key: str) -> None:
        """Nothing that the exchange needs is defaulted in silence."""
        assert mistakes(tmp_path, without(key)) == {("setting-missing", key)}

    @pytest.mark.parametrize("protocol", ["sftp", "ftp"])
    def test_a_password_or_key_is_needed(self, tmp_path: Path, protocol: str) -> None:
        """SFTP logs in with a password or a key, FTP with a password."""
        body = without("password") + f'\nprotocol = "{protocol}"'
        assert mistakes(tmp_path, body) == {("setting-missing", "password")}

    def test_a_key_is_enough_for_sftp(self, tmp_path: Path) -> None:
        """No password is needed beside a private key."""
        definition = ExportDefinition.load(write(tmp_path, without("password"), 'private_key = "id"'), "nordlys")
        assert definition.password is None

    @pytest.mark.parametrize("server", ["sftp://agency.example", "agency.example/in", "agency example"])
    def test_the_server_is_a_plain_host(self, tmp_path: Path, server: str) -> None:
        """A URL in place of a host is refused here, not as a name that cannot be resolved later."""
        assert mistakes(tmp_path, without("server") + f'\nserver = "{server}"') == {("setting-value", "server")}

    @pytest.mark.parametrize("key", ["MD5:aa:bb", "ssh-ed25519", "SHA256:short"])
    def test_the_host_key_has_a_known_form(self, tmp_path: Path, key: str) -> None:
        """A pin that can never match is refused when it is read."""
        assert mistakes(tmp_path, without("host_key") + f'\nhost_key = "{key}"') == {("setting-value", "host_key")}

    def test_a_number_for_text_says_why(self, tmp_path: Path) -> None:
        """A customer id without quotes would lose its leading zeros; the message says to quote it."""
        with pytest.raises(DefinitionError, match="write it in quotes, so that leading zeros stay"):
            ExportDefinition.load(write(tmp_path, without("customer_id"), "customer_id = 417"), "nordlys")

    def test_near_misses_are_answered(self, tmp_path: Path) -> None:
        """Unknown keys, choices, checks and ids are answered with the nearest name there is."""
        path = write(tmp_path, extra='hostkey = "x"\nprotocol = "stfp"\nchecks = { "kid-chek-digit" = "off" }')
        with pytest.raises(DefinitionError) as caught:
            ExportDefinition.load(path, "nordlys")
        assert [word in str(caught.value) for word in ("'host_key'", "'sftp'", "'kid-check-digit'")] == [True] * 3
        with pytest.raises(DefinitionError, match="did you mean 'nordlys'"):
            ExportDefinition.load(path, "nordly")

    def test_all_mistakes_come_at_once(self, tmp_path: Path) -> None:
        """Several mistakes in several definitions are one error."""
        path = tmp_path / "lindorff.toml"
        path.write_text(
            f'[definitions.a]\nport = "x"\n[definitions.b]\n{without("server")}\n[definition.c]\nname="c"\n'
        )
        with pytest.raises(DefinitionError) as caught:
            ExportDefinition.load_all(path)
        fields = {mistake.field for mistake in caught.value.findings}
        assert {"definitions.a.port", "definitions.a.customer_id", "definitions.b.server", "definition"} <= fields
        assert all(mistake.file == "lindorff.toml" for mistake in caught.value.findings)

    @pytest.mark.parametrize("body", ["a = ", "\x00", "[definitions]\nnordlys = 1\n", "definitions = 1", ""])
    def test_a_file_that_is_no_definition_is_refused(self, tmp_path: Path, body: str) -> None:
        """Broken TOML, a wrong shape and an empty file are one error, never another exception."""
        path = tmp_path / "lindorff.toml"
        path.write_text(body)
        with pytest.raises(DefinitionError):
            ExportDefinition.load(path, "nordlys")

    def test_a_file_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        """A missing file and one that is not UTF-8 are the same kind of error."""
        with pytest.raises(DefinitionError, match="No such file"):
            ExportDefinition.load_all(tmp_path / "none.toml")
        (tmp_path / "latin.toml").write_bytes(b'[definitions.a]\nname = "\xe5"')
        with pytest.raises(DefinitionError, match="not UTF-8"):
            ExportDefinition.load_all(tmp_path / "latin.toml")

    def test_a_definition_made_in_code_is_checked_too(self) -> None:
        """The same rules hold for a definition that was not read from a file."""
        with pytest.raises(DefinitionError) as caught:
            ExportDefinition(id="a b", upload_folder="in", download_folder="", customer_id=" ", protocol="sftp")
        keys = {mistake.field.rpartition(".")[2] for mistake in caught.value.findings}
        assert keys == {"id", "server", "username", "password", "host_key", "download_folder", "customer_id"}


class TestFigures:
    """Statutory figures of one's own stand in a file beside the definitions."""

    def test_come_before_those_that_ship(self, tmp_path: Path) -> None:
        """The file's path starts at the folder of the definitions."""
        row = 'since = 2026-07-01\nuntil = 2026-12-31\nvalue = "11.75"\nsource = "a regulation"'
        (tmp_path / "figures.toml").write_text(f"[[late_interest]]\n{row}\n")
        figures = ExportDefinition.load(write(tmp_path, extra='figures = "figures.toml"'), "nordlys").figures
        assert figures.late_interest_on(date(2026, 12, 31)).value == Decimal("11.75")
        assert figures.late_interest_on(date(2026, 1, 1)).value == Decimal("12.00")
        assert ExportDefinition.load(write(tmp_path), "nordlys").figures == Figures.shipped()

    def test_mistakes_in_them_are_told(self, tmp_path: Path) -> None:
        """A file that is not there, or has a mistake, is a mistake of the setting."""
        assert ("setting-value", "figures") in mistakes(tmp_path, extra='figures = "none.toml"')
        (tmp_path / "figures.toml").write_text("[[late_interest]]\nvalue = 1\n")
        assert ("setting-value", "figures") in mistakes(tmp_path, extra='figures = "figures.toml"')

    @pytest.mark.parametrize(("value", "good"), [('"1.50"', True), ("2", True), ("1.5", False), ('"-1"', False)])
    def test_the_difference_allowed_is_kroner(self, tmp_path: Path, value: str, good: bool) -> None:
        """Kroner in quotes or whole; a float or less than nothing is refused."""
        path = write(tmp_path, extra=f"interest_note_within = {value}")
        if good:
            assert ExportDefinition.load(path, "nordlys").interest_note_within in {Decimal("1.50"), Decimal(2)}
            return
        with pytest.raises(DefinitionError, match="interest_note_within"):
            ExportDefinition.load(path, "nordlys")


class TestSecrecy:
    def test_repr_hides_the_password(self, tmp_path: Path) -> None:
        """Neither repr nor str of a definition shows a secret."""
        definition = ExportDefinition.load(write(tmp_path, extra='passphrase = "canary-phrase"'), "nordlys")
        assert "canary" not in f"{definition!r} {definition}"

    @pytest.mark.parametrize(
        "extra",
        ['pasword = "canary-two"', "port = 'x'", "name = ", 'passphrase = ["canary"]', 'server.password = "canary"'],
    )
    def test_no_error_shows_the_password(self, tmp_path: Path, extra: str) -> None:
        """Not the message, not the findings, not a traceback that prints locals."""
        path = write(tmp_path, extra=extra)
        with pytest.raises(DefinitionError) as caught:
            ExportDefinition.load(path, "nordlys")
        shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        outside = [frame for frame in shown.stack if frame.name != "test_no_error_shows_the_password"]
        text = "".join(f"{frame.name} {frame.locals}" for frame in outside)
        assert "_read_file" not in text
        assert "canary" not in text + str(caught.value) + repr(caught.value)
        assert caught.value.__context__ is None

    def test_the_error_pickles(self, tmp_path: Path) -> None:
        """An error that crosses a process keeps its findings."""
        with pytest.raises(DefinitionError) as caught:
            ExportDefinition.load(write(tmp_path, ""), "nordlys")
        again = pickle.loads(pickle.dumps(caught.value))
        assert again.findings == caught.value.findings
        assert str(again) == str(caught.value)
