"""Every address the application answers at, whichever router it came from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

SAFE = {"GET", "HEAD", "OPTIONS"}
#: Something to stand for each parameter of an address.
STAND_INS = {
    "{kind}": "gpus",
    "{slug}": "nvidia-l4",
    "{slug:path}": "nvidia-l4",
    "{edit}": "1",
    "{what}": "gpu",
}


@dataclass(frozen=True)
class Address:
    """One method of one address."""

    method: str
    path: str
    route: Any

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def example(self) -> str:
        """The address with something in the place of its parameters."""
        found = self.path
        for name, value in STAND_INS.items():
            found = found.replace(name, value)
        return found


def routes_of(app: FastAPI) -> list[Address]:
    """All of them; mounted files are left out."""
    return list(_walk(app.routes, ""))


def _walk(routes: Any, before: str) -> Iterator[Address]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _walk(inner.routes, before + route.include_context.prefix)
        elif isinstance(route, APIRoute):
            yield from (Address(m, before + route.path, route) for m in sorted(route.methods))


def unsafe_of(app: FastAPI) -> list[Address]:
    """Those that change something."""
    return [address for address in routes_of(app) if address.method not in SAFE]
