"""A host on Django: its connection to the ERP's database, and a model for the ERP's ledger."""

from typing import Any

import django
from django.conf import settings
from django.db import connections, models
from django.db.utils import ConnectionHandler
from sqlalchemy import URL

from tests.journal.ledgers import LEDGER

if not settings.configured:
    settings.configure(USE_TZ=True)
    django.setup()


class Entry(models.Model):  # type: ignore[misc]  # noqa: DJ008 - nobody looks at it in an admin
    """A line of the ERP's ledger."""

    event_id = models.TextField()
    amount = models.TextField()

    class Meta:
        """The table is there already."""

        app_label = "erp"
        db_table = LEDGER.name
        managed = False


def connect(url: URL) -> Any:
    """Make Django's default connection one to the database at an address, and return it."""
    database: dict[str, Any] = {"ENGINE": "django.db.backends.sqlite3", "NAME": url.database}
    if url.get_backend_name() == "postgresql":
        place = {"NAME": url.database, "USER": url.username, "HOST": url.host, "PORT": url.port}
        database = {"ENGINE": "django.db.backends.postgresql", **place, "OPTIONS": dict(url.query)}
    connections["default"] = ConnectionHandler({"default": database}).create_connection("default")
    return connections["default"]
