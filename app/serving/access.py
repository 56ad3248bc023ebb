"""Who asks for an edit: a bearer token over REST, a signed-in session on the pages, and no other.

Reading needs neither. A cookie counts for a change only where the browser says that our own page
sent it, and never over REST.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Annotated, Final

from fastapi import Depends, HTTPException, Request
from fastapi.responses import Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Engine

from app.serving.state import TheDatabase
from app.tokens import Token, any_token, find_session, find_token

SWITCHED_OFF: Final = (
    "Editing is switched off, as there is no token. "
    "Create one with `rigwise token create --name NAME --scope edit`."
)
SESSION_COOKIE: Final = "rigwise_session"
SAFE: Final = frozenset({"GET", "HEAD"})
WINDOW_S: Final = 60.0
FAILURES: Final = 10

bearer = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="A token made with `rigwise token create`; reading needs none.",
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


class Attempts:
    """Sign-ins that failed, by address: after ten in a minute nobody is let try for a while."""

    def __init__(self, most: int = FAILURES, addresses: int = 10_000) -> None:
        self.most = most
        self.addresses = addresses
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()

    def refuse_if_many(self, request: Request) -> None:
        """Raises HTTPException: 429, where this address has failed too often."""
        times = self._failed.get(_address(request), deque())
        now = time.monotonic()
        while times and now - times[0] >= WINDOW_S:
            times.popleft()
        if len(times) >= self.most:
            wait = int(WINDOW_S - (now - times[0])) + 1
            sentence = f"Too many sign-ins have failed from here. Try again in {wait} seconds."
            raise HTTPException(429, sentence, headers={"Retry-After": str(wait)})

    def failed(self, request: Request) -> None:
        """Count a sign-in that failed; the oldest addresses are forgotten first."""
        times = self._failed.setdefault(_address(request), deque(maxlen=self.most))
        times.append(time.monotonic())
        self._failed.move_to_end(_address(request))
        while len(self._failed) > self.addresses:
            self._failed.popitem(last=False)


class SignInNeededError(Exception):
    """A page of the editors was asked for by somebody who is not signed in."""


def attempts_of(request: Request) -> Attempts:
    """The application's count of failed sign-ins."""
    attempts: Attempts = request.app.state.attempts
    return attempts


def holder(scope: str) -> Callable[..., Token]:
    """A dependency: the bearer token of a REST request, which has to allow ``scope``."""

    def check(request: Request, database: TheDatabase, given: Credentials) -> Token:
        attempts_of(request).refuse_if_many(request)
        token = _by_token(request, database, given)
        if token is None:
            raise unauthorised(database, "Send a token: `Authorization: Bearer TOKEN`.")
        if not token.allows(scope):
            raise HTTPException(403, _lacks(token, scope))
        return token

    return check


def reader(request: Request, database: TheDatabase, given: Credentials) -> Token | None:
    """A dependency: the bearer token, where one is sent.

    Raises:
        HTTPException: 401, where a token is sent that is not good.
    """
    return None if given is None else _by_token(request, database, given)


def visitor_token(request: Request, database: Engine) -> Token | None:
    """The token of whoever reads a page, where they are signed in: for what only they are shown."""
    secret = request.cookies.get(session_cookie(request))
    return None if not secret else find_session(database, secret)


def signed_in(*scopes: str) -> Callable[..., Token]:
    """A dependency: the token of a page's session, which has to allow one of ``scopes``."""

    def check(request: Request, database: TheDatabase) -> Token:
        if request.method not in SAFE and not from_own_page(request):
            raise HTTPException(403, "This form was not sent by our own page: nothing was changed.")
        token = visitor_token(request, database)
        if token is None:
            raise SignInNeededError
        if not any(token.allows(scope) for scope in scopes):
            raise HTTPException(403, _lacks(token, scopes[0]))
        return token

    return check


def from_own_page(request: Request) -> bool:
    """Whether the browser says that one of our pages sent this; silence is not enough."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin", "")
    return origin.partition("://")[2].lower() == request.headers.get("host", "").lower() != ""


def session_cookie(request: Request) -> str:
    """The cookie's name; behind TLS one that no other host can set."""
    return f"__Host-{SESSION_COOKIE}" if request.url.scheme == "https" else SESSION_COOKIE


def set_session(request: Request, response: Response, secret: str, hours: float) -> None:
    """Give the browser its session: unreadable for scripts, sent to us alone."""
    response.set_cookie(
        session_cookie(request),
        secret,
        max_age=int(hours * 3600),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def unauthorised(database: Engine, sentence: str) -> HTTPException:
    """401, saying how a token is come by where there is none at all."""
    detail = sentence if any_token(database) else SWITCHED_OFF
    return HTTPException(401, detail, headers={"WWW-Authenticate": 'Bearer realm="rigwise"'})


def _by_token(
    request: Request, database: Engine, given: HTTPAuthorizationCredentials | None
) -> Token | None:
    if given is None:
        return None
    attempts_of(request).refuse_if_many(request)
    token = find_token(database, given.credentials)
    if token is None:
        attempts_of(request).failed(request)
        raise unauthorised(database, "This token is unknown, revoked or expired.")
    return token


def _lacks(token: Token, scope: str) -> str:
    held = ", ".join(sorted(token.scopes))
    return f"This needs a token with the scope {scope}; {token.name} has: {held}."


def _address(request: Request) -> str:
    return request.client.host if request.client is not None else ""
