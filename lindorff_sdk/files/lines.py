"""The lines of a file, and how their ends differ from what the profile says."""

_CTRL_Z = "\x1a"


def split_lines(text: str, line_end: str) -> tuple[list[str], list[tuple[str, str]]]:
    """Return a file's lines, and how its line ends and its end differ from what the profile says.

    Only CR LF and LF end a line; never U+0085 and the other characters at which `str.splitlines` splits.
    """
    deviations = []
    body = _without_ctrl_z(text)
    lines = body.split(line_end)
    other = "\n" if line_end == "\r\n" else "\r\n"
    if (other == "\r\n" and "\r\n" in body) or (other == "\n" and body.count("\n") >= len(lines)):
        lines = [line.removesuffix("\r") for line in body.split("\n")]
        deviations.append(("line-end-differs", "Some lines end otherwise than the profile says."))
    trailing = 0
    while lines and lines[-1].strip(" ") == "":
        lines.pop()
        trailing += 1
    if trailing != 1 or body != text:
        deviations.append(("file-end-differs", "The file should end with one line end and nothing after it."))
    return lines, deviations


def _without_ctrl_z(text: str) -> str:
    """Return a text up to the Ctrl-Z behind which nothing but blanks, line ends and further ones follow."""
    at = text.find(_CTRL_Z, len(text.rstrip(f"{_CTRL_Z}\r\n ")))
    return text if at < 0 else text[:at]
