"""Sentences that readers are told, made from numbers written by hand: a case and what is said."""

from __future__ import annotations

#: What each case is about, and the sentences that are said of it.
Said = dict[str, list[str]]
