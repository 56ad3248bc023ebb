"""Where a form sends its reader back to."""

from urllib.parse import urlsplit


def own_address(back: str) -> str:
    """Only addresses on this site: a path, never another host."""
    parts = urlsplit(back)
    local = not parts.scheme and not parts.netloc and back.startswith("/")
    return back if local and not back.startswith(("//", "/\\")) else "/"
