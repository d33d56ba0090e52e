"""A vision-language model in this process, through transformers, that speaks as a chat server does."""

from __future__ import annotations

import base64
import io
import queue
import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import torch

from physperception.chat import ChatCancelled, ChatCut, ChatError, ChatTimeout, Piece
from physperception.errors import ModelUnavailable

LOOK_S = 0.02
NEEDED = {
    "config.json": ("config.json",),
    "weights (*.safetensors)": ("*.safetensors",),
    "a tokenizer (tokenizer.json)": ("tokenizer.json", "vocab.json"),
    "an image processor (preprocessor_config.json)": ("preprocessor_config.json", "processor_config.json"),
    "a chat template (chat_template.jinja)": ("chat_template.*", "tokenizer_config.json"),
}


class LocalChat:
    """A model such as `Qwen3VLForConditionalGeneration`, loaded from a folder; for `VlmGrounder` in place of a server.

    Slower than vLLM, which batches, caches the image, and can hold answers to a schema; needs no second process.
    One answer is made at a time.

    Args:
        path: the folder, as `save_pretrained` or a download of the model lays it out.
        device: a torch device.
        dtype: of the weights; as they are stored when None.
        max_tokens: of an answer.
        timeout_s: for an answer.

    Raises:
        ModelUnavailable: no such folder, something missing in it, or no transformers; the message says what.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        device: str | torch.device = "cpu",
        dtype: torch.dtype | None = None,
        max_tokens: int = 1024,
        timeout_s: float = 120.0,
    ) -> None:
        folder = Path(path)
        _check_folder(folder)
        self.model = folder.name
        self.max_tokens = max_tokens
        self.timeout_s = timeout_s
        self._processor, self._network = _load(folder, torch.device(device), dtype)
        self._one_at_a_time = threading.Lock()

    def stream(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        max_tokens: int | None = None,
        timeout_s: float | None = None,
        fields: Mapping[str, Any] | None = None,
        cancel: threading.Event | None = None,
    ) -> LocalStream:
        """The answer in pieces; as `ChatClient.stream`. Decoding is greedy.

        Of `fields`, the template's (`add_generation_prompt`, `continue_final_message`, `chat_template_kwargs`) and
        `repetition_penalty` count; `response_format` is refused with the status a server would give, 400.
        """
        timeout_s = self.timeout_s if timeout_s is None else timeout_s
        return LocalStream(self, messages, max_tokens or self.max_tokens, timeout_s, fields or {}, cancel)

    def _inputs(self, messages: Sequence[Mapping[str, Any]], fields: Mapping[str, Any]) -> Any:
        options = {"add_generation_prompt": True, **fields.get("chat_template_kwargs", {})}
        options |= {
            name: fields[name] for name in ("add_generation_prompt", "continue_final_message") if name in fields
        }
        inputs = self._processor.apply_chat_template(
            [_with_pictures(message) for message in messages],
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            **options,
        )
        return inputs.to(self._network.device)

    def _generate(self, stream: LocalStream, fields: Mapping[str, Any], max_tokens: int) -> None:
        """Runs in a thread of the stream's; whatever it raises becomes the stream's ChatError."""
        from tokenizers.decoders import DecodeStream

        try:
            with self._one_at_a_time, torch.inference_mode():
                if stream.stopped.is_set():
                    return
                inputs = self._inputs(stream.messages, fields)
                stream.prompt_tokens = int(inputs["input_ids"].shape[1])
                decoder = _Decoder(self._processor.tokenizer, DecodeStream(skip_special_tokens=True), stream)
                self._network.generate(
                    **inputs,
                    max_new_tokens=max_tokens,
                    do_sample=False,
                    temperature=None,
                    top_p=None,
                    top_k=None,
                    repetition_penalty=float(fields.get("repetition_penalty", 1.0)),
                    streamer=decoder,
                    stopping_criteria=[decoder.over],
                )
                cut = decoder.count >= max_tokens and decoder.last not in _ends(self._network)
            stream.put(ChatCut(f"the answer of {self.model} was cut at the limit of tokens") if cut else None)
        except Exception as error:
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            stream.put(ChatError(f"the model {self.model} failed: {reason}"))


class LocalStream:
    """Pieces of one answer; as `ChatStream`, which see."""

    def __init__(
        self,
        chat: LocalChat,
        messages: Sequence[Mapping[str, Any]],
        max_tokens: int,
        timeout_s: float,
        fields: Mapping[str, Any],
        cancel: threading.Event | None,
    ) -> None:
        self.messages = messages
        self.prompt_tokens = 0
        self.completion_tokens = 0
        self.stopped = threading.Event()
        self._model = chat.model
        self._timeout_s = timeout_s
        self._deadline_s = time.monotonic() + timeout_s
        self._cancel = cancel
        self._queue: queue.SimpleQueue[tuple[Piece, int] | ChatError | None] = queue.SimpleQueue()
        if "response_format" in fields:
            self.put(ChatError(f"{chat.model} runs in this process, where answers can't be held to a schema", 400))
        else:
            threading.Thread(target=chat._generate, args=(self, fields, max_tokens), daemon=True).start()
        self._pieces = self._read()

    def __iter__(self) -> Iterator[Piece]:
        return self

    def __next__(self) -> Piece:
        return next(self._pieces)

    def __enter__(self) -> LocalStream:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop the model after the token it is at. Does nothing twice; iteration ends."""
        self.stopped.set()
        self._pieces.close()

    def put(self, item: tuple[Piece, int] | ChatError | None) -> None:
        """A piece and the tokens so far, an error, or the end; from the thread of the model."""
        self._queue.put(item)

    def _read(self) -> Generator[Piece, None, None]:
        while (item := self._next()) is not None:
            if isinstance(item, ChatError):
                raise item
            piece, self.completion_tokens = item
            if piece.content:
                yield piece

    def _next(self) -> tuple[Piece, int] | ChatError | None:
        while True:
            if self._cancel is not None and self._cancel.is_set():
                self.stopped.set()
                return ChatCancelled("the request was cancelled")
            left_s = self._deadline_s - time.monotonic()
            if left_s <= 0:
                self.stopped.set()
                return ChatTimeout(f"the model {self._model} did not finish its answer within {self._timeout_s:g} s")
            try:
                return self._queue.get(timeout=min(left_s, LOOK_S))
            except queue.Empty:
                continue


class _Decoder:
    """What `generate` hands its tokens to: text goes on token by token, so that an answer can be stopped at once."""

    def __init__(self, tokenizer: Any, decoder: Any, stream: LocalStream) -> None:
        self.count = 0
        self.last = -1
        self._tokenizer = tokenizer.backend_tokenizer
        self._decoder = decoder
        self._stream = stream
        self._prompt = True

    def put(self, value: torch.Tensor) -> None:
        if self._prompt:
            self._prompt = False
            return
        for token in value.reshape(-1).tolist():
            self.count += 1
            self.last = token
            text = self._decoder.step(self._tokenizer, token)
            self._stream.put((Piece(text or ""), self.count))

    def end(self) -> None:
        pass

    def over(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        """A stopping criterion."""
        return torch.full((len(input_ids),), self._stream.stopped.is_set(), device=input_ids.device, dtype=torch.bool)


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise ModelUnavailable(
            f"there is no folder {folder}: download a model such as Qwen/Qwen3-VL-8B-Instruct into it"
        )
    missing = [what for what, names in NEEDED.items() if not any(any(folder.glob(name)) for name in names)]
    if missing:
        raise ModelUnavailable(f"the model folder {folder} lacks {', '.join(missing)}")


def _load(folder: Path, device: torch.device, dtype: torch.dtype | None) -> tuple[Any, Any]:
    import importlib.util

    if importlib.util.find_spec("torchvision") is not None:
        from physperception.vision.torchvision_ops import import_torchvision

        import_torchvision()
    try:
        from transformers import AutoModelForImageTextToText, AutoProcessor
    except ImportError as error:
        raise ModelUnavailable(
            "a vision-language model in this process needs transformers: pip install 'transformers>=5.16,<6'"
        ) from error
    try:
        processor = AutoProcessor.from_pretrained(folder, local_files_only=True)
        network: Any = AutoModelForImageTextToText.from_pretrained(folder, local_files_only=True, dtype=dtype or "auto")
    except (OSError, ValueError, ImportError, KeyError, RuntimeError, AttributeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelUnavailable(f"the model in {folder} can't be loaded: {reason}") from error
    return processor, network.to(device).eval()


def _with_pictures(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message in OpenAI's form in the form of transformers: data URLs become pictures."""
    content = message["content"]
    if isinstance(content, str):
        return {"role": message["role"], "content": [{"type": "text", "text": content}]}
    return {"role": message["role"], "content": [_part(part) for part in content]}


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    from PIL import Image

    if part["type"] == "text":
        return dict(part)
    _, _, data = part["image_url"]["url"].partition(",")
    return {"type": "image", "image": Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")}


def _ends(network: Any) -> set[int]:
    """Tokens that end an answer."""
    end = network.generation_config.eos_token_id
    return set(end) if isinstance(end, list) else {end}
