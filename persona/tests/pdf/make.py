"""Creates the PDFs of the tests with different programs. All persons in them are fictional.

python3 -m venv v && v/bin/pip install reportlab==5.1.0 fpdf2==2.8.9 pillow==13.0.0 && v/bin/python make.py
It needs Chromium and the DejaVu fonts (`apt-get install chromium fonts-dejavu-core`).
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

HERE = Path(__file__).parent
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
SERIF = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"

CONTACT = ["Contact", "+44 20 7946 0958 (Mobile)", "odalys@quillholm.example", "www.linkedin.com/in/odalys", "(LinkedIn)"]
SKILLS = ["Top Skills", "Lettering", "Fog reading", "Cartography", "Languages", "English (Native)", "Gull (Limited)"]
PAGES = [
    [
        (22, "Odalys Fennimarsh"),
        (11, "Map-maker to the harbour office of Quillholm"),
        (11, "Quillholm, Greater Drift Area"),
        (15, "Summary"),
        (10, "I kept a lighthouse for nineteen years, and now I draw the maps that"),
        (10, "ships need when there is no lighthouse. Find my first chart in the office."),
        (15, "Experience"),
        (12, "Harbour office of Quillholm"),
        (11, "Map-maker"),
        (10, "March 2019 - Present (7 years 8 months)"),
        (10, "Nether Quill"),
        (10, "Charts of the island and of whatever has come up beside it: sixty sheets,"),
        (10, "each with a date in the corner."),
    ],
    [
        (12, "Last-But-One Light"),
        (11, "Keeper"),
        (10, "January 2000 - February 2019 (19 years 2 months)"),
        (10, "One lamp, two storms a week, no ship lost that had not asked for it."),
        (15, "Education"),
        (12, "School of Lights"),
        (10, "Keeper's Certificate, Lenses and Patience · (1996 - 1999)"),
    ],
]


def linkedin():
    """Like an export of LinkedIn: composite fonts (Identity-H) with ToUnicode, a side column, a footer on each page."""
    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(False)
    pdf.add_font("D", fname=FONT)
    for number, lines in enumerate(PAGES, 1):
        pdf.add_page()
        if number == 1:
            column(pdf, 8, 60, [(9, line) for line in CONTACT + SKILLS])
        column(pdf, 75, 30, lines)
        pdf.set_font("D", size=8)
        pdf.set_xy(150, 285)
        pdf.cell(text=f"Page {number} of {len(PAGES)}")
    pdf.output(str(HERE / "linkedin.pdf"))


def column(pdf, left, top, lines):
    for size, line in lines:
        pdf.set_font("D", size=size)
        pdf.set_xy(left, top)
        pdf.cell(text=line)
        top += size * 0.45


CV = """<!doctype html><html lang="de"><meta charset="utf-8"><style>
body { font-family: "DejaVu Serif", serif; font-size: 11pt; } li { margin: 2pt } table { width: 100% }
h1 { font-variant-ligatures: common-ligatures } .right { text-align: right }</style>
<h1>Lebenslauf</h1><p><b>Jörg Müßiggang</b>, Gärtner für schwierige Böden</p>
<p>Nebelstraße 12, 10115 Berlin<br>Telefon: 030 901820<br>joerg@garten.example</p>
<p>Geboren am 3. Mai 1980 in Lüneburg. Ich pflanze Hecken, die offen bleiben, und schneide Bäume,
die sich nicht schneiden lassen wollen. Œuvre, naïveté, façade: auch Französisch geht.</p>
<h2>Erfahrung</h2><table><tr><td>Stadtgärtnerei Größenwahn</td><td class="right">2015 – heute</td></tr>
<tr><td>Moosmuseum Überlingen</td><td class="right">2009 – 2015</td></tr></table>
<ul><li>Efeu &amp; Effizienz: 40 % weniger Gießwasser</li><li>Zażółć gęślą jaźń, Ελληνικά, Кириллица</li></ul></html>"""


def chromium():
    """A page that a browser has printed."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "cv.html"
        page.write_text(CV, encoding="utf-8")
        subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
             f"--user-data-dir={folder}/profile", f"--print-to-pdf={HERE / 'chromium.pdf'}", page.as_uri()],
            check=True, stderr=subprocess.DEVNULL,
        )


def reportlab():
    """Standard fonts with one byte per letter, and an embedded font subset."""
    pdfmetrics.registerFont(TTFont("D", FONT))
    canvas = Canvas(str(HERE / "reportlab.pdf"), pagesize=A4, invariant=1)
    text = canvas.beginText(60, 780)
    text.setFont("Helvetica-Bold", 16)
    text.textLine("Curriculum vitae of Amélie Brouillard")
    text.setFont("Helvetica", 11)
    for line in ["12 rue de la Brume, 75002 Paris", "Née le 3 mai 1980 à Besançon", "", "J'écris des hor-",
                 "loges, et je répare des romans.", "2012 - 2024: Atelier des Retards, Genève"]:
        text.textLine(line)
    text.setFont("D", 11)
    text.textLine("Ещё я говорю по-русски и λίγα ελληνικά.")
    canvas.drawText(text)
    canvas.save()


def word():
    """Like a word processor: one text object per word, with spacing and kerning."""
    canvas = Canvas(str(HERE / "kerned.pdf"), pagesize=A4, invariant=1)
    top = 780
    for line in ["Tiago Neblina draws clocks that are late.", "He answers letters in Portuguese and Welsh.",
                 "Rua das Flores 24, 1200-192 Lisboa", "AWAY TO Yarrow, 2019 - 2021"]:
        text = canvas.beginText(60, top)
        text.setFont("Times-Roman", 12)
        left = 60
        for word in line.split():
            text.setTextOrigin(left, top)
            text.setCharSpace(-0.2)
            text.textOut(word)
            left += pdfmetrics.stringWidth(word, "Times-Roman", 12) - 0.2 * len(word) + 3.2
        canvas.drawText(text)
        top -= 15
    canvas.save()


def photo():
    """A text with a portrait, once as a JPEG and once as raw pixels."""
    noise = Image.effect_noise((60, 60), 90)
    pdf = FPDF(format="A4")
    pdf.add_page()
    pdf.set_font("Helvetica", size=12)
    with tempfile.TemporaryDirectory() as folder:
        for number, ending in enumerate(["jpg", "png"]):
            noise.save(f"{folder}/face.{ending}")
            pdf.image(f"{folder}/face.{ending}", x=150, y=20 + 40 * number, w=30)
    pdf.cell(text="Odalys Fennimarsh, to the right of her own face.")
    pdf.output(str(HERE / "photo.pdf"))


def scanned():
    """An image of a text, without text."""
    image = Image.new("1", (620, 300), 1)
    draw = ImageDraw.Draw(image)
    draw.text((40, 40), "Odalys Fennimarsh\nMap-maker", font=ImageFont.truetype(SERIF, 28))
    image.save(HERE / "scanned.pdf", "PDF", resolution=72)


def locked():
    """One PDF with a password for opening it, and one that only forbids printing."""
    for name, password in [("locked", "quill"), ("no-printing", "")]:
        pdf = FPDF(format="A4")
        pdf.add_page()
        pdf.set_font("Helvetica", size=12)
        pdf.cell(text="The fog library keeps what has been heard in fog.")
        pdf.set_encryption(owner_password="owner", user_password=password)
        pdf.output(str(HERE / f"{name}.pdf"))


if __name__ == "__main__":
    for make in [linkedin, chromium, reportlab, word, photo, scanned, locked]:
        make()
    for made in sorted(HERE.glob("*.pdf")):
        print(made.name, made.stat().st_size, file=sys.stderr)
