"""The products a driver's device text can mean.

A driver says "NVIDIA A100-SXM4-80GB" or "AMD Radeon RX 7900 XTX (RADV NAVI31)". A name is split
into the product (its core words) and what tells variants of one product apart: memory size and
kind, form factor, number of cores. The core words must be the catalogue's, all of them; the
variant words must not contradict. Where several variants are left, nothing is guessed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.catalogue.facts import CpuFacts, GpuFacts
from app.catalogue.snapshot import Catalogue

#: What drivers call a part whose product name says more, or something else.
_DRIVER_NAMES: Final = {
    "nvidia h200": "nvidia-h200-sxm-141gb",
    "nvidia b200": "nvidia-b200-sxm-hgx-180gb",
    "nvidia gb10": "nvidia-gb10-grace-blackwell-dgx-spark",
    "nvidia gh200 480gb": "nvidia-gh200-grace-hopper-96gb-hbm3",
    "nvidia gh200 144g hbm3e": "nvidia-gh200-grace-hopper-141gb-hbm3e",
}
#: Words that name no product: vendors, brands of whole lines, what every card is.
_NOISE: Final = frozenset(
    (
        "nvidia",
        "amd",
        "intel",
        "apple",
        "ati",
        "geforce",
        "tesla",
        "instinct",
        "radeon",
        "gpu",
        "graphics",
        "series",
        "generation",
        "device",
        "adapter",
        "corporation",
        "inc",
        "vf",
    )
)
_BRACKETS = re.compile(r"\([^()]{0,160}\)")
_MARKS = re.compile(r"\((?:r|tm|c)\)|[®™©]", re.IGNORECASE)
_CORES = re.compile(r"\b(\d{1,3})-core(?: gpu)?\b")
_SIZE = re.compile(r"\b(\d{1,4}) ?gi?b\b")
_VARIANT = re.compile(r"\d{1,4}gb|\d{1,3}core|pcie|sxm\d?|nvl|oam|hbm\d?e?|gddr\d[xe]?")
_CHIP = re.compile(r"gfx\d{3,4}[a-z]?")
_CPU_TAIL = re.compile(
    r" (?:\d{1,3}-cores?\b.{0,40}|(?:six|eight|quad|dual)-core\b.{0,40}|processor\b.{0,40}"
    r"|cpu\b.{0,40}|@.{0,40}|w/.{0,60}|with .{0,60})$"
)
_GENERATION = re.compile(r"^\d{1,2}(?:st|nd|rd|th) gen ")


@dataclass(frozen=True, slots=True)
class Name:
    """A device's name taken apart."""

    core: tuple[str, ...]
    variant: frozenset[str]


def name_of(text: str) -> Name:
    """Core and variant words of a device text; no core words where it names no product."""
    words = _MARKS.sub(" ", text.lower()[:240])
    # brackets hold a driver's remarks, or the variant: "(RADV NAVI31)", "(GDDR6X)"
    inside = " ".join(
        w for b in _BRACKETS.findall(words) for w in _words(b) if _VARIANT.fullmatch(w)
    )
    found = _words(f"{_BRACKETS.sub(' ', words)} {inside}")
    core = tuple(w for w in found if not _VARIANT.fullmatch(w) and not _CHIP.fullmatch(w))
    return Name(core, frozenset(w for w in found if _VARIANT.fullmatch(w)))


def _words(text: str) -> list[str]:
    joined = _SIZE.sub(r"\1gb", _CORES.sub(r"\1core", text))
    return [w for w in re.split(r"[^a-z0-9+]+", joined) if w and w not in _NOISE]


class Devices:
    """Looks up what device texts mean in one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Take every GPU's name apart once."""
        self._catalogue = catalogue
        self._names = {slug: name_of(gpu.name) for slug, gpu in catalogue.gpus.items()}

    def gpus(self, text: str) -> list[GpuFacts]:
        """The GPUs a text can mean: one where it says exactly which, none where it names none."""
        known = self._catalogue.gpus
        driver = known.get(_DRIVER_NAMES.get(" ".join(text.lower().split()), ""))
        if driver is not None:
            return [driver]
        name = name_of(text)
        if not name.core:
            return []
        same = [slug for slug, other in self._names.items() if other.core == name.core]
        exact = [slug for slug in same if self._names[slug].variant == name.variant]
        if len(exact) == 1:
            return [known[exact[0]]]
        if not same:
            return self._by_alias(text)
        said = [slug for slug in same if name.variant <= self._names[slug].variant]
        if len(said) == 1:
            return [known[said[0]]]
        traits = {slug: _traits(known[slug], self._names[slug]) for slug in same}
        return [known[slug] for slug in same if name.variant <= traits[slug]]

    def _by_alias(self, text: str) -> list[GpuFacts]:
        """Another spelling somebody wrote down, of a product no catalogue name is close to."""
        slug = self._catalogue.known("gpus", text)
        return [self._catalogue.gpus[slug]] if slug else []

    def cpu(self, text: str) -> CpuFacts | None:
        """The CPU a text names; the first catalogued one where it lists several devices."""
        for part in text.split(", "):
            slug = self._catalogue.known("cpus", _bare(part))
            if slug:
                return self._catalogue.cpus[slug]
        return None


def contradicts(text: str, names: Iterable[str]) -> bool:
    """Whether a device text names a product number that none of ``names`` has.

    A text without one ("Orin", "AMD Radeon Graphics") goes with any build.
    """
    given = _numbers(_bare(text))
    return bool(given) and not any(given <= _numbers(name) for name in names)


def names_product(text: str) -> bool:
    """Whether a device text holds a product number at all."""
    return bool(_numbers(_bare(text)))


def _bare(text: str) -> str:
    """A CPU's name without its clock, its number of cores and its generation."""
    words = " ".join(_MARKS.sub(" ", text.lower()[:240]).split())
    return _CPU_TAIL.sub("", _GENERATION.sub("", words)).strip()


def _numbers(text: str) -> frozenset[str]:
    return frozenset(w for w in name_of(text).core if any(c.isdigit() for c in w))


def _traits(gpu: GpuFacts, name: Name) -> frozenset[str]:
    """Variant words that are true of a GPU, whether or not its name says them."""
    also = {str(gpu.form_factor or "").lower(), str(gpu.memory_type or "").lower()}
    if gpu.memory_gib is not None and gpu.memory_gib == int(gpu.memory_gib):
        also.add(f"{int(gpu.memory_gib)}gb")
    also |= {f"sxm{n}" for n in "2345" if "sxm" in also}
    return name.variant | also
