"""What is said of grammars (GBNF, the notation of llama.cpp) that an answer cannot be held to."""

from app.domain.errors import UsageFault


def wrong(reason: str) -> UsageFault:
    """Return what to say of a grammar that cannot be read, for this reason."""
    return UsageFault(f"The grammar that the answer must follow is wrong: {reason}", "Correct it: it is in GBNF.")


def unbound(name: str) -> UsageFault:
    """Return what to say where a model with this name cannot be held to any."""
    return UsageFault(
        f"The model {name} cannot be held to a grammar: its server takes none.",
        "Ask it without one, or choose a model that runs in Lectern or on llama-server.",
    )
