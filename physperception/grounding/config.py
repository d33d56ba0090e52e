"""Options of grounding: which backend answers, and how it is asked."""

from __future__ import annotations

from dataclasses import dataclass

from physperception.config import option

BACKENDS = ("embedded", "vllm", "transformers")
MASK_KINDS = ("auto", "visible", "amodal")


@dataclass(frozen=True)
class GroundingConfig:
    """What the node and the command line ground with; defaults are in config/grounding.yaml."""

    backend: str = option(
        "What answers: embedded needs no other model; vllm asks a server; transformers runs a model in this process.",
        choices=BACKENDS,
    )
    model: str = option("Of vllm its name on the server, of transformers its folder; embedded takes none.")
    family: str = option(
        "How a model of vllm or transformers is asked and names places: auto goes by the model's name, which a folder "
        "may not tell.",
        choices=("auto", "qwen3-vl", "internvl"),
    )
    reasoning: str = option(
        "Whether the model's chat template opens its reasoning: auto goes by the model's name.",
        choices=("auto", "yes", "no"),
    )
    fallback: str = option(
        "What answers where the backend gives no answer: none, or embedded, which says so in the message.",
        choices=("none", "embedded"),
    )
    server_url: str = option("OpenAI-compatible API of the server, for vllm.", name="server.url")
    server_key_variable: str = option(
        "Environment variable that holds the server's key; empty for none.", name="server.key_variable"
    )
    budget: str = option("How much a model may reason before it answers.", choices=("none", "short", "full"))
    timeout_s: float = option(
        "Time for each object a command asks a model about, all its requests included.",
        unit="s",
        minimum=0.1,
        maximum=600.0,
    )
    max_pixels: int = option(
        "Images with more pixels than this are sent to a model smaller, with their proportions kept.",
        unit="px",
        minimum=1024,
        maximum=1 << 26,
    )
    structured: bool = option("Hold a server's answers to a JSON schema, where it can.")
    mask_kind: str = option(
        "The kind of mask for commands that leave it open: auto chooses from the words.", choices=MASK_KINDS
    )
    intent: str = option(
        "What chooses it from the words: the classifier, or for vllm the model itself, asked before all else.",
        choices=("classifier", "model"),
    )
    device: str = option("Where transformers runs: auto (a GPU if there is one), cpu, cuda or cuda:N.")
    cpu_threads: int = option(
        "Threads of a model on the CPU, for the whole process; 0 for half the cores, at most 4.", minimum=0, maximum=256
    )
