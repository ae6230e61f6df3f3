"""How long a PDF takes, beside the floor: an empty fpdf2 document with the same fonts.

python benchmarks/bench_pdf.py
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from fpdf import FPDF

sys.path.insert(0, str(Path(__file__).parents[1]))

from finance_app.documents.invoice_pdf import render_pdf
from finance_app.documents.typeface import FOLDER, REGULAR, SEMIBOLD
from tests.documents.samples import invoice


def floor() -> bytes:
    """What fpdf2 alone takes to open both fonts, put one letter of each on a page and close the file."""
    file = FPDF()
    file.add_page()
    for cut in (REGULAR, SEMIBOLD):
        file.add_font(cut, fname=FOLDER / f"{cut}.ttf")
        file.set_font(cut)
        file.cell(text="a")
    return bytes(file.output())


def milliseconds(draw: Callable[[], bytes], runs: int) -> float:
    draw()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        draw()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def main() -> None:
    start = time.perf_counter()
    render_pdf(invoice(1))
    cold = (time.perf_counter() - start) * 1000
    base = milliseconds(floor, 10)
    print(f"{'document':28}{'median ms':>11}{'x floor':>9}{'kB':>7}")
    print(f"{'floor: empty, same fonts':28}{base:11.1f}{1:9.2f}{len(floor()) / 1000:7.0f}")
    for name, count, runs in (("1 page", 5, 40), ("3 pages", 40, 40), ("1,296 lines", 1296, 7)):
        document = invoice(count, "fr")
        took = milliseconds(lambda document=document: render_pdf(document), runs)
        size = len(render_pdf(document)) / 1000
        print(f"{name:28}{took:11.1f}{took / base:9.2f}{size:7.0f}")
    print(f"first document of a process, parsing the fonts: {cold:.0f} ms")


if __name__ == "__main__":
    main()
