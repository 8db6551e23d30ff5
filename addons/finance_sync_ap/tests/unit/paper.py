"""PDFs written for the tests, with or without an invoice embedded."""

import io

from pypdf import PdfWriter
from reportlab.pdfgen.canvas import Canvas


def page(*lines):
    """A PDF of one page with these lines of text; without any, as a scan has it."""
    output = io.BytesIO()
    canvas = Canvas(output)
    for number, line in enumerate(lines):
        canvas.drawString(72, 770 - 16 * number, line)
    canvas.showPage()
    canvas.save()
    return output.getvalue()


def with_files(pdf, password=None, **files):
    """The PDF with files embedded; ``factur_x`` is named ``factur-x.xml``."""
    writer = PdfWriter(clone_from=io.BytesIO(pdf))
    for name, content in files.items():
        writer.add_attachment(f"{name.replace('_', '-')}.xml", content)
    if password is not None:
        writer.encrypt(password, algorithm="AES-256")
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()
