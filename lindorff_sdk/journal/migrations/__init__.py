"""Alembic revisions that take the journal's tables from one version of the schema to the next.

A host that runs Alembic itself calls ``upgrade(prefix)`` of a revision in one of its own; everybody else runs
`lindorff_sdk.journal.migrate`.
"""
