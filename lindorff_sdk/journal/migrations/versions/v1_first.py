"""The tables as they were first released; `Journal` made them."""

revision = "1"
down_revision = None


def upgrade(prefix: str = "lindorff_") -> None:
    """Do nothing: this is where it starts."""
