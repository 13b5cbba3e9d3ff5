"""Real FTP and FTPS servers for tests: vsftpd, pure-ftpd and proftpd, and proftpd's SFTP module."""

import contextlib
import pwd
from collections.abc import Iterator
from pathlib import Path

from attrs import evolve

from tests.servers import (
    PASSWORD,
    USERNAME,
    RunningServer,
    base_folder,
    folders,
    free_port,
    hashed,
    program,
    public_line,
    run,
)
from tests.servers import spawned as started

# Debian lets only one FTP server be installed; `.ci/install-servers` unpacks the others here.
_UNPACKED = "/opt/ftpservers"
_PAM = "lindorff-tests"

TLS_1_2, TLS_1_3 = "TLSv1.2", "TLSv1.3"


@contextlib.contextmanager
def vsftpd(tls: str = "") -> Iterator[RunningServer]:
    """Run vsftpd; with ``tls`` only over that version, and with the control connection's session required."""
    server = program("/usr/sbin/vsftpd")
    with base_folder() as base:
        root, port = folders(base), free_port()
        Path("/var/run/vsftpd/empty").mkdir(parents=True, exist_ok=True)
        Path("/etc/pam.d", _PAM).write_text(
            "auth required pam_unix.so nodelay\naccount required pam_permit.so\nsession required pam_permit.so\n"
        )
        lines = [
            "listen=YES",
            "listen_ipv6=NO",
            "listen_address=127.0.0.1",
            f"listen_port={port}",
            "background=NO",
            "session_support=NO",
            "anonymous_enable=NO",
            "local_enable=YES",
            "write_enable=YES",
            "local_umask=077",
            f"local_root={root}",
            "chroot_local_user=YES",
            "allow_writeable_chroot=YES",
            "secure_chroot_dir=/var/run/vsftpd/empty",
            f"pam_service_name={_PAM}",
            "pasv_address=127.0.0.1",
            "seccomp_sandbox=NO",
            "xferlog_enable=NO",
            "utf8_filesystem=YES",
            "delay_failed_login=0",
        ]
        certificate = None
        if tls:
            certificate, key = make_certificate(base)
            lines += [
                "ssl_enable=YES",
                f"rsa_cert_file={certificate}",
                f"rsa_private_key_file={key}",
                "force_local_logins_ssl=YES",
                "force_local_data_ssl=YES",
                "require_ssl_reuse=YES",
                "ssl_ciphers=HIGH",
            ]
        config = base / "vsftpd.conf"
        config.write_text("\n".join(lines) + "\n")
        config.chmod(0o600)
        with started([str(server), str(config)], port, base, only(tls, base)) as restart:
            yield RunningServer(port, root, base, certificate=certificate, restart=restart)


@contextlib.contextmanager
def pureftpd(tls: str = "") -> Iterator[RunningServer]:
    """Run pure-ftpd; with ``tls`` only over that version."""
    server = program(f"{_UNPACKED}/usr/sbin/pure-ftpd")
    with base_folder() as base:
        root, port, users = folders(base), free_port(), base / "users"
        account = pwd.getpwnam(USERNAME)
        # Written by hand: the hash that pure-pw makes costs three seconds at every log-in.
        users.write_text(f"{USERNAME}:{hashed(PASSWORD)}:{account.pw_uid}:{account.pw_gid}::{root}/./:::::::::::: \n")
        run([f"{_UNPACKED}/usr/bin/pure-pw", "mkdb", str(base / "users.pdb"), "-f", str(users)])
        command = [str(server), "-S", f"127.0.0.1,{port}", "-l", f"puredb:{base}/users.pdb", "-E", "-A", "-H", "-4"]
        command += ["-C", "100", "-c", "100", "-U", "177:077", "-g", str(base / "pid"), "-b"]
        certificate = None
        if tls:
            certificate, key = make_certificate(base)
            both = base / "both.pem"
            both.write_text(key.read_text() + certificate.read_text())
            both.chmod(0o600)
            command += ["-Y", "3", "-2", str(both)]
        with started(command, port, base, only(tls, base)) as restart:
            yield RunningServer(port, root, base, certificate=certificate, restart=restart)


@contextlib.contextmanager
def proftpd(tls: str = "", *, implicit: bool = False) -> Iterator[RunningServer]:
    """Run proftpd; with ``tls`` only over that version, its session required, from the first byte if ``implicit``."""
    with base_folder() as base:
        modules, lines, certificate = "", "", None
        if tls:
            certificate, key = make_certificate(base)
            modules = "LoadModule mod_tls.c\n"
            lines = (
                f"TLSEngine on\nTLSRequired on\nTLSProtocol {tls}\nTLSECCertificateFile {certificate}\n"
                f"TLSECCertificateKeyFile {key}\nTLSVerifyClient off\n"
            )
            lines += "TLSOptions UseImplicitSSL\n" if implicit else ""
        with _proftpd(base, modules, lines) as server:
            yield evolve(server, certificate=certificate)


@contextlib.contextmanager
def mod_sftp() -> Iterator[RunningServer]:
    """Run proftpd's SFTP module."""
    with base_folder() as base:
        key = base / "hostkey"
        run(["ssh-keygen", "-q", "-t", "rsa", "-b", "3072", "-m", "PEM", "-N", "", "-f", str(key)])
        lines = f"SFTPEngine on\nSFTPHostKey {key}\nSFTPAuthMethods password\n"
        with _proftpd(base, "LoadModule mod_sftp.c\n", lines) as server:
            yield evolve(server, host_key=public_line(key))


@contextlib.contextmanager
def _proftpd(base: Path, modules: str, lines: str) -> Iterator[RunningServer]:
    server = program(f"{_UNPACKED}/usr/sbin/proftpd")
    root, port, account = folders(base), free_port(), pwd.getpwnam(USERNAME)
    users = base / "passwd"
    users.write_text(f"{USERNAME}:{hashed(PASSWORD)}:{account.pw_uid}:{account.pw_gid}::{root}:/bin/false\n")
    users.chmod(0o600)
    config = base / "proftpd.conf"
    config.write_text(
        f"ModulePath {_UNPACKED}/usr/lib/proftpd\n{modules}"
        "ServerType standalone\nServerName test\nDefaultAddress 127.0.0.1\nSocketBindTight on\n"
        f"Port {port}\nUseIPv6 off\nUseReverseDNS off\nAuthOrder mod_auth_file.c\nAuthUserFile {users}\n"
        "RequireValidShell off\nDefaultRoot ~\nUser nobody\nGroup nogroup\nUmask 077 077\nAllowOverwrite on\n"
        f"PidFile {base}/pid\nScoreboardFile {base}/score\nSystemLog {base}/syslog\nTransferLog none\nWtmpLog off\n"
        f"DelayEngine off\n{lines}"
    )
    with started([str(server), "-n", "-c", str(config)], port, base) as restart:
        yield RunningServer(port, root, base, restart=restart)


def make_certificate(folder: Path, name: str = "server") -> tuple[Path, Path]:
    """Return a new certificate for 127.0.0.1 that signs itself, and its key."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    request = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    run([*request, "-days", "2", "-keyout", str(key), "-out", str(certificate), *subject])
    return certificate, key


def only(tls: str, base: Path) -> dict[str, str]:
    """Return the environment in which OpenSSL speaks no other version of TLS."""
    if not tls:
        return {}
    config = base / "openssl.cnf"
    config.write_text(
        "openssl_conf = init\n[init]\nssl_conf = ssl\n[ssl]\nsystem_default = limits\n[limits]\n"
        f"MinProtocol = {tls}\nMaxProtocol = {tls}\n"
    )
    return {"OPENSSL_CONF": str(config)}
