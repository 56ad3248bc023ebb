"""What is asked under load: questions that were never asked before, and some that were."""

import json

from scripts.load import message

MACHINE = {
    "cpu": "amd-epyc-9554p",
    "memory": {"module": "rdimm-ddr5-4800-32gb", "count": 12},
    "gpus": [{"gpu": "nvidia-geforce-rtx-4090", "count": 2}],
}
#: The same machine as a form sends it.
FORM = (
    "cpu=amd-epyc-9554p&module=rdimm-ddr5-4800-32gb&modules=12&gpu=nvidia-geforce-rtx-4090&gpus=2"
)


def new_estimate(number: int) -> bytes:
    """An estimate whose context nobody asked about yet."""
    deployment = {"context_tokens": 2000 + number}
    return message("POST", "/api/v1/estimates", {"machine": MACHINE, "deployment": deployment})


def same_estimate(_: int) -> bytes:
    """The estimate everybody asks for."""
    return message("POST", "/api/v1/estimates", {"machine": MACHINE})


def same_in_other_words(number: int) -> bytes:
    """That estimate in a body nobody sent lately, so that it has to be read."""
    body = json.dumps({"deployment": {"placement": "auto"}, "machine": MACHINE})
    return message("POST", "/api/v1/estimates", body.encode() + b" " * (number % 3000))


def preview(number: int) -> bytes:
    """What the configurator asks when a slider moves."""
    path = f"/configure/result?{FORM}&context={2048 + number % 4096}"
    return message("GET", path, headers={"HX-Request": "true"})


def same_preview(_: int) -> bytes:
    """What the configurator asks when a slider is back where it was."""
    return preview(0)


def share(number: int) -> bytes:
    """A share link for one of a few builds."""
    deployment = {"context_tokens": 4096 + number % 16}
    spec = {"machine": MACHINE, "deployment": deployment}
    return message("POST", "/api/v1/shares", {"spec": spec})


def mixed(number: int) -> bytes:
    """Of ten requests seven previews, two pages and a share."""
    turn = number % 10
    if turn == 4:
        return share(number)
    if turn in (2, 7):
        return message("GET", "/gpus" if turn == 2 else "/models")
    return preview(number)
