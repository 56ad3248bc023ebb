"""Bad input, as sentences beside the field they belong to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: ``field`` is the dotted path in the BuildSpec (``machine.gpus.0.gpu``)."""

    field: str
    message: str


class InvalidSpecError(Exception):
    """The question cannot be answered as asked; ``problems`` say why, field by field."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(p.message for p in problems))
        self.problems = problems
