"""PDFs written for the tests, with or without an invoice embedded."""

import io
from pathlib import Path

import reportlab
from PIL import Image, ImageDraw, ImageFont
from pypdf import PdfWriter
from reportlab.lib.utils import ImageReader
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


def picture(*lines):
    """A PDF of one page that is a picture of these lines, as a scanner makes it."""
    font = ImageFont.truetype(
        str(Path(reportlab.__file__).with_name("fonts") / "Vera.ttf"), 40
    )
    paper = Image.new("L", (1240, 1754), 255)
    draw = ImageDraw.Draw(paper)
    for number, line in enumerate(lines):
        draw.text((120, 120 + 80 * number), line, fill=0, font=font)
    output = io.BytesIO()
    canvas = Canvas(output, pagesize=(595, 842))
    canvas.drawImage(ImageReader(paper), 0, 0, 595, 842)
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
