"""What a served prompt costs in a pass of its own, and in one that it shares."""

from dataclasses import replace

import numpy as np
import pytest

from app.estimator.prefill import beside_others, prompts_a_pass
from app.estimator.workload import Engine, Workload

SERVED = Engine("vLLM", True, 8192, 1.5, 0.9, 4.0)
PROMPT = Workload(1024, 256, 16, 4096, 1.0)


@pytest.mark.parametrize(("tokens", "prompts"), [(1024, 8.0), (8192, 1.0), (20000, 1.0)])
def test_a_pass_holds_as_many_prompts_as_its_tokens_allow(tokens: int, prompts: float) -> None:
    assert prompts_a_pass(SERVED, replace(PROMPT, prompt_tokens=tokens)) == prompts


def test_engines_that_serve_one_by_one_read_one_prompt_a_pass() -> None:
    assert prompts_a_pass(replace(SERVED, serving=False), PROMPT) == 1.0


def test_columns_of_prompts_give_a_column() -> None:
    column = replace(PROMPT, prompt_tokens=np.array([512.0, 16384.0]))
    assert np.asarray(prompts_a_pass(SERVED, column)).tolist() == [16.0, 1.0]


def test_only_launching_a_pass_is_shared() -> None:
    terms = {"compute": 8.0, "attention": 2.0, "layers": 4.0, "exchange": 1.0}
    assert beside_others(terms, 4.0) == {**terms, "layers": 1.0}
    assert beside_others(terms, 1.0) == terms
