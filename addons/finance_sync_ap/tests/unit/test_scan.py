"""The text of scans: recognised where the programs are, typed where they are not."""

import sys

import pytest
from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.finance_sync_ap.core import scan
from odoo.addons.finance_sync_ap.core.bill_file import read_bill_file
from odoo.addons.finance_sync_ap.core.scan import (
    Tools,
    about,
    lines_of,
    read_scan,
    tools,
)

from .paper import page, picture

needs_tesseract = pytest.mark.skipif(
    not tools().complete, reason="tesseract or pdftoppm is not installed"
)
HEAD = (
    "level page_num block_num par_num line_num word_num left top width height conf text"
)


def table(*rows):
    return "\n".join("\t".join(row.split(" ", 11)) for row in (HEAD, *rows))


def word(line, text, conf="96.5", block=1):
    return f"5 1 {block} 1 {line} 1 0 0 9 9 {conf} {text}"


@needs_tesseract
def test_what_is_printed_in_a_picture_is_read_line_by_line():
    pdf = picture(
        "Papier Ott GmbH DE136695976",
        "Invoice R-2026-0007 of 02.03.2026",
        "Total 1.000,00",
    )
    assert not read_bill_file(pdf).text.strip()
    assert read_scan(pdf).splitlines() == [
        "Papier Ott GmbH DE136695976",
        "Invoice R-2026-0007 of 02.03.2026",
        "Total 1.000,00",
    ]


@needs_tesseract
def test_an_empty_page_has_no_text():
    assert read_scan(page()).strip() == ""


@needs_tesseract
def test_what_is_no_pdf_or_takes_too_long_is_said(monkeypatch):
    with pytest.raises(ContractError) as caught:
        read_scan(b"%PDF-1.4 and nothing else")
    assert caught.value.code == "bad_scan"
    monkeypatch.setattr(scan, "SECONDS", 0.0)
    with pytest.raises(ContractError) as caught:
        read_scan(picture("Slow"))
    assert caught.value.code == "too_slow"


@needs_tesseract
def test_the_connection_says_in_which_languages():
    assert "is recognised (" in about()
    assert "eng" in about()


def test_without_the_programs_it_is_said_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tools() == Tools()
    assert "tesseract-ocr, poppler-utils" in about()
    with pytest.raises(ContractError) as caught:
        read_scan(page())
    assert caught.value.code == "no_ocr"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("while True: pass", "too_slow"),
        ("bytearray(10**9)", "bad_scan"),
        ("open('big', 'wb').write(b'x' * 10**7)", "bad_scan"),
        ("import os; assert set(os.environ) <= set(NAMES)", ""),
    ],
)
def test_programs_run_within_limits(monkeypatch, tmp_path, body, code):
    """Of time, memory and files; and without our environment."""
    monkeypatch.setattr(scan, "CPU_SECONDS", 1)
    monkeypatch.setattr(scan, "MEMORY", 500_000_000)
    monkeypatch.setattr(scan, "MAX_FILE", 1_000_000)
    names = "NAMES = ['OMP_THREAD_LIMIT', 'LC_ALL', 'LC_CTYPE', 'TMPDIR']"
    arguments = ("-I", "-c", f"{names}\n{body}")
    deadline = scan.time.monotonic() + 20

    def run():
        scan._run(tmp_path, deadline, sys.executable, *arguments)

    if not code:
        run()
        return
    with pytest.raises(ContractError) as caught:
        run()
    assert caught.value.code == code


def test_words_become_lines_and_noise_is_left_out():
    text = table(
        word(1, "Total"),
        word(1, '"1.000,00'),
        word(2, "|", "12.0"),
        word(2, " ", "95"),
        word(3, "Net", "none"),
        word(1, "Thanks", block=2),
    )
    assert list(lines_of(text)) == ['Total "1.000,00', "Thanks"]
    assert list(lines_of("")) == []
