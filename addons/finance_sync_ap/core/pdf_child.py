"""Run in a process of its own: what is in a PDF, as JSON on standard output.

A PDF is a program in disguise: references that go round, streams that unpack to
gigabytes, tables without an end. Whatever it does, it does here, within limits that
the system itself enforces. Imports nothing of ours.

Usage: the PDF on standard input.
"""

import base64
import io
import json
import logging
import resource
import sys

MEMORY = 1_500_000_000
SECONDS = 20
MAX_PAGES = 50
MAX_TEXT = 300_000
MAX_EMBEDDED = 20_000_000
# Names that Factur-X, ZUGFeRD 1 and 2, and XRechnung give to the invoice.
NAMES = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml")


def limit():
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _soft, hard = resource.getrlimit(what)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (allowed, allowed))


def read(data):
    """{"pages", "text": [of a page], "invoices": [[name, base64]]} or {"error"}"""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, PyPdfError

    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        # Many are encrypted for everybody to read, with an empty password.
        if reader.is_encrypted and not reader.decrypt(""):
            return {"error": "encrypted"}
        return {
            "pages": len(reader.pages),
            "invoices": _invoices(reader),
            "text": _text(reader),
        }
    except MemoryError:
        return {"error": "too_large"}
    except DependencyError:
        # Locked in a way that is not installed here.
        return {"error": "encrypted"}
    except (PyPdfError, RecursionError, *_BROKEN):
        return {"error": "bad_pdf"}


# What a reader of other people's bytes stumbles over.
_BROKEN = (
    ArithmeticError,
    AttributeError,
    AssertionError,
    LookupError,
    NotImplementedError,
    OSError,
    TypeError,
    ValueError,
)


def _invoices(reader):
    found = []
    for name, contents in reader.attachments.items():
        if name.lower() in NAMES:
            found += [
                [name, base64.b64encode(content[: MAX_EMBEDDED + 1]).decode()]
                for content in contents
            ]
    return found


def _text(reader):
    pages, left = [], MAX_TEXT
    for number, page in enumerate(reader.pages):
        if number >= MAX_PAGES or left <= 0:
            break
        text = (page.extract_text() or "").replace("\0", "")[:left]
        pages.append(text)
        left -= len(text)
    return pages


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    limit()
    json.dump(read(sys.stdin.buffer.read()), sys.stdout)
