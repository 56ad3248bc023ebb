"""The model and its number format as plain figures."""

import math
from dataclasses import replace

from app.builds.ledger import BOTH, Ledger, Part
from app.builds.parts import Parts
from app.catalogue.facts import ModelFacts, QuantizationFacts
from app.estimator.numbers import GIB, UNKNOWN, known, or_unknown
from app.estimator.weights import stored_bytes
from app.estimator.workload import Model, WeightFormat


def model_figures(facts: ModelFacts, ledger: Ledger) -> Model:
    def take(attribute: str, label: str, unit: str, part: Part | None = "any") -> float:
        return ledger.fact(facts, attribute, label, unit, path=f"model.{attribute}", part=part)

    is_dense = facts.architecture == "dense"
    whole = facts.architecture is not None and facts.attention is not None
    if facts.architecture is None:
        ledger.gap(f"whether {facts.name} is dense or a mixture of experts")
    if facts.attention is None:
        ledger.gap(f"the kind of attention of {facts.name}")
    active = take("params_active_b", "active parameters", "B")
    read = take("active_read_per_token_b", "weights read per token", "B", part=None)
    if not known(read):
        if known(active):
            ledger.stand_in(
                f"{facts.name}: weights read per token are not stated; all active parameters "
                "stand in for them",
                "any",
                *BOTH,
            )
        read = active
    sliding = facts.attention == "sliding"
    linear = facts.attention == "hybrid-linear"
    return Model(
        name=facts.name,
        params_total_b=take("params_total_b", "parameters", "B"),
        params_active_b=active,
        read_per_token_b=read,
        # without architecture and attention no overhead per layer can be looked up
        n_layers=take("n_layers", "layers", "layers") if whole else UNKNOWN,
        n_full_attention_layers=take("n_full_attention_layers", "full-attention layers", "layers"),
        n_linear_layers=take("n_linear_layers", "recurrent layers", "layers") if linear else 0.0,
        hidden_size=take("hidden_size", "hidden size", "values"),
        n_heads=take("n_heads", "attention heads", "heads"),
        head_dim=take("head_dim", "head size", "values"),
        vocab_size=take("vocab_size", "vocabulary", "tokens"),
        n_experts=0.0 if is_dense else take("n_experts", "experts", "experts"),
        n_experts_per_token=(
            0.0 if is_dense else take("n_experts_per_token", "experts per token", "experts")
        ),
        kv_heads=1.0 if facts.attention == "mla" else take("n_kv_heads", "KV heads", "heads"),
        sliding_window=(
            take("sliding_window", "attention window", "tokens") if sliding else math.inf
        ),
        kv_bytes_per_token_f16=take("kv_bytes_per_token_f16", "KV cache per token", "bytes"),
        kv_fixed_bytes_per_seq=take("kv_fixed_bytes_per_seq", "KV cache per sequence", "bytes"),
        linear_attention=linear,
    )


def format_figures(parts: Parts, ledger: Ledger) -> WeightFormat:
    facts = parts.quantization

    def take(attribute: str, label: str, part: Part | None = "any") -> float:
        return ledger.fact(
            facts, attribute, label, "bits", path=f"quantization.{attribute}", part=part
        )

    body = take("body_bits", "bits per weight")
    head = take("head_bits", "bits per weight of the head")
    mixture = parts.model.architecture == "moe"
    other = take("non_expert_bits", "bits per shared weight", "any" if mixture else None)
    ledger.fact(parts.kv, "bits_per_weight", "bits per cache value", "bits", path="kv.bits")
    return WeightFormat(
        name=facts.name,
        body_bits=body,
        non_expert_bits=other,
        head_bits=head,
        embedding_bits=embedding_bits(facts),
    )


def scaled_to_known_size(model: Model, fmt: WeightFormat, ledger: Ledger) -> WeightFormat:
    """With the file's real size given, all bits scale so that the stored bytes agree."""
    given = ledger.overrides.get("model.weights_gib")
    if given is None:
        return fmt
    ledger.note("model.weights_gib", "size of the weights", given, "GiB", "user", "Your figure")
    stored = float(stored_bytes(model, fmt))
    if not known(stored):  # a format whose bits are chosen per file: all weights share them
        bits = given * GIB * 8 / (float(model.params_total_b) * 1e9)
        return WeightFormat(fmt.name, bits, bits, bits, bits)
    scale = given * GIB / stored
    return replace(
        fmt,
        body_bits=fmt.body_bits * scale,
        non_expert_bits=fmt.non_expert_bits * scale,
        head_bits=fmt.head_bits * scale,
        embedding_bits=fmt.embedding_bits * scale,
    )


def embedding_bits(facts: QuantizationFacts) -> float:
    """Formats for servers leave embedding and head at 16 bit; files for llama.cpp quantise both."""
    kept = facts.head_bits == 16
    return or_unknown(facts.head_bits if kept else facts.body_bits)
