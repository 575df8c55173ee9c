"""The vocabulary of the project: slugs of kinds, fields, topics, problems and regimes with their Vietnamese names."""

from __future__ import annotations

from functools import cache

from feedback.law import load_csv, load_yaml


def kinds() -> dict[str, str]:
    return {slug: entry["name"] for slug, entry in load_yaml("taxonomy.yml")["kinds"].items()}


def fields() -> dict[str, str]:
    return dict(load_yaml("taxonomy.yml")["fields"])


def problems() -> dict[str, str]:
    return dict(load_yaml("taxonomy.yml")["problems"])


def regimes() -> dict[str, str]:
    return dict(load_yaml("taxonomy.yml")["regimes"])


@cache
def topics() -> dict[str, str]:
    return {row["topic"]: row["name"] for row in load_csv("topics.csv")}


@cache
def topic_fields() -> dict[str, str]:
    """topic -> field."""
    return {row["topic"]: row["field"] for row in load_csv("topics.csv")}


def topic_name(slug: str | None) -> str:
    """The Vietnamese name of a topic; empty for None, the slug itself when unknown."""
    return topics().get(slug, slug) if slug else ""


def field_name(slug: str | None) -> str:
    """As `topic_name`, for a field."""
    return fields().get(slug, slug) if slug else ""


def kind_name(slug: str | None) -> str:
    """As `topic_name`, for a kind."""
    return kinds().get(slug, slug) if slug else ""


def problem_name(slug: str | None) -> str:
    """As `topic_name`, for a problem."""
    return problems().get(slug, slug) if slug else ""


def regime_name(slug: str | None) -> str:
    """As `topic_name`, for a regime."""
    return regimes().get(slug, slug) if slug else ""


def name(slug: str | None, *, empty: str = "") -> str:
    """The Vietnamese name of any slug of the vocabulary; the slug itself when unknown, `empty` for None."""
    if slug is None:
        return empty
    for group in (kinds(), fields(), topics(), problems(), regimes()):
        if slug in group:
            return group[slug]
    return slug
