"""What can be said on the command line."""

import re
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from platformdirs import user_data_path

from app import __version__

_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)([MGT])(?:i?B)?", re.IGNORECASE | re.ASCII)
_UNITS = {"M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_LARGEST = 1 << 50  # bytes: more is a slip of the hand
_EXIT_CODES = """exit codes:
  0  done
  1  done, but some documents were skipped (the report says which and why)
  2  wrong use
  3  something on this machine is in the way (a full disk, a missing model, a library that is open elsewhere)
"""

# As `Task` and `Condition` of app.models.catalogue and `Ranking` of app.retrieval.search, which are not imported before
# they are needed.
TASKS = ("chat", "summary", "extraction", "classification", "code", "reasoning", "search")
RANKINGS = ("words", "meaning", "fused", "word-by-word", "all")
CONDITIONS = ("acceptable-use", "monthly-users", "attribution")

NEW = "new"
"""Stands for a conversation that begins now."""


def parse(arguments: Sequence[str]) -> Namespace:
    """Return the options; ``command`` is None where the window is wanted. Exits with 2 on wrong use."""
    parser = ArgumentParser(
        prog="lectern",
        description="Ask your documents, and see the page every sentence of the answer came from. "
        "Without a command the window opens.",
        epilog=_EXIT_CODES,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"Lectern {__version__}")
    parser.add_argument(
        "--library",
        type=_path,
        default=user_data_path("Lectern", appauthor=False) / "library",
        metavar="DIR",
        help="the library's folder (default: %(default)s)",
    )
    parser.add_argument(
        "--models",
        type=_path,
        default=user_data_path("Lectern", appauthor=False) / "models",
        metavar="DIR",
        help="the folder of models (default: %(default)s)",
    )
    without_library = ArgumentParser(add_help=False)
    without_library.add_argument("--models", type=_path, default=SUPPRESS, metavar="DIR", help="the folder of models")
    parser.set_defaults(json=False)
    # Without a default: what was said before an action would be lost by that of the action.
    without_library.add_argument(
        "--json", action="store_true", default=SUPPRESS, help="write JSON Lines to standard output, and nothing else"
    )
    every = ArgumentParser(add_help=False, parents=[without_library])
    every.add_argument("--library", type=_path, default=SUPPRESS, metavar="DIR", help="the library's folder")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")

    ingest = commands.add_parser("ingest", parents=[every], help="take files and folders into the library")
    ingest.add_argument("paths", nargs="+", type=_path, metavar="PATH")

    search = commands.add_parser("search", parents=[every], help="find the passages for a question")
    _add_questions(search)
    _add_scope(search)
    search.add_argument("--top", type=_positive, default=10, metavar="K", help="how many (default: %(default)s)")

    ask = commands.add_parser("ask", parents=[every], help="answer a question from the documents, with citations")
    _add_questions(ask)
    _add_scope(ask)
    ask.add_argument(
        "--mode",
        choices=("auto", "extractive", "generated", "both"),
        default="auto",
        help="extractive: the best sentences themselves; generated: a model writes, every sentence is checked; "
        "both: one answer of each; auto (default): both where the model that writes is qualified, else extractive",
    )
    ask.add_argument(
        "--after",
        type=_question,
        action="append",
        default=[],
        metavar="QUESTION",
        help="what was asked before, from which a question such as “and in 2019?” is completed; may be repeated",
    )
    ask.add_argument(
        "--conversation",
        type=_conversation,
        metavar=f"ID|{NEW}",
        help="keep questions and answers in this conversation (default: they are not kept)",
    )
    _add_conversations(
        commands.add_parser("conversations", parents=[every], help="what was asked and kept: list, search, export"),
        every,
    )

    commands.add_parser("status", parents=[every], help="count what is in the library")
    commands.add_parser("documents", parents=[every], help="list the documents and their states")
    commands.add_parser("rebuild", parents=[every], help="make the vector index again from the ledger")
    embedder = commands.add_parser(
        "embedder", parents=[every], help="say which model finds by meaning here, or have another take over"
    )
    embedder.add_argument("id", nargs="?", metavar="ID", help="the one that is to take over")
    embedder.add_argument("--dimensions", type=_positive, metavar="N", help="of its vectors (default: the most)")
    erase = commands.add_parser("erase", parents=[every], help="remove a file or folder from the library for good")
    erase.add_argument("path", type=_path, metavar="PATH")
    _add_evaluation(
        commands.add_parser(
            "eval", parents=[without_library], help="measure how well this installation finds and answers"
        )
    )
    commands.add_parser(
        "doctor", parents=[without_library], help="say what this machine has, each value with where it is from"
    )
    _add_models(
        commands.add_parser("models", help="what models there are, and how they fit this machine"), without_library
    )
    options = parser.parse_args(arguments)
    if options.command == "embedder" and options.dimensions and not options.id:
        parser.error("say which model is to have so many dimensions")
    if options.command in ("search", "ask") and (options.question is None) == (options.queries is None):
        parser.error("give either a question or --queries FILE.jsonl")
    if options.command == "ask" and options.after and options.queries is not None:
        parser.error("--after goes with one question")
    return options


def _add_conversations(parser: ArgumentParser, every: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions")
    parser.set_defaults(action="list")
    actions.add_parser("list", parents=[every], help="list the conversations, newest first (default)")
    search = actions.add_parser("search", parents=[every], help="list those that have these words")
    search.add_argument("words", nargs="+", metavar="WORDS")
    # Each is about one conversation.
    about: dict[str, ArgumentParser] = {}
    for action, words in (
        ("show", "show the questions and answers of a conversation"),
        ("rename", "give a conversation another name"),
        ("remove", "remove a conversation"),
        ("export", "write a conversation to a file, with its citations and all hashes"),
        ("repeat", "ask the questions of a conversation again, and say what differs"),
    ):
        about[action] = actions.add_parser(action, parents=[every], help=words)
        about[action].add_argument("id", type=_positive, metavar="ID")
    about["rename"].add_argument("name", metavar="NAME")
    about["export"].add_argument("-o", "--out", type=_path, required=True, metavar="FILE.md|html|pdf")


def _add_models(parser: ArgumentParser, every: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions", required=True)
    listing = actions.add_parser("list", parents=[every], help="list the models at hand, and how each fits")
    listing.add_argument("--catalogue", action="store_true", help="those of the catalogue too, at hand or not")
    recommend = actions.add_parser(
        "recommend", parents=[every], help="say which model writes here, which would be worth having, and why"
    )
    recommend.add_argument(
        "--task", choices=TASKS, default="chat", help="what it is to do: %(choices)s (default: %(default)s)"
    )
    recommend.add_argument(
        "--language", action="append", default=[], metavar="CODE", help="that it must know, such as de; may be repeated"
    )
    recommend.add_argument(
        "--refuse", action="append", default=[], choices=CONDITIONS, help="a condition of licences; may be repeated"
    )
    use = actions.add_parser("use", parents=[every], help="choose the model that writes")
    use.add_argument("id", metavar="ID|auto", help="auto: the best that fits")
    limit = actions.add_parser("limit", parents=[every], help="say how much memory all models together may take")
    limit.add_argument("size", type=_size, metavar="4G|none", help="in M, G or T; none: as much as is free")
    connect = actions.add_parser(
        "connect", parents=[every], help="use the models of an OpenAI-compatible server on this computer"
    )
    connect.add_argument("url", metavar="URL", help="such as http://127.0.0.1:8080/v1")
    disconnect = actions.add_parser("disconnect", parents=[every], help="use the models of a server no longer")
    disconnect.add_argument("url", metavar="URL")
    measure = actions.add_parser("measure", parents=[every], help="load a model, have it answer, and say what it took")
    measure.add_argument("id", metavar="ID", help="as models list shows it")
    measure.add_argument("--context", type=_positive, metavar="N", help="tokens to load it for (default: as it fits)")
    qualify = actions.add_parser(
        "qualify", parents=[every], help="ask a model that writes questions with known answers: is it good enough?"
    )
    qualify.add_argument("id", metavar="ID", help="as models list shows it")
    bring = actions.add_parser("import", parents=[every], help="bring a model in")
    bring.add_argument(
        "what", metavar="X.lpack|GGUF|FOLDER|ollama:NAME", help="of a GGUF in several files, any of them"
    )
    pack = actions.add_parser("pack", parents=[every], help="make a model pack, to carry to another computer")
    pack.add_argument("what", type=_path, metavar="FILE|DIR", help="a GGUF file, or a folder with a manifest.json")
    pack.add_argument("-o", "--out", type=_path, required=True, metavar="X.lpack")
    pack.add_argument("--licence", type=_path, metavar="FILE", help="the text of the model's licence")
    pack.add_argument("--key", type=_path, metavar="KEY.pem", help="an Ed25519 private key to sign the pack with")
    verify = actions.add_parser(
        "verify", parents=[every], help="compute the hashes of models that were brought in again"
    )
    verify.add_argument("id", nargs="?", metavar="ID", help="(default: all)")
    remove = actions.add_parser("remove", parents=[every], help="remove a model that was brought in")
    remove.add_argument("id", metavar="ID")


def _add_evaluation(parser: ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        type=_path,
        metavar="DIR",
        help="a set: corpus.jsonl or the files in pdfs, queries.jsonl, qrels.tsv, perhaps queries_unanswerable.jsonl",
    )
    parser.add_argument(
        "--mode",
        choices=("search", "extractive", "generated"),
        default="extractive",
        help="search: find only, ask nothing; else which answer is looked at (default: %(default)s)",
    )
    parser.add_argument(
        "--ranking",
        choices=RANKINGS,
        default="all",
        help="what passages are ranked by: less than all shows what each part is worth (default: %(default)s)",
    )
    parser.add_argument(
        "--unanswerable", type=_path, metavar="FILE.jsonl", help="more questions that these documents do not answer"
    )
    parser.add_argument(
        "--half",
        type=int,
        choices=(1, 2),
        help="only half of the questions, always the same: choose a setting on one half, and see on the other",
    )
    parser.add_argument("--limit", type=_positive, metavar="N", help="about so many questions, from every part")
    parser.add_argument("--keep", type=_path, metavar="DIR", help="keep the library there, and use it the next time")
    parser.add_argument("--out", type=_path, metavar="RUN.jsonl", help="keep what came of each question")
    parser.add_argument("--against", type=_path, metavar="RUN.jsonl", help="compare with a run that was kept")


def _add_questions(parser: ArgumentParser) -> None:
    parser.add_argument("question", nargs="?", metavar="QUESTION")
    parser.add_argument(
        "--queries", type=_path, metavar="FILE.jsonl", help='a file of questions, a line each: {"id": ..., "text": ...}'
    )
    parser.add_argument(
        "--exactly", action="store_true", help="look for these words alone: none is mistyped, none left out"
    )


def _add_scope(parser: ArgumentParser) -> None:
    scope = parser.add_argument_group(
        "scope",
        "Search some of the documents only. What may be repeated gives alternatives; different options combine.",
    )
    scope.add_argument("--collection", action="append", default=[], metavar="NAME", help="this one; may be repeated")
    scope.add_argument(
        "--folder", action="append", default=[], type=_path, metavar="DIR", help="what lies below it; may be repeated"
    )
    scope.add_argument(
        "--document",
        action="append",
        default=[],
        type=_path,
        metavar="PATH|SHA256",
        help="this one; may be repeated",
    )
    scope.add_argument(
        "--type", action="append", default=[], help="such as pdf, docx, html, md or txt; may be repeated"
    )
    scope.add_argument(
        "--since", type=_day, metavar="YYYY-MM-DD", help="files that were changed last on this day or later"
    )
    scope.add_argument(
        "--until", type=_day, metavar="YYYY-MM-DD", help="files that were changed last on this day or earlier"
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no day: write it like 2024-01-31") from error


def _path(text: str) -> Path:
    # An empty path would mean the current folder, and is what is left of a variable that is not set.
    if not text:
        raise ArgumentTypeError("the path is empty")
    return Path(text)


def _question(text: str) -> str:
    if not text.strip():
        raise ArgumentTypeError("the question is empty")
    return text


def _conversation(text: str) -> str | int:
    return NEW if text == NEW else _positive(text)


def _size(text: str) -> int | None:
    if text.lower() == "none":
        return None
    read = _SIZE.fullmatch(text)
    size = int(float(read[1]) * _UNITS[read[2].upper()]) if read else 0
    if not 0 < size < _LARGEST:
        raise ArgumentTypeError(f"{text!r} is no size: write it like 4G, 1.5G or 512M, or none")
    return size


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError(f"{text!r} is not a whole number of 1 or more")
    return int(text)
