"""From what a person writes to the variants that are meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ..reading import nearest
from .entries import GitEntry, InstalledEntry, ReleaseEntry
from .spec import DEFAULT_REMOTE, REMOTE_MARK, Git, Installed, Release, Spec, checked_name

RANGE_MARK = ".."
Entry = InstalledEntry | ReleaseEntry | GitEntry
Table = Mapping[str, Spec]


def parse_table(entries: Mapping[str, Entry], default_remote: str = DEFAULT_REMOTE) -> dict[str, Spec]:
    """The named variants of a dashboard; raises ValueError, in one line that begins with the name."""
    table = {}
    for name, entry in entries.items():
        try:
            table[name] = _named(checked_name(name), entry, default_remote)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return table


def _named(name: str, entry: Entry, default_remote: str) -> Spec:
    if isinstance(entry, InstalledEntry):
        return Installed(name)
    if isinstance(entry, ReleaseEntry):
        return Release(entry.version, name)
    settings = entry.model_dump(exclude={"kind", "remote", "ref", "schema_reference"})
    return Git(entry.remote or default_remote, entry.ref, from_default=entry.remote is None, name=name, **settings)


def parse_variant(text: str, table: Table, default_remote: str = DEFAULT_REMOTE, tvm_remote: str | None = None) -> Spec:
    """The variant that `text` means.

    Taken are `installed`, `release:VERSION`, `git:REF`, `git:REMOTE@@REF` (split at the last `@@`), `git:NAME@@REF`,
    which is another state of the repository of a name in the table, built in the same way, and the names of the table.
    `tvm_remote` stands for the default remote, and in labels, since those tell of another remote.
    Raises ValueError with one line that says what is known.
    """
    if text in table:
        return table[text]
    if text == "installed":
        return Installed()
    kind, colon, rest = text.partition(":")
    if colon and kind == "release":
        return Release(rest)
    if colon and kind == "git":
        remote, mark, ref = rest.rpartition(REMOTE_MARK)
        if mark and isinstance(like := table.get(remote), Git):
            return replace(like, ref=ref, name=text)
        return _git(remote if mark else tvm_remote, ref, default_remote)
    hint = nearest(text, [*table, "installed", "release:VERSION", "git:REF"])
    raise ValueError(f"there is no variant {text!a}; {hint}")


def _git(remote: str | None, ref: str, default_remote: str) -> Git:
    return Git(default_remote if remote is None else remote, ref, from_default=remote is None)


def parse_variants(
    texts: Sequence[str],
    table: Table,
    default_remote: str = DEFAULT_REMOTE,
    *,
    tvm_remote: str | None = None,
    tvm_branch: str | None = None,
) -> tuple[Spec, ...]:
    """The variants of one experiment in the order written, repeats dropped.

    `tvm_remote` and `tvm_branch` are the predecessor's fields: a branch is one git variant, which stands alone; a
    remote without a branch is where the `git:` variants come from. Raises ValueError for `tvm_branch` beside others.
    """
    if tvm_branch is None:
        return tuple(dict.fromkeys(parse_variant(text, table, default_remote, tvm_remote) for text in texts))
    if list(texts) not in ([], ["installed"]):
        raise ValueError("`tvm_branch` stands for the one variant there is: leave it out, or leave out `variants`")
    return (_git(tvm_remote, tvm_branch, default_remote),)


def resolve_compare(
    text: str, table: Table, default_remote: str = DEFAULT_REMOTE, tvm_remote: str | None = None
) -> tuple[Spec, Spec]:
    """Base and candidate of `BASE..CANDIDATE`, as in `git:main..git:my-branch`.

    Raises ValueError when no split at a `..`, or more than one, leaves two variants.
    """
    pairs = list(_pairs(text, table, default_remote, tvm_remote))
    if len(pairs) == 1:
        return pairs[0]
    if pairs:
        raise ValueError(f"{text!a} can be split in two ways: give the variants names in the table")
    # the plainest split tells what is wrong, if there is one at all
    base, mark, candidate = text.partition(RANGE_MARK)
    if not mark:
        raise ValueError(f"{text!a} is no comparison: write BASE..CANDIDATE, as in git:main..git:my-branch")
    for side in (base, candidate):
        parse_variant(side, table, default_remote, tvm_remote)
    raise AssertionError("unreachable: both sides of the only split are variants")


def _pairs(text: str, table: Table, default_remote: str, tvm_remote: str | None) -> Iterator[tuple[Spec, Spec]]:
    for place in (place for place in range(len(text)) if text.startswith(RANGE_MARK, place)):
        sides = text[:place], text[place + len(RANGE_MARK) :]
        try:
            base, candidate = (parse_variant(side, table, default_remote, tvm_remote) for side in sides)
        except ValueError:
            continue
        yield base, candidate
