"""The words of the field, explained once: what the glossary and every "what does this mean" show.

``term()`` writes a word of a page as a link to its entry, the first time on that page; a script
opens the same entry in place. Templates call it wherever a term stands and need not count.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

from app.language.speaking import said


@dataclass(frozen=True, slots=True)
class Entry:
    """One term in plain words."""

    slug: str
    name: str
    words: str
    example: str = ""
    see: tuple[str, ...] = ()
    formula: str = ""  # where the method shows it: an address
    also: tuple[str, ...] = ()  # other names people search for

    @property
    def address(self) -> str:
        return f"/glossary#{self.slug}"

    def found_by(self, words: list[str]) -> bool:
        """Whether every word stands somewhere in the entry."""
        text = " ".join((self.slug, self.name, *self.also, self.words, self.example)).lower()
        return all(word in text for word in words)


#: Groups in the order of the page, each from the general to the particular.
GLOSSARY: Final[dict[str, tuple[Entry, ...]]] = {
    "How fast it answers": (
        Entry(
            "token",
            "Token",
            "The piece of text a model reads and writes at a time, on average about three quarters "
            "of an English word.",
            "A page of 500 words is about 670 tokens.",
            see=("tok-s", "context"),
        ),
        Entry(
            "prefill",
            "Prefill",
            "Reading the prompt. All its tokens go through the model together, so arithmetic, not "
            "memory, sets the pace.",
            "4,096 tokens at 2,000 tok/s take two seconds before the first word appears.",
            see=("decode", "ttft", "ubatch"),
            formula="/method#prefill",
            also=("prompt processing", "pp"),
        ),
        Entry(
            "decode",
            "Decode",
            "Writing the answer, one token after another. Each needs all active weights to be read "
            "once, so memory bandwidth sets the pace.",
            "8 GB of weights on a card that reads 1,000 GB/s: 125 tok/s at the very most.",
            see=("prefill", "memory-bandwidth", "tpot"),
            formula="/method#decode",
            also=("token generation", "tg", "generation"),
        ),
        Entry(
            "ttft",
            "Time to first token",
            "How long one waits from sending a prompt until the first word appears: waiting behind "
            "others, then prefill.",
            "Under 3 s feels like a conversation; 30 s feels like an order.",
            see=("prefill", "tpot", "concurrency"),
            formula="/method#answer",
            also=("TTFT", "first token", "latency"),
        ),
        Entry(
            "tpot",
            "Time per output token",
            "The pause between two tokens of an answer: one divided by the decode speed.",
            "20 tok/s are 50 ms a token.",
            see=("decode", "tok-s"),
            formula="/method#decode",
            also=("TPOT", "inter-token latency"),
        ),
        Entry(
            "tok-s",
            "tok/s",
            "Tokens a second. Where several people are served it is each one's own speed, unless "
            "it says together.",
            "10 tok/s are about seven words a second, faster than most people read.",
            see=("token", "decode", "throughput"),
            also=("tokens per second", "tps"),
        ),
        Entry(
            "throughput",
            "Throughput",
            "Tokens a second of all requests together. It grows with the number of requests long "
            "after each single one has become slower.",
            "Sixteen requests at 30 tok/s each are 480 tok/s together.",
            see=("concurrency", "batch"),
        ),
        Entry(
            "concurrency",
            "Requests at the same time",
            "Answers being written at the same moment, not people: most people read, think or do "
            "something else.",
            "Twenty people with six requests an hour each are often one or two at a time.",
            see=("littles-law", "batch", "throughput"),
            formula="/method#answer",
            also=("concurrency", "users", "parallel requests"),
        ),
        Entry(
            "batch",
            "Batch",
            "Requests computed in one step. The weights are read once for all of them, which is "
            "why a server gets cheaper with every user until arithmetic is the limit.",
            see=("concurrency", "continuous-batching", "ubatch"),
            formula="/method#term-decode-batch",
        ),
        Entry(
            "continuous-batching",
            "Continuous batching",
            "A serving engine lets requests join and leave at every step instead of waiting for a "
            "whole group to end.",
            see=("batch", "engine"),
        ),
        Entry(
            "littles-law",
            "Little’s law",
            "Requests at the same time are those that arrive each second times the seconds each "
            "takes.",
            "120 requests an hour of 30 s each: one at a time on average.",
            see=("concurrency",),
            formula="/method#answer",
        ),
        Entry(
            "use-case",
            "Use case",
            "What is asked of the model, as a length of prompt and of answer. UC1 sorts text, UC2 "
            "questions documents, UC3 reasons and writes code, UC4 explains.",
            "UC2: 4,096 tokens in, 256 out.",
            see=("token", "verdict"),
        ),
    ),
    "What has to fit": (
        Entry(
            "weights",
            "Weights",
            "The numbers a model consists of. They lie in memory as long as it runs.",
            "14 billion weights at 4.85 bits take 8.5 GB.",
            see=("quantisation", "active-parameters", "gb"),
            formula="/method#bytes",
            also=("parameters", "size"),
        ),
        Entry(
            "quantisation",
            "Quantisation",
            "Storing each weight with fewer bits: less memory, more speed, and below about four "
            "bits noticeably worse answers.",
            "Q4_K_M takes about 4.85 bits a weight, Q8_0 8.5, FP16 16.",
            see=("bits-per-weight", "gguf", "weights"),
            also=("quantization", "quant", "Q4", "Q8", "FP16", "format"),
        ),
        Entry(
            "bits-per-weight",
            "Bits per weight",
            "What a format takes for one weight on average, scales and finer parts included.",
            "70 billion weights at 4.85 bits: 42 GB.",
            see=("quantisation",),
            formula="/method#bytes",
            also=("bpw",),
        ),
        Entry(
            "gguf",
            "GGUF",
            "The file format of llama.cpp and its relatives: weights in any of their formats and "
            "everything needed to run them, in one file.",
            see=("quantisation", "engine"),
        ),
        Entry(
            "kv-cache",
            "KV cache",
            "What a model remembers of the text so far. It grows with every token and with every "
            "request, and is read at each step.",
            "Llama 3.1 8B keeps 128 KiB a token: 8,192 tokens are 1 GiB.",
            see=("context", "gqa", "mla", "sliding-window"),
            formula="/method#bytes",
            also=("cache",),
        ),
        Entry(
            "context",
            "Context",
            "How many tokens one request may hold, prompt and answer together. Memory for it is "
            "set aside for each request.",
            "8,192 tokens are about twelve pages.",
            see=("kv-cache", "token"),
            also=("context length", "context window"),
        ),
        Entry(
            "gb",
            "GB and GiB",
            "A GB is 10⁹ bytes, a GiB 2³⁰, which is 7 % more. Vendors print GB on memory and mean "
            "GiB; bandwidths are in GB/s.",
            "A “24 GB” card holds 24 GiB, or 25.8 GB.",
            see=("weights", "memory-bandwidth"),
            also=("gigabyte", "gibibyte"),
        ),
        Entry(
            "unified-memory",
            "Unified memory",
            "One memory for CPU and GPU, as in Apple, Strix Halo and DGX Spark machines: a lot of "
            "it, less quick than a graphics card’s own.",
            "128 GiB at 256 GB/s beside 32 GiB at 1,792 GB/s.",
            see=("vram", "memory-bandwidth"),
        ),
        Entry(
            "vram",
            "Video memory",
            "A graphics card’s own memory. What does not fit in it has to be read over a slower "
            "way.",
            see=("unified-memory", "layer-offload"),
            also=("VRAM",),
        ),
        Entry(
            "placement",
            "Placement",
            "Where weights lie and how several devices share the work: one card, split by layers, "
            "tensor parallel, partly in main memory, or CPU only.",
            see=("layer-split", "tensor-parallel", "layer-offload", "expert-offload"),
            formula="/method#decode",
        ),
        Entry(
            "layer-split",
            "Layer split",
            "Each card holds some layers and works while the others wait. It adds memory, not "
            "speed for one user.",
            "Two 24 GiB cards hold a 40 GiB model and answer about as quickly as one that held it.",
            see=("tensor-parallel", "placement"),
            formula="/method#term-decode-hops",
            also=("pipeline",),
        ),
        Entry(
            "tensor-parallel",
            "Tensor parallel",
            "All cards work on every layer at once and exchange their results, so speed grows "
            "with cards as far as the links between them allow.",
            see=("layer-split", "nvlink", "pcie"),
            formula="/method#term-decode-allreduce",
            also=("TP",),
        ),
        Entry(
            "layer-offload",
            "Layer offload",
            "Layers that do not fit on the card lie in main memory and are computed there, at its "
            "speed. A few of them cost most of the tempo.",
            see=("expert-offload", "vram", "memory-bandwidth"),
            formula="/method#decode",
            also=("offload", "-ngl", "gpu layers"),
        ),
        Entry(
            "expert-offload",
            "Expert offload",
            "Of a mixture of experts only the experts lie in main memory. Each token needs few of "
            "them, so it costs far less than whole layers there.",
            see=("moe", "layer-offload"),
            formula="/method#decode",
            also=("--n-cpu-moe",),
        ),
    ),
    "How models are built": (
        Entry(
            "dense",
            "Dense model",
            "Every token uses all weights.",
            "A dense 70 B model reads all 70 billion weights for each token.",
            see=("moe",),
        ),
        Entry(
            "moe",
            "Mixture of experts",
            "Most weights are split into experts of which each token wakes a few: as much memory "
            "as a large model, nearly the speed of a small one.",
            "gpt-oss-120b holds 117 billion weights and uses 5 billion for a token.",
            see=("active-parameters", "dense", "expert-offload"),
            formula="/method#bytes",
            also=("MoE",),
        ),
        Entry(
            "active-parameters",
            "Active parameters",
            "The weights one token really uses. They set the speed; all parameters together set "
            "the memory.",
            see=("moe", "weights"),
            formula="/method#bytes",
        ),
        Entry(
            "gqa",
            "Grouped-query attention",
            "Several attention heads share one stored key and value, which makes the cache "
            "smaller.",
            "32 heads that share 8: a quarter of the cache.",
            see=("kv-cache", "mla"),
            formula="/method#term-decode-kv",
            also=("GQA", "MQA"),
        ),
        Entry(
            "mla",
            "Multi-head latent attention",
            "Keys and values are stored compressed and unpacked when needed; DeepSeek’s models do "
            "it.",
            "70 kB a token for a model of 671 billion weights.",
            see=("kv-cache", "gqa"),
            formula="/method#term-decode-kv",
            also=("MLA",),
        ),
        Entry(
            "sliding-window",
            "Sliding window",
            "Some layers look back only so many tokens; their cache stops growing there.",
            "With a window of 1,024 tokens, five of six layers of Gemma 3 need no more than that.",
            see=("kv-cache", "linear-attention"),
            formula="/method#bytes",
            also=("SWA",),
        ),
        Entry(
            "linear-attention",
            "Linear attention",
            "Layers that keep a state of fixed size instead of a growing cache. Long contexts "
            "hardly slow them down.",
            see=("sliding-window", "kv-cache"),
            formula="/method#bytes",
            also=("Mamba", "state space", "recurrent"),
        ),
    ),
    "What machines are made of": (
        Entry(
            "memory-bandwidth",
            "Memory bandwidth",
            "How many bytes a second can be read. It limits decode more than anything else.",
            "Two channels of DDR5-5600 give 90 GB/s, an RTX 5090 1,792 GB/s.",
            see=("decode", "memory-channel", "mbu"),
            formula="/method#decode",
        ),
        Entry(
            "memory-channel",
            "Memory channel",
            "A road of 64 bits between CPU and memory. Bandwidth is channels × 8 bytes × MT/s, "
            "and empty channels do not count.",
            "Twelve channels at 4,800 MT/s: 461 GB/s.",
            see=("dimm", "mts", "ccd"),
            formula="/method#bytes",
        ),
        Entry(
            "dimm",
            "DIMM",
            "A memory module. Desktops take unregistered ones (UDIMM), servers registered ones "
            "(RDIMM); they do not mix.",
            see=("memory-channel", "mts"),
            also=("RDIMM", "UDIMM", "memory module"),
        ),
        Entry(
            "mts",
            "MT/s",
            "Million transfers a second, the speed of memory. Modules run at the slowest of their "
            "own, the CPU’s and the board’s limit.",
            "DDR5-4800 makes 4,800 MT/s, 38.4 GB/s a channel.",
            see=("memory-channel", "dimm"),
        ),
        Entry(
            "ccd",
            "CCD",
            "A chiplet of cores in AMD’s processors with a link of its own to memory. With few of "
            "them the memory is quicker than the cores can read.",
            "One CCD of a Ryzen reads 64 GB/s: 32 bytes at each of 2 × 10⁹ clocks of the fabric.",
            see=("memory-channel", "numa"),
            formula="/method#bytes",
            also=("chiplet",),
        ),
        Entry(
            "numa",
            "NUMA",
            "A machine with two sockets has two memories; each CPU reads its own faster. Engines "
            "that do not mind the border gain little from the second.",
            see=("ccd", "memory-channel", "avx-512"),
            also=("socket",),
        ),
        Entry(
            "avx-512",
            "AVX-512 and AMX",
            "Instructions by which CPUs do many multiplications at once. They make prompts "
            "faster, hardly answers.",
            see=("prefill", "flop"),
            also=("AMX", "AVX2", "VNNI"),
        ),
        Entry(
            "flop",
            "FLOP and TFLOPS",
            "A FLOP is one calculation; a multiplication with its addition counts as two. A TFLOPS "
            "is 10¹² of them a second, here without the doubling of sparse matrices.",
            "One token of a 14 B model takes 28 × 10⁹ FLOP.",
            see=("prefill", "roofline", "mfu"),
            formula="/method#prefill",
            also=("compute", "TOPS", "FLOPS"),
        ),
        Entry(
            "pcie",
            "PCIe lanes and generation",
            "The way between card and board. A lane of generation 4 carries 2 GB/s each way, of "
            "generation 5 twice that; a full slot has sixteen.",
            "It matters for tensor parallel and for weights in main memory, little for one card.",
            see=("nvlink", "tensor-parallel"),
            also=("lanes",),
        ),
        Entry(
            "nvlink",
            "NVLink",
            "NVIDIA’s direct way between cards, many times as quick as PCIe.",
            "900 GB/s between H100 cards, both ways together; a slot of PCIe 5 has 128.",
            see=("pcie", "tensor-parallel"),
        ),
        Entry(
            "node",
            "Node",
            "One machine of several that are linked and work as one.",
            see=("tensor-parallel", "nvlink"),
            also=("cluster",),
        ),
        Entry(
            "power-load",
            "Power under load",
            "What the machine draws from the wall while it answers, losses of the power supply "
            "included. It is less when it waits.",
            see=("duty-cycle", "cooling-factor"),
            also=("watts", "TDP"),
        ),
    ),
    "What runs on them": (
        Entry(
            "engine",
            "Engine",
            "The program that runs the model, such as llama.cpp for one person or vLLM for many.",
            see=("continuous-batching", "gguf"),
            also=("runtime", "inference server"),
        ),
        Entry(
            "ubatch",
            "Prompt tokens per pass",
            "How much of a prompt is computed at once. Larger passes read the weights less often "
            "and take more memory.",
            "512 in llama.cpp unless -ub says otherwise.",
            see=("prefill", "batch"),
            formula="/method#prefill",
            also=("ubatch", "chunk"),
        ),
        Entry(
            "flash-attention",
            "Flash attention",
            "A way to compute attention without writing its large intermediate tables to memory. "
            "Long prompts get faster and need less space.",
            see=("prefill", "kv-cache"),
            formula="/method#terms",
            also=("-fa",),
        ),
    ),
    "How sure the answer is": (
        Entry(
            "interval",
            "80 % interval",
            "Between these two figures the true one lies in four cases of five. The width comes "
            "from how far predictions were off on hardware the fit had never seen.",
            "24 tok/s, 19–31: one machine in ten is slower than 19.",
            see=("basis", "coverage"),
            formula="/method#intervals",
            also=("uncertainty", "range"),
        ),
        Entry(
            "basis",
            "Measured, calibrated, theoretical",
            "What a figure rests on. Measured: this very combination was run. Calibrated: what it "
            "has in common with runs. Theoretical: physics, where nobody measured.",
            see=("interval", "calibration"),
            formula="/method#intervals",
            also=("measured", "calibrated", "theoretical", "trust"),
        ),
        Entry(
            "calibration",
            "Calibration",
            "The factors between what a machine could do and what engines reach, fitted on "
            "published runs and given a version.",
            see=("basis", "held-out", "mbu"),
            formula="/method#fit",
            also=("fit",),
        ),
        Entry(
            "held-out",
            "Left out of the fit",
            "To see how far off predictions are, a whole device or model is hidden from the fit "
            "and then predicted.",
            see=("calibration", "coverage"),
            formula="/method#intervals",
            also=("cross-validation",),
        ),
        Entry(
            "median-error",
            "Median error and bias",
            "Half of the predictions are off by less than the median error. The bias says to which "
            "side they lean: below zero, too little is predicted.",
            see=("coverage", "held-out"),
            also=("bias", "p90"),
        ),
        Entry(
            "coverage",
            "Coverage",
            "The share of measured figures that lay inside their interval. For an 80 % interval it "
            "should be 80 %.",
            see=("interval", "median-error"),
        ),
        Entry(
            "roofline",
            "Roofline",
            "A chart of what limits a machine: to the left of the ridge memory, to the right "
            "arithmetic.",
            see=("ridge", "memory-bandwidth", "flop"),
            formula="/method#decode",
        ),
        Entry(
            "ridge",
            "Ridge",
            "Operations per byte at which a machine’s memory and arithmetic are busy alike.",
            "100 TFLOPS and 1,000 GB/s: 100 operations a byte.",
            see=("roofline",),
        ),
        Entry(
            "mbu",
            "MBU",
            "Model bandwidth utilisation: the share of the memory’s bandwidth that decode really "
            "uses.",
            "60 tok/s of 8 GB each on 1,000 GB/s: 48 %.",
            see=("memory-bandwidth", "mfu"),
            formula="/method#decode",
            also=("model bandwidth utilisation",),
        ),
        Entry(
            "mfu",
            "MFU",
            "Model FLOPs utilisation: the share of the arithmetic that prefill really uses.",
            see=("flop", "mbu"),
            formula="/method#prefill",
            also=("model FLOPs utilisation",),
        ),
        Entry(
            "verdict",
            "Interactive, background, off-line, not viable",
            "What a build is good for in a use case: to talk with; to wait a few minutes for; to "
            "let run for hours; or not at all. The limits stand beside each verdict.",
            see=("purchase-mark", "ttft", "use-case"),
            formula="/method#answer",
            also=("interactive", "background", "off-line", "non-viable", "workflow class"),
        ),
        Entry(
            "purchase-mark",
            "Meets, misses, open",
            "Whether a build is worth buying for a use case: its limits are met even at the slow "
            "end of the interval, missed even at the fast end, or lie inside.",
            see=("verdict", "interval"),
            formula="/method#answer",
            also=("purchase mark", "✅", "❌", "❓"),
        ),
        Entry(
            "pareto",
            "Pareto front",
            "The builds that no other one beats in both price and speed. Whatever you prefer, the "
            "best choice is one of them.",
            see=("interval", "tok-s"),
            also=("front", "trade-off"),
        ),
    ),
    "What it costs": (
        Entry(
            "tco",
            "Total cost of ownership",
            "All that a machine costs over the years: purchase, electricity, cooling, work, less "
            "what it is sold for.",
            see=("depreciation", "duty-cycle", "break-even"),
            also=("TCO",),
        ),
        Entry(
            "depreciation",
            "Loss of value",
            "The share of its value a machine loses every year.",
            "At 30 % a year 1,000 € are 343 € after three years.",
            see=("tco", "used"),
            also=("depreciation", "resale", "residual value"),
        ),
        Entry(
            "break-even",
            "Break-even",
            "The month from which owning has cost less than renting or an API for the same work.",
            "5,000 € at once and 50 € a month beside 300 € a month: after 20 months.",
            see=("tco", "per-million", "duty-cycle"),
            also=("payback",),
        ),
        Entry(
            "per-million",
            "Price of a million tokens",
            "All costs divided by the tokens made. Prompts and answers share them by the time the "
            "machine spends on each.",
            see=("break-even", "duty-cycle"),
        ),
        Entry(
            "duty-cycle",
            "Hours under load",
            "The hours a day in which requests come. A machine that idles costs nearly as much "
            "and makes fewer tokens.",
            "8 of 24 hours are a duty cycle of a third.",
            see=("power-load", "per-million"),
            also=("duty cycle", "utilisation"),
        ),
        Entry(
            "cooling-factor",
            "Cooling factor",
            "Electricity the air conditioning takes for each kWh of the machine.",
            "0.3: 130 € where the machine alone costs 100 €.",
            see=("power-load", "tco"),
            also=("PUE",),
        ),
        Entry(
            "vat",
            "VAT",
            "Tax on a purchase. Shop prices in Europe include it, prices from the US do not; "
            "beside each price it says which.",
            see=("used", "tco"),
            also=("tax",),
        ),
        Entry(
            "used",
            "New, used",
            "Which prices of parts count. Used ones are cheaper, without warranty, and scatter "
            "more.",
            see=("vat", "old-price"),
            also=("second hand", "condition"),
        ),
        Entry(
            "old-price",
            "Old price",
            "A price seen more than a year ago, or on no stated day. It counts, its range is "
            "wider, and it is marked.",
            see=("used", "interval"),
            also=("stale",),
        ),
    ),
}

TERMS: Final[dict[str, Entry]] = {
    entry.slug: entry for entries in GLOSSARY.values() for entry in entries
}

_linked: ContextVar[set[str] | None] = ContextVar("linked", default=None)


def start_page() -> None:
    """Forget which terms were linked: what is written next is another page or fragment."""
    _linked.set(set())


def term(slug: str, words: str = "") -> Markup:
    """A term as it stands on a page: the first time a link to what it means, then plain words.

    Raises:
        KeyError: the glossary has no such entry.
    """
    entry = TERMS[slug]
    shown = escape(said(words or entry.name))
    linked = _linked.get()
    if linked is not None:
        if slug in linked:
            return shown
        linked.add(slug)
    return Markup('<a class="term" href="{}">{}</a>').format(entry.address, shown)
