"""What attackers write into fields, and how to see in HTML that it stayed text."""

import re
from html.parser import HTMLParser

MARK = "xq7"
_CALL = f"alert('{MARK}')"
#: Sixty texts; each holds MARK, so that it can be found again wherever it comes out.
PAYLOADS = (
    f"<script>{_CALL}</script>",
    f"<SCRIPT SRC=//evil.example/{MARK}.js></SCRIPT>",
    f"</script><script>{_CALL}</script>",
    f"<scr<script>ipt>{_CALL}</scr</script>ipt>",
    f"<script\x0c>{_CALL}</script>",
    f"<img src=x onerror={_CALL}>",
    f"<img src='x' onerror=\"{_CALL}\"",
    f"<image/src/onerror={_CALL}>",
    f"<svg onload={_CALL}>",
    f"<svg/onload={_CALL}//",
    f"<svg><script>{_CALL}</script></svg>",
    f"<svg><animate onbegin={_CALL} attributeName=x dur=1s>",
    f'<svg><a xlink:href="javascript:{_CALL}"><text y=9>{MARK}</text></a></svg>',
    f"<svg><foreignObject><body onload={_CALL}>",
    f'<math><mtext></mtext><mglyph><style><!--</style><img title="--&gt;{_CALL}">',
    f"<body onload={_CALL}>",
    f"<details open ontoggle={_CALL}>",
    f"<video><source onerror={_CALL}>",
    f"<audio src=x onerror={_CALL}>",
    f"<iframe srcdoc='<script>{_CALL}</script>'>",
    f'<iframe src="javascript:{_CALL}">',
    f'<object data="javascript:{_CALL}">',
    f'<embed src="data:text/html,{MARK}">',
    f'<form action="javascript:{_CALL}"><button>{MARK}</button>',
    f'<button formaction="javascript:{_CALL}">{MARK}</button>',
    f"<input autofocus onfocus={_CALL}>",
    f"<select autofocus onfocus={_CALL}>",
    f"<textarea autofocus onfocus={_CALL}>",
    f"</textarea><script>{_CALL}</script>",
    f"</title><script>{_CALL}</script>",
    f"</style><script>{_CALL}</script>",
    f"<style>*{{background:url(//evil.example/{MARK})}}</style>",
    f"<link rel=stylesheet href=//evil.example/{MARK}>",
    f"<base href=//evil.example/{MARK}/>",
    f'<meta http-equiv=refresh content="0;url=javascript:{_CALL}">',
    f"<marquee onstart={_CALL}>",
    f'<a href="javascript:{_CALL}">{MARK}</a>',
    f'<a href="jav&#x09;ascript:{_CALL}">{MARK}</a>',
    f"<b onmouseover={_CALL}>{MARK}</b>",
    f'<div style="background:url(javascript:{_CALL})">{MARK}',
    f'<div hx-get="//evil.example/{MARK}" hx-trigger=load>',
    f'<div hx-on:load="{_CALL}" data-hx-get=/{MARK}>',
    f'" onmouseover="{_CALL}" x="',
    f"' onmouseover='{_CALL}' x='",
    f'" autofocus onfocus={_CALL} "',
    f"x onmouseover={_CALL} y",
    f"javascript:{_CALL}",
    f"JaVaScRiPt:{_CALL}",
    f"data:text/html;base64,{MARK}",
    f"vbscript:msgbox('{MARK}')",
    f"{{{{7*7}}}}{MARK}",
    f"{{% for x in ().__class__.__base__.__subclasses__() %}}{MARK}{{% endfor %}}",
    f"${{7*7}}#{{7*7}}{MARK}<%= 7*7 %>",
    f"]]><script>{_CALL}</script>",
    f"--><script>{_CALL}</script><!--",
    f"\\u003cscript\\u003e{_CALL}\\u003c/script\\u003e",
    f"&lt;script&gt;{_CALL}&lt;/script&gt;",
    f"\u2028\u2029'-{_CALL}-'",
    f'=HYPERLINK("http://evil.example/{MARK}","x")',
    f'<b>{MARK}</b><br><sup>1</sup><a href="http://evil.example">x</a>%{{x}}',
)
_URL_ATTRIBUTES = {"href", "src", "action", "formaction", "data", "xlink:href", "poster"}
_BAD_TAGS = {
    "script",
    "style",
    "iframe",
    "object",
    "embed",
    "base",
    "form",
    "marquee",
    "svg:script",
}


class Dangers(HTMLParser):
    """What a payload would have become, had it not stayed text: elements, handlers, addresses."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._script = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._script = ""
        if tag in ("script", "style"):
            self._script = given.get("type") or tag
        for name, value in given.items():
            if name.startswith("on") or name.startswith(("hx-on", "data-hx-on")):
                self.found.append(f"<{tag} {name}={value!r}>")
            if name in _URL_ATTRIBUTES and re.match(
                r"[\s\x00-\x1f]*(javascript|vbscript|data:text)", value, re.IGNORECASE
            ):
                self.found.append(f"<{tag} {name}={value!r}>")
            # an address in a source or a note is a link to it, and no more than that
            linked = tag == "a" and re.match("https?://", value)
            if (
                not linked
                and name in _URL_ATTRIBUTES | {"hx-get", "data-hx-get"}
                and re.match(r"(https?:)?//evil", value)
            ):
                self.found.append(f"<{tag} {name}={value!r}>")
            if name in ("style", "srcdoc"):
                self.found.append(f"<{tag} {name}={value!r}>")
        if tag in _BAD_TAGS and any(MARK in value or "evil" in value for value in given.values()):
            self.found.append(f"<{tag} {given}>")
        if tag == "meta" and given.get("http-equiv"):
            self.found.append(f"<{tag} {given}>")

    def handle_endtag(self, tag: str) -> None:
        self._script = ""

    def handle_data(self, data: str) -> None:
        json_block = self._script == "application/json"
        if self._script and MARK in data and (not json_block or "<" in data):
            self.found.append(f"in <{self._script}>: {data[:120]}")


def dangers(html: str) -> list[str]:
    """What in a page is more than text. Block of JSON may hold a payload, but no ``<`` in it."""
    return Dangers(html).found
