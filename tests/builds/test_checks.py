"""What Rigwise says about builds that cannot work, or not as hoped."""

from functools import cache
from typing import Any

import pytest

from app.builds.assessment import Check, Fit
from app.builds.assumptions import CostAssumptions, load_cost_data
from app.builds.checks import checks_of
from app.builds.memory_population import MemoryPopulation, effective_memory
from app.builds.parts import Parts, resolve_parts
from app.builds.power import power_of
from app.builds.spec import BuildSpec
from app.catalogue.seed_files import SEED_DIR
from app.catalogue.snapshot import Catalogue, catalogue_from_seed

RDIMMS = {"module": "rdimm-ddr5-4800-32gb", "count": 12}
UDIMMS = {"module": "udimm-ddr5-5600-32gb", "count": 2}


@cache
def shipped() -> Catalogue:
    return catalogue_from_seed()


@cache
def costs() -> CostAssumptions:
    return load_cost_data(SEED_DIR)


def fit(fits: bool | None = True, sentence: str = "It fits.") -> Fit:
    return Fit(
        fits=fits,
        placement=None,
        placement_label=None,
        sentence=sentence,
        required_gib=None,
        available_gib=None,
        spare_gib=None,
        pools=[],
        context_max_tokens=None,
        concurrency_max=None,
        suggestions=[] if fits else ["Try Q3_K_M."],
    )


def resolved(machine: dict[str, Any], **deployment: object) -> tuple[Parts, BuildSpec]:
    spec = BuildSpec.model_validate({"machine": machine, "deployment": deployment})
    return resolve_parts(spec, shipped()), spec


def checks(
    machine: dict[str, Any], answer: Fit | None = None, **deployment: object
) -> dict[str, Check]:
    parts, spec = resolved(machine, **deployment)
    power = power_of(parts, costs(), spec.machine.overrides)
    return {check.code: check for check in checks_of(parts, spec, answer or fit(), power)}


def problems(found: dict[str, Check]) -> set[str]:
    return {code for code, check in found.items() if check.level == "problem"}


def memory(machine: dict[str, Any]) -> MemoryPopulation:
    parts, spec = resolved(machine)
    return effective_memory(parts, spec.machine.overrides)


def test_an_empty_machine_is_told_what_to_pick() -> None:
    found = checks({})["nothing-picked"]
    assert (found.level, found.field) == ("problem", "machine.gpus")
    assert found.fix == "Pick a system, or a CPU with memory, or a GPU."


def test_a_sound_server_has_no_problem() -> None:
    machine = {
        "cpu": "amd-epyc-9554p",
        "memory": RDIMMS,
        "gpus": [{"gpu": "nvidia-rtx-pro-6000-blackwell-workstation-edition", "count": 2}],
    }
    assert problems(checks(machine)) == set()


def test_registered_memory_does_not_fit_a_ryzen() -> None:
    found = checks({"cpu": "amd-ryzen-9-9950x", "memory": RDIMMS})["memory-kind"]
    assert found.field == "machine.memory.module"
    assert "takes DDR5 UDIMM" in found.message


def test_a_soldered_cpu_takes_no_modules() -> None:
    found = checks({"cpu": "amd-ryzen-ai-max-395", "memory": UDIMMS})
    assert "memory-soldered" in problems(found)


def test_eight_modules_do_not_fit_four_slots() -> None:
    machine = {"cpu": "amd-ryzen-9-9950x", "memory": {**UDIMMS, "count": 8}}
    found = checks(machine)["memory-slots"]
    assert found.level == "problem"
    assert "4 slots" in found.message


def test_four_modules_on_a_ryzen_run_at_3600() -> None:
    machine = {"cpu": "amd-ryzen-9-9950x", "memory": {**UDIMMS, "count": 4}}
    found = checks(machine)["memory-two-per-channel"]
    assert found.level == "warning"
    assert "3\u202f600 MT/s instead of 5\u202f600 MT/s" in found.message
    assert memory(machine).mts == 3600


def test_half_filled_channels_are_half_the_bandwidth() -> None:
    machine = {"cpu": "amd-epyc-9554p", "memory": {**RDIMMS, "count": 6}}
    assert "50\u202f%" in checks(machine)["memory-channels"].message
    assert memory(machine).channels_populated_per_socket == 6


def test_three_modules_on_two_channels_are_unbalanced() -> None:
    machine = {"cpu": "amd-ryzen-9-9950x", "memory": {**UDIMMS, "count": 3}}
    assert checks(machine)["memory-unbalanced"].level == "warning"


def test_fast_modules_run_at_what_the_cpu_runs() -> None:
    machine = {
        "cpu": "amd-epyc-9554p",
        "memory": {"module": "rdimm-ddr5-6400-64gb", "count": 12},
    }
    assert "4\u202f800 MT/s" in checks(machine)["memory-faster-than-cpu"].message
    assert memory(machine).mts == 4800


def test_my_own_memory_figures_win() -> None:
    machine = {
        "cpu": "amd-ryzen-9-9950x",
        "memory": UDIMMS,
        "overrides": {"memory.mts": 6000, "memory.channels": 1, "memory.size_gib": 48},
    }
    found = memory(machine)
    assert (found.mts, found.channels_populated_per_socket, found.size_gib_total) == (6000, 1, 48)


def test_a_system_brings_its_own_memory_per_socket() -> None:
    found = memory({"system": "oem-2x-epyc-9755-24-channels-ddr5-6000-cpu-only"})
    assert (found.channels_populated_per_socket, found.mts) == (12, 6000)


def test_the_socket_with_fewer_modules_sets_the_pace() -> None:
    found = memory({"cpu": "intel-xeon-6787p", "sockets": 2, "memory": {**RDIMMS, "count": 15}})
    assert found.channels_populated_per_socket == 7


def test_more_memory_than_the_platform_takes() -> None:
    machine = {
        "cpu": "amd-ryzen-9-9950x",
        "memory": {"module": "udimm-ddr5-5600-64gb", "count": 8},
    }
    assert "memory-maximum" in problems(checks(machine))


def test_a_single_socket_epyc_does_not_pair() -> None:
    found = checks({"cpu": "amd-epyc-9554p", "sockets": 2, "memory": {**RDIMMS, "count": 24}})
    assert found["sockets"].field == "machine.sockets"


def test_three_cards_do_not_fit_a_desktop_board() -> None:
    machine = {
        "cpu": "amd-ryzen-9-9950x",
        "memory": UDIMMS,
        "gpus": [{"gpu": "nvidia-geforce-rtx-3090", "count": 3}],
    }
    found = checks(machine)["gpu-slots"]
    assert (found.level, found.field) == ("problem", "machine.gpus")


def test_two_cards_on_a_desktop_board_share_lanes() -> None:
    machine = {
        "cpu": "amd-ryzen-9-9950x",
        "memory": UDIMMS,
        "gpus": [{"gpu": "nvidia-geforce-rtx-3090", "count": 2}],
    }
    assert checks(machine)["gpu-lanes"].level == "warning"


def test_six_thick_cards_need_risers() -> None:
    machine = {
        "cpu": "amd-epyc-9554p",
        "memory": RDIMMS,
        "gpus": [{"gpu": "nvidia-geforce-rtx-3090", "count": 6}],
    }
    assert "18 slots" in checks(machine)["gpu-space"].message


def test_an_sxm_module_is_not_a_card() -> None:
    machine = {"cpu": "amd-epyc-9554p", "gpus": [{"gpu": "nvidia-h100-sxm5-80gb", "count": 8}]}
    assert checks(machine)["gpu-not-a-card"].field == "machine.gpus.0.gpu"


def test_the_same_module_in_its_own_server_is_fine() -> None:
    assert "gpu-not-a-card" not in checks({"system": "nvidia-dgx-h100"})


def test_gpus_without_a_computer_get_a_note() -> None:
    assert checks({"gpus": [{"gpu": "nvidia-geforce-rtx-5090"}]})["no-host"].level == "note"


def test_a_cpu_without_memory_cannot_run_a_model() -> None:
    assert "no-memory" in problems(checks({"cpu": "amd-epyc-9554p"}))


def test_a_400_w_supply_does_not_carry_a_350_w_card_as_well() -> None:
    machine = {
        "system": "framework-desktop-128gb-ryzen-ai-max-395",
        "gpus": [{"gpu": "nvidia-geforce-rtx-3090"}],
    }
    assert "psu" in problems(checks(machine))


def test_an_8_gpu_server_needs_circuits_of_its_own() -> None:
    assert checks({"system": "nvidia-dgx-h100"})["circuit"].level == "warning"


def test_two_nodes_want_a_link() -> None:
    machine = {"cpu": "amd-epyc-9554p", "memory": RDIMMS, "nodes": 2}
    assert checks(machine)["no-link"].field == "machine.link"


def test_mlx_does_not_drive_a_geforce() -> None:
    found = checks({"gpus": [{"gpu": "nvidia-geforce-rtx-3090"}]}, engine="mlx")
    assert found["engine-gpu-vendor"].field == "deployment.engine"


def test_a_gpu_engine_without_a_gpu() -> None:
    found = checks({"cpu": "amd-epyc-9554p", "memory": RDIMMS}, engine="vllm-cuda")
    assert "engine-needs-gpu" in problems(found)


@pytest.mark.parametrize(
    ("deployment", "code", "field"),
    [
        ({"quantization": "q4_k_m"}, "quantization-engine", "deployment.quantization"),
        ({"kv_dtype": "q8_0"}, "kv-engine", "deployment.kv_dtype"),
        ({"placement": "expert-offload"}, "placement-engine", "deployment.placement"),
    ],
)
def test_vllm_says_what_it_cannot_read(deployment: dict[str, str], code: str, field: str) -> None:
    machine = {"gpus": [{"gpu": "nvidia-geforce-rtx-3090"}]}
    found = checks(machine, engine="vllm-cuda", **deployment)[code]
    assert (found.level, found.field) == ("problem", field)


def test_a_context_longer_than_the_model_knows_is_a_warning() -> None:
    machine = {"gpus": [{"gpu": "nvidia-geforce-rtx-3090"}]}
    found = checks(machine, context_tokens=1_000_000)
    assert found["context-longer-than-model"].level == "warning"


def test_a_request_longer_than_the_context_is_a_warning() -> None:
    machine = {"gpus": [{"gpu": "nvidia-geforce-rtx-3090"}]}
    found = checks(machine, context_tokens=16)["context-shorter-than-request"]
    assert (found.level, found.field) == ("warning", "deployment.context_tokens")
    assert "the context is set to 16" in found.message
    assert "context-shorter-than-request" not in checks(machine, context_tokens=100_000)


def test_a_model_without_dimensions_says_which_are_missing() -> None:
    name = next(slug for slug, model in shipped().models.items() if model.n_layers is None)
    found = checks({"gpus": [{"gpu": "nvidia-geforce-rtx-3090"}]}, model=name)
    assert "its number of layers" in found["model-dimensions"].message
    assert found["model-dimensions"].fix == "Pick another model."


def test_what_does_not_fit_is_a_problem_with_a_way_out() -> None:
    machine = {"gpus": [{"gpu": "nvidia-geforce-rtx-3090"}]}
    found = checks(machine, fit(False, "Does not fit: needs 46 GiB."))["does-not-fit"]
    assert (found.level, found.fix) == ("problem", "Try Q3_K_M.")


def test_the_worst_comes_first() -> None:
    machine = {
        "cpu": "amd-ryzen-9-9950x",
        "memory": {**UDIMMS, "count": 4},
        "gpus": [{"gpu": "nvidia-geforce-rtx-3090", "count": 3}],
    }
    found = checks(machine, context_tokens=16)
    assert "context-shorter-than-request" in found
    levels = [check.level for check in found.values()]
    assert levels == sorted(levels, key=["problem", "warning", "note"].index)


def test_systems_as_sold_have_no_hardware_problem() -> None:
    for slug in shipped().systems:
        deployment_only = {"quantization-engine", "kv-engine"}
        assert problems(checks({"system": slug})) <= deployment_only, slug


def test_what_nobody_states_is_a_note_never_silence() -> None:
    machine = {"cpu": "amd-epyc-9554p", "memory": {**RDIMMS, "count": 24}}
    found = checks(machine)["memory-two-per-channel-unknown"]
    assert found.level == "note"
    assert "nobody states" in found.message
