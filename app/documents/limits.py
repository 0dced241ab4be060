"""What reading one file may cost at most."""

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one file and for the child process that reads it. Beyond any of them the file is skipped.

    Attributes:
        memory_bytes: address space of a child, its libraries included.
        cpu_seconds: processor time for a file, over all threads of the child.
        wall_seconds: time from the request until the answer; also catches what waits without computing.
        pdf_bytes, docx_bytes, text_bytes: size of a file, by format; HTML and Markdown count as text.
        unpacked_bytes: what the parts of a zip-based format may unpack to, together.
        unpacked_ratio: how many times its packed size that may be, once it is over 10 MiB.
        entries: parts of a zip-based format.
        pages, characters: of the text that comes out.
        files_per_child: a child is replaced after so many files, so that what a library leaks stays bounded.
    """

    memory_bytes: int = 1536 * _MIB
    cpu_seconds: int = 120
    wall_seconds: float = 180.0
    pdf_bytes: int = 512 * _MIB
    docx_bytes: int = 128 * _MIB
    text_bytes: int = 24 * _MIB
    unpacked_bytes: int = 128 * _MIB
    unpacked_ratio: int = 200
    entries: int = 20_000
    pages: int = 20_000
    characters: int = 24_000_000
    files_per_child: int = 500
