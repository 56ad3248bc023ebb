"""Heads of GGUF files, written for tests."""

import struct
from typing import Any

from tests.catalogue.configs import llama

U32, U64, I32, F32, STRING, ARRAY, BOOL = 4, 10, 5, 6, 8, 9, 7
_LAYOUT = {0: "<B", 1: "<b", 2: "<H", 3: "<h", U32: "<I", I32: "<i", F32: "<f", BOOL: "<B"}
_LAYOUT |= {U64: "<Q", 11: "<q", 12: "<d"}
F32_TYPE, F16_TYPE, Q8_0, Q4_K, Q6_K, MXFP4 = 0, 1, 8, 12, 14, 39


def text(value: str | bytes) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(raw)) + raw


def value(kind: int, content: Any) -> bytes:
    """A metadata value without its type."""
    if kind == STRING:
        return text(content)
    if kind == ARRAY:
        inner, items = content
        head = struct.pack("<IQ", inner, len(items))
        return head + b"".join(value(inner, item) for item in items)
    return struct.pack(_LAYOUT[kind], content)


def head(
    metadata: list[tuple[str, int, Any]],
    tensors: list[tuple[str, tuple[int, ...], int]],
    version: int = 3,
) -> bytes:
    """The whole head, up to where the weights begin."""
    out = [b"GGUF", struct.pack("<IQQ", version, len(tensors), len(metadata))]
    for key, kind, content in metadata:
        out += [text(key), struct.pack("<I", kind), value(kind, content)]
    for name, shape, kind in tensors:
        out += [text(name), struct.pack("<I", len(shape))]
        out += [struct.pack("<Q", side) for side in shape]
        out += [struct.pack("<IQ", kind, 0)]
    return b"".join(out)


def llama_head(words: int = 1000, version: int = 3, **config: Any) -> bytes:
    """A small Llama with a tokenizer, as Q4_K_M."""
    given = llama(256, 2, 4, 2, 512, words) | config
    h, f, kv = given["hidden_size"], given["intermediate_size"], 64 * given["num_key_value_heads"]
    metadata = [
        ("general.architecture", STRING, "llama"),
        ("general.name", STRING, "Small Llama"),
        ("general.file_type", U32, 15),
        ("llama.block_count", U32, given["num_hidden_layers"]),
        ("llama.context_length", U32, 8192),
        ("llama.embedding_length", U32, h),
        ("llama.feed_forward_length", U32, f),
        ("llama.attention.head_count", U32, 4),
        ("llama.attention.head_count_kv", U32, given["num_key_value_heads"]),
        ("llama.attention.key_length", U32, 64),
        ("llama.attention.value_length", U32, 64),
        ("llama.rope.freq_base", F32, 500000.0),
        ("tokenizer.ggml.add_bos_token", BOOL, 1),
        ("tokenizer.ggml.tokens", ARRAY, (STRING, [f"word{i}" for i in range(words)])),
        ("tokenizer.ggml.scores", ARRAY, (F32, [0.5] * words)),
        ("tokenizer.ggml.token_type", ARRAY, (I32, [1] * words)),
        ("nested", ARRAY, (ARRAY, [(U32, [1, 2]), (U32, [3])])),
    ]
    tensors = [("token_embd.weight", (h, words), Q6_K), ("output_norm.weight", (h,), F32_TYPE)]
    tensors.append(("output.weight", (h, words), Q6_K))
    for i in range(given["num_hidden_layers"]):
        tensors += [
            (f"blk.{i}.attn_norm.weight", (h,), F32_TYPE),
            (f"blk.{i}.attn_q.weight", (h, 256), Q4_K),
            (f"blk.{i}.attn_k.weight", (h, kv), Q4_K),
            (f"blk.{i}.attn_v.weight", (h, kv), Q6_K),
            (f"blk.{i}.attn_output.weight", (256, h), Q4_K),
            (f"blk.{i}.ffn_norm.weight", (h,), F32_TYPE),
            (f"blk.{i}.ffn_gate.weight", (h, f), Q4_K),
            (f"blk.{i}.ffn_up.weight", (h, f), Q4_K),
            (f"blk.{i}.ffn_down.weight", (f, h), Q6_K),
        ]
    return head(metadata, tensors, version)


def mixture_head() -> bytes:
    """A small gpt-oss: experts, every other layer behind a window."""
    h, f, words = 256, 256, 500
    metadata = [
        ("general.architecture", STRING, "gpt-oss"),
        ("general.file_type", U32, 38),
        ("gpt-oss.block_count", U32, 4),
        ("gpt-oss.context_length", U32, 131072),
        ("gpt-oss.embedding_length", U32, h),
        ("gpt-oss.feed_forward_length", U32, f),
        ("gpt-oss.attention.head_count", U32, 4),
        ("gpt-oss.attention.head_count_kv", U32, 2),
        ("gpt-oss.attention.key_length", U32, 64),
        ("gpt-oss.attention.value_length", U32, 64),
        ("gpt-oss.attention.sliding_window", U32, 128),
        ("gpt-oss.expert_count", U32, 8),
        ("gpt-oss.expert_used_count", U32, 2),
        ("gpt-oss.expert_feed_forward_length", U32, f),
    ]
    tensors = [("token_embd.weight", (h, words), Q8_0), ("output.weight", (h, words), Q8_0)]
    for i in range(4):
        tensors += [
            (f"blk.{i}.attn_q.weight", (h, 256), Q8_0),
            (f"blk.{i}.attn_k.weight", (h, 128), Q8_0),
            (f"blk.{i}.attn_v.weight", (h, 128), Q8_0),
            (f"blk.{i}.attn_output.weight", (256, h), Q8_0),
            (f"blk.{i}.ffn_gate_inp.weight", (h, 8), F32_TYPE),
            (f"blk.{i}.ffn_gate_exps.weight", (h, f, 8), MXFP4),
            (f"blk.{i}.ffn_up_exps.weight", (h, f, 8), MXFP4),
            (f"blk.{i}.ffn_down_exps.weight", (f, h, 8), MXFP4),
        ]
    return head(metadata, tensors)


def hybrid_head() -> bytes:
    """A small Qwen3-Next: three recurrent layers to one with attention."""
    h, words = 256, 300
    metadata = [
        ("general.architecture", STRING, "qwen3next"),
        ("qwen3next.block_count", U32, 4),
        ("qwen3next.context_length", U32, 262144),
        ("qwen3next.embedding_length", U32, h),
        ("qwen3next.attention.head_count", U32, 4),
        ("qwen3next.attention.head_count_kv", U32, 2),
        ("qwen3next.attention.key_length", U32, 64),
        ("qwen3next.attention.value_length", U32, 64),
        ("qwen3next.feed_forward_length", U32, 512),
        ("qwen3next.ssm.conv_kernel", U32, 4),
        ("qwen3next.ssm.state_size", U32, 32),
        ("qwen3next.ssm.group_count", U32, 4),
        ("qwen3next.ssm.time_step_rank", U32, 8),
        ("qwen3next.ssm.inner_size", U32, 256),
    ]
    tensors = [("token_embd.weight", (h, words), F16_TYPE)]
    for i in range(4):
        if i % 4 == 3:
            tensors += [(f"blk.{i}.attn_k.weight", (h, 128), F16_TYPE)]
        else:
            tensors += [(f"blk.{i}.ssm_a", (8,), F32_TYPE)]
            tensors += [(f"blk.{i}.attn_qkv.weight", (h, 512), F16_TYPE)]
        tensors += [(f"blk.{i}.ffn_up.weight", (h, 512), F16_TYPE)]
    return head(metadata, tensors)
