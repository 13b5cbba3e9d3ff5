"""The collection list (*inkassoliste*): what the user of the ERP sees around the export.

It is optional: an ERP that keeps a list of its own uses the checks and the corrections without this one. Its tables lie
beside the journal's, under the same prefix.
"""

from lindorff_sdk.collection_list.entries import Group, GroupFile, GroupState, ListEntry
from lindorff_sdk.collection_list.listing import Added, CollectionList
from lindorff_sdk.collection_list.removal import Removal, RemovalReason
from lindorff_sdk.collection_list.states import LOCKED, MOVES, ListState, Move

__all__ = [
    "LOCKED",
    "MOVES",
    "Added",
    "CollectionList",
    "Group",
    "GroupFile",
    "GroupState",
    "ListEntry",
    "ListState",
    "Move",
    "Removal",
    "RemovalReason",
]
