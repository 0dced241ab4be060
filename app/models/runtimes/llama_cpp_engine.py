"""llama.cpp inside this process: a prompt becomes tokens, tokens become text. Lives in the child process only."""

import codecs
import ctypes
import io
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from itertools import takewhile
from tempfile import TemporaryFile
from time import perf_counter

from app.domain.fit import Run, Settings
from app.domain.messages import Message, Piece
from app.models.chat import ChatFamily, Segment, chatml, plain, qwen3, takes_system, templated, without_system
from app.models.thoughts import MOST_THOUGHTS, TAGS, ThoughtSplitter, left_open

ENVIRONMENT = {
    # ggml would start a debugger to describe its own crash.
    "GGML_NO_BACKTRACE": "1",
    # Threads that wait for one another burn their processor by default. Beside other work (embedding, parsers) that can
    # cost most of the speed: 3.5 tokens/s against 19 with 200 spins (SmolLM2, two busy cores). So few spins cost a
    # fifth of it alone: 10.9 ms a token, against 8.4 with 2,000 and 8.2 to 9.3 with very many; busy, both were alike.
    "OMP_WAIT_POLICY": "passive",
    "GOMP_SPINCOUNT": "2000",
}

# `ggml_log_level` of ggml.h. The numbers in llama-cpp-python's own logger are those of older versions.
_WARNING, _ERROR = 3, 4

_FAMILIES: dict[ChatFamily, Callable[[Sequence[Message]], list[Segment]]] = {"chatml": chatml, "qwen3": qwen3}
_KV_TYPES = {"f16": 1, "q4_0": 2, "q8_0": 8}  # `ggml_type` of ggml.h


class WrongGrammar(ValueError):
    """A grammar cannot be read; the message is the reason as llama.cpp gives it."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A conversation, up to where the assistant speaks.

    Attributes:
        thoughts_end: the tag that ends the thoughts in whose midst it leaves the model; empty where it does not.
    """

    tokens: list[int]
    thoughts_end: str


class Engine:
    """A loaded model with its cache: a prompt that begins like the one before is only read from where it differs.

    Args:
        model: the GGUF file.
        settings: how to load it.
        chat: family of the chat template; None = the template in the file, rendered in llama-cpp-python's sandbox.
        adapter: the GGUF file of a LoRA adapter; None = none.

    Raises:
        ValueError: the file cannot be loaded; llama.cpp has written the reason to standard error.
    """

    def __init__(self, model: str, settings: Settings, chat: ChatFamily | None, adapter: str | None = None) -> None:
        os.environ.update(ENVIRONMENT)
        import llama_cpp

        self._native = llama_cpp
        self._log = llama_cpp.llama_log_callback(_log)
        llama_cpp.llama_log_set(self._log, None)
        # Without `verbose` it would send standard error, and so the reason of a failure, to nowhere.
        with redirect_stderr(io.StringIO()), _repacking(settings.repack):
            self._llama = llama_cpp.Llama(
                model,
                n_ctx=settings.context,
                n_batch=settings.batch,
                n_ubatch=settings.batch,
                n_threads=settings.threads,
                n_threads_batch=settings.threads,
                n_gpu_layers=settings.gpu_layers,
                use_mmap=not settings.repack,
                flash_attn=True,
                type_k=_KV_TYPES[settings.kv_type],
                type_v=_KV_TYPES[settings.kv_type],
                # Layers that look back only so far keep only so much; `_forget` takes care of the consequence.
                swa_full=False,
                lora_path=adapter,
                verbose=True,
            )
        self._llama.verbose = False
        self._vocabulary = self._llama._model.vocab
        self._window: int = llama_cpp.llama_model_n_swa(self._llama.model)
        self._context = settings.context
        self._stopped: Callable[[], bool] = lambda: False
        self._abort = llama_cpp.ggml_abort_callback(lambda _data: self._stopped())
        tags = [self._tokens(Segment(tag, marks=True)) for pair in TAGS.items() for tag in pair]
        self._tags = {tokens[0] for tokens in tags if len(tokens) == 1}
        self._segments = _FAMILIES[chat] if chat is not None else self._own_template()

    def count(self, text: str) -> int:
        """Return how many tokens ``text`` is, without turns around it. Safe to use while `write` runs."""
        return len(self._tokens(Segment(text, marks=False)))

    def prompt(self, messages: Sequence[Message]) -> Prompt:
        """Return the tokens of a conversation."""
        segments = self._segments(messages)
        tokens = [token for segment in segments for token in self._tokens(segment)]
        return Prompt(tokens, left_open(segments[-1].text) if segments[-1].marks else "")

    def write(
        self,
        prompt: Prompt,
        max_tokens: int,
        seed: int,
        temperature: float,
        grammar: str,
        stopped: Callable[[], bool],
    ) -> Generator[Piece, None, Run]:
        """Go on after a prompt until the model ends, the context is full or ``stopped`` says so.

        Returns what it took.

        Args:
            prompt: fewer tokens than the context.
            max_tokens: tokens of the answer at most; `MOST_THOUGHTS` of thoughts come on top.
            seed: of the choice among likely tokens; without effect at temperature 0.
            temperature: 0 = always the likeliest token.
            grammar: in GBNF; nothing else is written. Empty = none.
            stopped: asked between tokens, and often while the prompt is read.

        Raises:
            WrongGrammar: before anything was written.
        """
        rules = self._grammar(grammar)
        self._llama.set_seed(seed)
        self._stopped = stopped
        self._native.llama_set_abort_callback(self._llama.ctx, self._abort, None)
        decoder, splitter = codecs.getincrementaldecoder("utf-8")("replace"), ThoughtSplitter(prompt.thoughts_end)
        room = self._context - len(prompt.tokens)
        left, left_to_think, written = max_tokens, MOST_THOUGHTS, 0
        read = len(prompt.tokens) - self._known(prompt.tokens)
        began = first = last = perf_counter()
        try:
            for token in self._llama.generate(prompt.tokens, temp=temperature, grammar=rules):
                last = perf_counter()
                first = first if written else last
                if self._native.llama_vocab_is_eog(self._vocabulary, token):
                    break
                yield from splitter.feed(decoder.decode(self._piece(token)))
                written += 1
                if splitter.thinking:
                    left_to_think -= 1
                else:
                    left -= 1
                if min(left, left_to_think, room - written) <= 0 or stopped():
                    break
        except RuntimeError:
            # The abort callback makes llama-cpp-python raise it.
            if not stopped():
                raise
        yield from splitter.feed(decoder.decode(b"", final=True))
        yield from splitter.end()
        return Run(read, first - began, written, last - first)

    def _grammar(self, grammar: str) -> object:
        if not grammar:
            return None
        data = grammar.encode("utf-8", "replace")
        with _captured_stderr() as said:
            sampler = self._native.llama_sampler_init_grammar(self._vocabulary, data, b"root")
        if not sampler:
            # What follows is the whole grammar.
            raise WrongGrammar(said().partition("\n")[0])
        self._native.llama_sampler_free(sampler)
        return self._native.LlamaGrammar.from_string(data.decode())

    def _known(self, prompt: Sequence[int]) -> int:
        """Return how many tokens of a prompt need not be read again.

        Begins anew where what it shares with the last prompt is no longer kept by layers with a window.
        """
        read = self._llama.input_ids[: self._llama.n_tokens].tolist()
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(read, prompt, strict=False)))
        first_kept = self._native.llama_memory_seq_pos_min(self._native.llama_get_memory(self._llama.ctx), 0)
        if first_kept > max(0, shared - 1 - self._window):
            self._llama.reset()
            return 0
        return shared

    def _tokens(self, segment: Segment) -> list[int]:
        data = segment.text.encode("utf-8", "replace")
        tokens: list[int] = self._llama.tokenize(data, add_bos=False, special=segment.marks)
        return tokens

    def _piece(self, token: int) -> bytes:
        # Not `Llama.detokenize`: it drops pieces of over 32 bytes.
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            length = self._native.llama_token_to_piece(self._vocabulary, token, buffer, size, 0, token in self._tags)
            if length >= 0:
                return buffer.raw[:length]
            size = -length

    def _mark(self, token: int) -> str:
        mark: str = self._llama._model.token_get_text(token) if token != -1 else ""
        return mark

    def _own_template(self) -> Callable[[Sequence[Message]], list[Segment]]:
        from jinja2 import TemplateError
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        template = self._llama.metadata.get("tokenizer.chat_template")
        if template is None:
            return plain
        model = self._llama._model
        end, begin = (self._mark(token) for token in (model.token_eos(), model.token_bos()))
        formatter = Jinja2ChatFormatter(template, eos_token=end, bos_token=begin)

        def render(turns: list[dict[str, str]]) -> str:
            prompt: str = formatter(messages=turns).prompt
            return prompt

        # What a template itself refuses is a ValueError: llama-cpp-python's `raise_exception`.
        if takes_system(render, (ValueError, TemplateError)):
            return lambda messages: templated(messages, render)
        return lambda messages: templated(without_system(messages), render)


@contextmanager
def _repacking(wanted: bool) -> Iterator[None]:
    """Have a model loaded within this with its weights in another order or not, which `Llama` has no argument for."""
    from llama_cpp import llama_cpp as native

    defaults = native.llama_model_default_params

    def ours() -> object:
        parameters = defaults()
        parameters.use_extra_bufts = wanted
        return parameters

    native.llama_model_default_params = ours
    try:
        yield
    finally:
        native.llama_model_default_params = defaults


@contextmanager
def _captured_stderr() -> Iterator[Callable[[], str]]:
    """Give what native code writes to standard error within this; it can be read afterwards."""
    with TemporaryFile() as file:
        kept = os.dup(2)
        os.dup2(file.fileno(), 2)
        try:
            yield lambda: said
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            file.seek(0)
            said = file.read().decode("utf-8", "replace").strip()


def _log(level: int, text: bytes, _data: object) -> None:
    if level in (_WARNING, _ERROR):
        os.write(2, text)
