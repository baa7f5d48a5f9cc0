"""Hashes of rows that say by which version of the formula they were made: ``$version$sha256``.

A version is the tuple of columns that it covers. A new column makes a new version and the old ones stay, so
that every row is checked by what held when it was written.
"""

import hashlib
import json
import re
from collections.abc import Mapping

Versions = Mapping[int, tuple[str, ...]]

_STORED = re.compile(r"\$([1-9]\d{0,8})\$[0-9a-f]{64}")


def all_columns(versions: Versions) -> tuple[str, ...]:
    """The columns of all versions, each once."""
    return tuple(dict.fromkeys(name for columns in versions.values() for name in columns))


def row_hash(row: Mapping, versions: Versions, version: int | None = None) -> str:
    """The hash of a row by one version of the formula, the newest unless told otherwise."""
    version = version or max(versions)
    values = [
        value.isoformat(sep=" ") if hasattr(value, "isoformat") else None if value is False else value
        for value in map(row.__getitem__, versions[version])
    ]
    return f"${version}${hashlib.sha256(json.dumps(values, separators=(',', ':')).encode()).hexdigest()}"


def claimed_version(stored: str | None) -> int | None:
    """The version that a stored hash names, known or not; None when it is no such hash."""
    match = _STORED.fullmatch(stored or "")
    return int(match[1]) if match else None


def fault(stored: str | None, row: Mapping, versions: Versions, newest: int = 0) -> str | None:
    """What is wrong with the stored hash of a row.

    :param newest: the newest version that rows before this one were hashed by
    :return: ``unknown`` (a version that does not exist), ``changed`` (the row is not what was hashed),
        ``older`` (it fits, by a version that was no longer in use), or None
    """
    version = claimed_version(stored)
    if version is not None and version not in versions:
        return "unknown"
    if version is None or row_hash(row, versions, version) != stored:
        return "changed"
    return "older" if version < newest else None


def chain_hash(previous: str, content_hash: str) -> str:
    """The value of an entry in the chain: of all content before it, and of its own with its version."""
    return hashlib.sha256(f"{previous}{content_hash}".encode()).hexdigest()
