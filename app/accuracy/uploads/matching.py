"""An uploaded run as a measurement of catalogued parts, or the sentence that says what is missing.

Names are matched whole. Where the file does not say which product, model or format it was, the
build the user named is taken, as long as nothing in the file speaks against it; otherwise the
answer says what to add.
"""

import re
from dataclasses import dataclass
from typing import Final

from app.accuracy.rows import NoMatch
from app.accuracy.uploads.devices import Devices, contradicts, names_product
from app.accuracy.uploads.runs import UploadedRun
from app.builds.memory_population import effective_memory
from app.builds.parts import Parts, resolve_parts
from app.builds.spec import BuildSpec
from app.catalogue.facts import (
    CpuFacts,
    EngineFacts,
    GpuFacts,
    MeasurementFacts,
    ModelFacts,
    QuantizationFacts,
)
from app.catalogue.snapshot import Catalogue

SOURCE: Final = "yours"

#: llama.cpp's back ends, as builds of different age call them.
_BACKENDS: Final = {
    "cuda": "cuda",
    "rocm": "rocm",
    "hip": "rocm",
    "vulkan": "vulkan",
    "sycl": "sycl",
    "metal": "metal",
    "mtl": "metal",
}
_CPU_BACKENDS: Final = frozenset({"cpu", "blas", "openblas", "accelerate", "zendnn", "amx", "rpc"})
#: Engines whose llama-bench writes the same output.
_LLAMA_FAMILIES: Final = frozenset({"llama.cpp", "ik_llama.cpp", "llamafile", "ollama"})
#: Serving engines by how benchmark scripts name their back end.
_SERVERS: Final = {
    "vllm": "vllm",
    "openai": "vllm",
    "openai-chat": "vllm",
    "openai-comp": "vllm",
    "sglang": "sglang",
    "sglang-oai": "sglang",
    "sglang-native": "sglang",
    "tensorrt-llm": "tensorrt-llm",
    "trt": "tensorrt-llm",
    "lmdeploy": "lmdeploy",
    "tgi": "tgi",
}
_GENERIC_SERVERS: Final = frozenset({"openai", "openai-chat", "openai-comp"})
_VENDOR_BACKENDS: Final = {"NVIDIA": "cuda", "AMD": "rocm", "Intel": "sycl"}

_SIZES = {"small": "s", "medium": "m", "large": "l"}
_K_QUANT = re.compile(r"(q[2-6]_k) - (small|medium|large)")
_FILE_QUANT = re.compile(
    r"[-_.]((?:UD-)?(?:I?Q[1-8]_[A-Z0-9_]{1,8}|T?Q[12]_0|BF16|F16|F32|FP16|MXFP4(?:_MOE)?|NVFP4))$",
    re.IGNORECASE,
)
_SHARD = re.compile(r"-\d{5}-of-\d{5}$")
#: Formats that repositories of checkpoints carry in their name.
_REPOSITORY_FORMATS: Final = (
    (re.compile(r"-fp8(?:-dynamic|-kv)?$", re.I), "fp8-w8a8-per-tensor-channel"),
    (re.compile(r"-quantized\.w8a8$", re.I), "int8-w8a8"),
    (re.compile(r"-quantized\.w4a16$", re.I), "w4a16-compressed-tensors-g128"),
    (re.compile(r"-awq(?:-int4)?$", re.I), "awq-4-bit-g128"),
    (re.compile(r"-gptq-int4$", re.I), "gptq-4-bit-g128"),
    (re.compile(r"-gptq-int8$", re.I), "gptq-8-bit-g128"),
    (re.compile(r"-(?:nv)?fp4$", re.I), "nvfp4-modelopt"),
)
#: What a model's own checkpoint holds, where its repository name says nothing else.
_NATIVE_FORMATS: Final = {
    "bf16": "fp16-bf16-safetensors",
    "fp16": "fp16-bf16-safetensors",
    "fp8": "fp8-block-128x128",
    "mxfp4 experts + bf16": "mxfp4-safetensors",
}
#: Architectures of llama.cpp that only one house's models have.
_HOUSES: Final = ("qwen", "gemma", "phi", "gpt-oss", "granite", "falcon", "glm", "minimax", "grok")
#: How far the size of a model may be from the catalogue's: named, or taken from the build.
_NAMED_TOLERANCE, _ASSUMED_TOLERANCE = 0.3, 0.08


def matched(
    run: UploadedRun, catalogue: Catalogue, context: BuildSpec | None, number: int = 1
) -> MeasurementFacts | str:
    """The run as a measurement row named ``yours:number``, or why it cannot be one.

    Args:
        run: As read from the file.
        catalogue: Where names are looked up.
        context: The build the user says it was measured on.
        number: Position in the upload.

    Raises:
        InvalidSpecError: ``context`` names something the catalogue does not have.
    """
    return Matcher.of(catalogue, context).match(run, number)


@dataclass(frozen=True, slots=True)
class Matcher:
    """Matches the runs of one upload."""

    catalogue: Catalogue
    devices: Devices
    build: Parts | None
    overrides: dict[str, float]

    @classmethod
    def of(cls, catalogue: Catalogue, context: BuildSpec | None) -> "Matcher":
        """Look the build up once. Raises InvalidSpecError as `matched`."""
        if context is None:
            return cls(catalogue, Devices(catalogue), None, {})
        overrides = {str(key): value for key, value in context.machine.overrides.items()}
        return cls(catalogue, Devices(catalogue), resolve_parts(context, catalogue), overrides)

    def match(self, run: UploadedRun, number: int) -> MeasurementFacts | str:
        """As `matched`."""
        try:
            return self._facts(run, number)
        except NoMatch as reason:
            return sentence(str(reason))

    def is_build_of(self, facts: MeasurementFacts) -> bool:
        """Whether a matched run used the very hardware of the build."""
        build = self.build
        if build is None:
            return False
        if facts.gpu_slug is None:
            return build.cpu is not None and build.cpu.slug == facts.cpu_slug
        counts = {g.gpu.slug: g.count for g in build.gpus}
        return counts == {facts.gpu_slug: facts.gpu_count}

    def _facts(self, run: UploadedRun, number: int) -> MeasurementFacts:
        _refuse_kinds(run)
        if self.build is not None and self.build.nodes > 1:
            raise NoMatch("runs over several machines are not compared")
        on_cpu = self._runs_on_cpu(run)
        gpu, count = (None, None) if on_cpu else self._gpu(run)
        model = self._model(run)
        quantization = self._quantization(run, model)
        parallelism, note = _parallelism(run, model, gpu, count or 0)
        needs_host = on_cpu or "offload" in parallelism
        cpu = self._cpu(run, needs_host)
        engine = self._engine(run, gpu)
        channels, mts, memory_gib = self._memory(cpu if needs_host else None, gpu)
        serving = run.tool == "vllm-bench"
        prefill = run.prefill_tps is not None
        return MeasurementFacts(
            slug=f"yours-{number}",
            row_id=f"yours:{number}",
            name=f"{model.name} {quantization.name}, {run.test}",
            source=SOURCE,
            notes=_pass_size(run),
            weight=1.0,
            decode_kind="end_to_end" if serving else "pure",
            kind="cpu" if on_cpu else "gpu",
            cpu_slug=cpu.slug if cpu else None,
            gpu_slug=gpu.slug if gpu else None,
            model_slug=model.slug,
            quantization_slug=quantization.slug,
            engine_slug=engine.slug,
            cpu_name=run.cpu_text or (cpu.name if cpu else None),
            gpu_name=run.device_text or (gpu.name if gpu else None) if gpu else None,
            model_name=run.model_filename or run.model_text,
            quantization_name=run.quantization_text,
            engine_name=engine.name,
            engine_version=run.engine_version,
            sockets=self._sockets(cpu) if needs_host else None,
            threads=run.threads if on_cpu else None,
            memory_channels=channels,
            memory_mts=mts,
            memory_gib=memory_gib,
            gpu_count=count,
            parallelism=parallelism,
            offload_note=note,
            flash_attention=run.flash_attn,
            weights_gib=run.model_size / 2**30 if run.model_size else None,
            kv_dtype=_kv(run),
            concurrency=float(run.concurrency or 1),
            prompt_tokens=run.n_prompt or None,
            generated_tokens=run.n_gen or None,
            context_depth=0.0 if serving else _depth(run),
            prefill_tps=run.prefill_tps,
            decode_tps=run.output_throughput if serving else run.decode_tps,
            decode_tps_per_user=1000 / run.tpot_ms if run.tpot_ms else run.decode_tps,
            ttft_ms=None if prefill else run.ttft_ms,
            observed_on=run.date,
        )

    # -- devices ------------------------------------------------------------------------------

    def _runs_on_cpu(self, run: UploadedRun) -> bool:
        if run.tool == "vllm-bench":
            return False
        if _backend(run) == "cpu":
            return True
        if run.n_gpu_layers != 0:
            return False
        if run.prefill_tps is not None:
            raise NoMatch("with -ngl 0 the GPU still computes long prompts: no speed to compare")
        return True

    def _gpu(self, run: UploadedRun) -> tuple[GpuFacts, int]:
        listed = _listed(run)
        found = {text: self.devices.gpus(text) for text in dict.fromkeys(listed)}
        named = {text: gpus for text, gpus in found.items() if gpus or names_product(text)}
        if len(named) > 1:
            raise NoMatch(f"the file lists different GPUs ({', '.join(named)}): pick one with -dev")
        count = len([t for t in listed if t in named]) or len(listed)
        if named:
            text, gpus = next(iter(named.items()))
            gpu = self._which(text, gpus)
        else:
            gpu = self._gpu_of_build()
        in_build = sum(g.count for g in self.build.gpus if g.gpu == gpu) if self.build else 0
        if run.tool == "vllm-bench" and in_build:
            count = in_build  # the file names a kind of GPU at most, not how many served
        return gpu, run.gpu_count or count or in_build or 1

    def _which(self, text: str, gpus: list[GpuFacts]) -> GpuFacts:
        """The one GPU a text means, with the help of the build."""
        own = [group.gpu for group in self.build.gpus] if self.build else []
        if len(gpus) == 1:
            return gpus[0]
        shared = [gpu for gpu in own if gpu in gpus]
        if len(shared) == 1:
            return shared[0]
        if gpus:
            names = " or ".join(gpu.name for gpu in gpus[:4])
            raise NoMatch(f"“{text}” can be {names}: say which build it was measured on")
        if own and not contradicts(text, [gpu.name for gpu in own]):
            return self._gpu_of_build()
        also = f", and the build has {own[0].name}" if own else ""
        raise NoMatch(f"GPU “{text}” is not in the catalogue{also}")

    def _gpu_of_build(self) -> GpuFacts:
        kinds = {group.gpu.slug: group.gpu for group in self.build.gpus} if self.build else {}
        if not kinds:
            raise NoMatch("the file names no GPU: say which build it was measured on")
        if len(kinds) > 1:
            raise NoMatch("the build has different GPUs and the file does not say which it used")
        return next(iter(kinds.values()))

    def _cpu(self, run: UploadedRun, needed: bool) -> CpuFacts | None:
        own = self.build.cpu if self.build else None
        if run.cpu_text is not None:
            found = self.devices.cpu(run.cpu_text)
            if found is not None or not needed:
                return found
            if own is not None and not contradicts(run.cpu_text, [own.name]):
                return own
            also = f", and the build has {own.name}" if own is not None else ""
            raise NoMatch(f"CPU “{run.cpu_text}” is not in the catalogue{also}")
        if own is None and needed:
            raise NoMatch("the file names no CPU: say which build it was measured on")
        return own if needed else None

    def _sockets(self, cpu: CpuFacts | None) -> int:
        """Sockets of the build where it has that CPU; no benchmark file tells."""
        if self.build is None or cpu is None or self.build.cpu != cpu:
            return 1
        return self.build.sockets

    def _memory(
        self, cpu: CpuFacts | None, gpu: GpuFacts | None
    ) -> tuple[int | None, float | None, float | None]:
        """Channels of all sockets, MT/s and GiB, as far as the build says; else usual ones."""
        build = self.build
        if build is None:
            return None, None, None
        same_cpu = cpu is not None and build.cpu == cpu
        shares = gpu is not None and gpu.unified_memory and any(g.gpu == gpu for g in build.gpus)
        if not same_cpu and not shares:
            return None, None, None
        found = effective_memory(build, self.overrides)
        channels = found.channels_populated_per_socket
        return channels * build.sockets if channels else None, found.mts, found.size_gib_total

    # -- model and format ---------------------------------------------------------------------

    def _model(self, run: UploadedRun) -> ModelFacts:
        own = self.build.model if self.build else None
        named = self._named_model(run)
        if named is not None:
            if _size_differs(run, named, _NAMED_TOLERANCE):
                size = f"{(run.model_n_params or 0) / 1e9:.1f} B"
                raise NoMatch(f"the file is named after {named.name} but has {size} parameters")
            return named
        text = run.model_filename or run.model_text
        if run.tool == "llama-bench" and own is not None:
            if _goes_with(run, own):
                return own
            raise NoMatch(f"“{run.model_text or text}” is not {own.name}, the model of the build")
        if text is None:
            raise NoMatch("the file names no model")
        if run.tool == "llama-bench" and run.model_filename is None:
            raise NoMatch(
                f"“{text}” can be several models: say which build it was, or upload the output of "
                "llama-bench -o json, which holds the file's name"
            )
        raise NoMatch(f"model “{_short_name(text)}” is not in the catalogue")

    def _named_model(self, run: UploadedRun) -> ModelFacts | None:
        if run.tool == "vllm-bench":
            names = [_without_format(run.model_text)[0]] if run.model_text else []
        else:
            names = [_stem(run.model_filename)] if run.model_filename else []
        for name in [n for given in names for n in _spellings(given)]:
            slug = self.catalogue.known("models", name)
            if slug:
                return self.catalogue.models[slug]
        return None

    def _quantization(self, run: UploadedRun, model: ModelFacts) -> QuantizationFacts:
        if run.tool == "vllm-bench":
            return self._served_format(run, model)
        names = [_file_type(run.quantization_text)] if run.quantization_text else []
        in_file = _FILE_QUANT.search(_stem_with_format(run.model_filename or ""))
        if in_file:
            names.append(in_file[1])
        for name in names:
            found = self._weights(name)
            if found is not None:
                return found
        own = self.build.quantization if self.build else None
        if not names and own is not None:
            return own
        if names:
            raise NoMatch(f"format “{run.quantization_text or names[0]}” is not in the catalogue")
        raise NoMatch("the file does not say which format the weights have")

    def _served_format(self, run: UploadedRun, model: ModelFacts) -> QuantizationFacts:
        in_name = _without_format(run.model_text or "")[1]
        for name in (run.quantization_text, in_name):
            found = self._weights(name) if name else None
            if found is not None:
                return found
        build = self.build
        if (
            build is not None
            and build.model == model
            and not build.quantization.slug.startswith(("q", "iq", "mlx", "exl"))
        ):
            return build.quantization
        native = self._weights(_NATIVE_FORMATS.get(model.native_dtype or "", ""))
        if native is None:
            raise NoMatch("the file does not say which format the weights have")
        return native

    def _weights(self, name: str) -> QuantizationFacts | None:
        slug = self.catalogue.known("quantizations", name)
        found = self.catalogue.quantizations[slug] if slug else None
        return found if found is not None and found.kind == "weights" else None

    # -- engine -------------------------------------------------------------------------------

    def _engine(self, run: UploadedRun, gpu: GpuFacts | None) -> EngineFacts:
        own = self.build.engine if self.build else None
        if run.tool == "vllm-bench":
            return self._server(run, gpu, own)
        backend = _backend(run)
        if gpu is None:
            backend = "cpu"
        if own is not None and own.family in _LLAMA_FAMILIES and backend in (None, own.backend):
            return own
        if backend is None:
            raise NoMatch("the file does not say which back end llama.cpp used")
        found = self.catalogue.engines.get(f"llama.cpp-{backend}")
        if found is None:
            raise NoMatch(f"the catalogue has no llama.cpp on {run.backend}")
        return found

    def _server(
        self, run: UploadedRun, gpu: GpuFacts | None, own: EngineFacts | None
    ) -> EngineFacts:
        named = (run.engine or "openai").lower()
        family = _SERVERS.get(named)
        served = named in _GENERIC_SERVERS or (own is not None and own.family == family)
        if own is not None and own.batching == "continuous" and served:
            return own
        backend = _VENDOR_BACKENDS.get(gpu.vendor if gpu else "")
        fitting = [
            engine
            for engine in self.catalogue.engines.values()
            if engine.family == family and engine.backend == backend
        ]
        if not fitting:
            raise NoMatch(f"serving with “{named}” on this GPU is not in the catalogue")
        return fitting[0]


def sentence(words: str) -> str:
    """A reason as a sentence of its own."""
    ended = words if words.endswith((".", "?")) else f"{words}."
    return ended[0].upper() + ended[1:]


def _refuse_kinds(run: UploadedRun) -> None:
    """What nobody here models, whatever the hardware."""
    if run.combined_tps is not None:
        raise NoMatch("prompt and answer were timed together; run them as separate tests")
    if run.embeddings:
        raise NoMatch("embeddings were computed, no text was generated")
    if run.no_kv_offload:
        raise NoMatch("a KV cache kept in main memory (-nkvo) is not modelled")
    if "rpc" in (run.backend or "").lower():
        raise NoMatch("runs over several machines (RPC) are not compared")
    if run.tool == "vllm-bench" and run.concurrency is None:
        raise NoMatch("how many requests ran at once is not stated: set --max-concurrency")


def _backend(run: UploadedRun) -> str | None:
    """The first GPU back end a file names; ``cpu`` where it names CPU ones only."""
    names = [n.strip().lower() for n in (run.backend or "").split(",") if n.strip()]
    for name in names:
        if name in _BACKENDS:
            return _BACKENDS[name]
    if names and all(name in _CPU_BACKENDS for name in names):
        return "cpu"
    return names[0] if names else None


def _listed(run: UploadedRun) -> list[str]:
    """The GPUs that took part, one text each."""
    text = run.device_text or ""
    if run.tool == "vllm-bench":
        return [text] if text else []
    listed = [t.strip() for t in re.split(r", |/(?=[A-Z])", text) if t.strip()]
    chosen = re.findall(r"[A-Za-z]{2,10}(\d{1,2})\b", run.devices or "")
    if chosen and all(int(i) < len(listed) for i in chosen):
        listed = [listed[int(i)] for i in chosen]
    shares = [float(s or 0) for s in re.findall(r"[0-9.]+", run.tensor_split or "") if s != "."]
    if any(shares):
        if len({s for s in shares if s}) > 1:
            raise NoMatch("an uneven split over the GPUs (-ts) is not modelled")
        used = [i for i, share in enumerate(shares) if share]
        listed = [listed[i] for i in used if i < len(listed)]
    if run.split_mode == "none" and listed:
        main = run.main_gpu or 0
        listed = [listed[main]] if 0 <= main < len(listed) else listed[:1]
    return listed


def _parallelism(
    run: UploadedRun, model: ModelFacts, gpu: GpuFacts | None, count: int
) -> tuple[str, str | None]:
    """How the model lay over devices, and the option that says so, as measurement rows spell it."""
    if gpu is None:
        return "none", None
    if run.tool == "vllm-bench":
        return ("tensor" if count > 1 else "none"), None
    overrides = run.tensor_overrides or "none"
    layers, given = model.n_layers, run.n_gpu_layers
    partial = given is not None and layers is not None and 0 < given < layers
    experts = run.n_cpu_moe or 0
    if overrides != "none":
        if re.search(r"exps=CPU$", overrides) is None or re.search(r"blk\\?\.[(\[0-9]", overrides):
            raise NoMatch("tensors placed by hand (-ot) are not modelled")
        experts = 1000
    if partial and experts:
        raise NoMatch("layers and experts both kept off the GPU are not modelled together")
    if (partial or experts) and gpu.unified_memory:
        raise NoMatch("a split between CPU and GPU of one chip is not modelled")
    if experts:
        return "expert-offload", f"-ncmoe {experts}"
    if partial:
        return "layer-offload", f"-ngl {given}"
    if count > 1:
        mode = run.split_mode or "layer"
        if mode not in ("layer", "tensor"):
            raise NoMatch(f"split by {mode} is not modelled")
        return mode, None
    return "none", None


def _pass_size(run: UploadedRun) -> str | None:
    """Prompt tokens a pass, where the file says."""
    sizes = [size for size in (run.n_ubatch, run.n_batch) if size]
    return f"-ub {min(sizes)}" if run.n_ubatch and sizes else None


def _depth(run: UploadedRun) -> float:
    """Tokens in the cache before the test.

    Measurement rows list a prompt speed at the depth of the prompt where it was measured from an
    empty cache; one token more says that this prompt really came after as many others.
    """
    depth = run.depth or 0
    if run.prefill_tps is not None and depth and depth == run.n_prompt:
        return float(depth + 1)
    return float(depth)


def _kv(run: UploadedRun) -> str:
    if run.tool == "vllm-bench":
        stated = (run.type_k or "auto").lower()
        return "fp8" if stated.startswith("fp8") else "f16"
    keys, values = run.type_k or "f16", run.type_v or run.type_k or "f16"
    both = f"{keys} K, {values} V"
    if keys != values and both != "q8_0 K, q4_1 V":
        raise NoMatch(f"a KV cache of {keys} and {values} is not modelled")
    return keys if keys == values else both


def _size_differs(run: UploadedRun, model: ModelFacts, tolerance: float) -> bool:
    known = model.params_total_b
    if not run.model_n_params or not known:
        return False
    return abs(run.model_n_params / 1e9 / known - 1) > tolerance


def _goes_with(run: UploadedRun, model: ModelFacts) -> bool:
    """Whether a run that names no model can be of this one: same house, same size."""
    if run.model_text is None or run.model_n_params is None:
        return False
    about = f"{model.slug} {model.hf_id or ''} {model.vendor or ''}".lower()
    architecture = run.model_text.split()[0].lower()
    house = next((h for h in _HOUSES if architecture.startswith(h)), None)
    if house is not None and house not in about:
        return False
    if architecture == "llama" and any(h in about for h in _HOUSES) and "llama" not in about:
        return False
    return not _size_differs(run, model, _ASSUMED_TOLERANCE)


def _stem_with_format(filename: str) -> str:
    """``models/Qwen2.5-7B-Instruct-Q4_K_M-00001-of-00002.gguf`` without folder, part and ending."""
    base = re.split(r"[/\\]", filename)[-1]
    return _SHARD.sub("", re.sub(r"\.gguf$", "", base, flags=re.IGNORECASE))


def _stem(filename: str) -> str:
    """The model's part of a file name."""
    return _FILE_QUANT.sub("", _stem_with_format(filename)).strip("-_. ")


def _spellings(name: str) -> list[str]:
    """A model's name, and without the house that repackagers put in front of it."""
    found = [name]
    if "_" in name:
        found.append(name.split("_", 1)[1])
    found += [n.split("/", 1)[1] for n in found if "/" in n]
    found += [n[5:] for n in found if n.lower().startswith("meta-llama-3.")]
    return [n for n in found if n]


def _without_format(model_id: str) -> tuple[str, str | None]:
    """``…/Qwen2.5-7B-Instruct-AWQ`` -> the model and the format its repository names."""
    for pattern, slug in _REPOSITORY_FORMATS:
        if pattern.search(model_id):
            return pattern.sub("", model_id), slug
    return model_id, None


def _file_type(text: str) -> str:
    """llama.cpp's name of a file type as people write it: ``Q4_K - Medium`` -> ``q4_k_m``."""
    words = text.lower().removesuffix(" (guessed)").removeprefix("mostly ").removeprefix("all ")
    found = _K_QUANT.fullmatch(words)
    if found:
        return "q2_k" if words == "q2_k - medium" else f"{found[1]}_{_SIZES[found[2]]}"
    if words.startswith("iq3_s mix"):
        return "iq3_m"
    return words.split(" - ")[0].removesuffix(" moe")


def _short_name(text: str) -> str:
    return re.split(r"[/\\]", text)[-1][:120]
