"""An expense on a telephone: photographed, approved, billed in the wizard, locked, and back by a void."""

import io
import re

from PIL import Image
from playwright.sync_api import Page, expect

from tests.documents.test_receipt import ORIENTATION, archive, pdf

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def photograph() -> bytes:
    """Taken lying: its pixels are wide, its mark says that it stands."""
    image = Image.new("RGB", (640, 360), "white")
    mark = Image.Exif()
    mark[ORIENTATION] = 6
    out = io.BytesIO()
    image.save(out, "JPEG", exif=mark)
    return out.getvalue()


def file(name: str, content: bytes) -> dict:
    return {"name": name, "mimeType": "image/jpeg", "buffer": content}


def photograph_and_save(page: Page) -> None:
    """Photograph, amount, project, billable, save."""
    page.goto("/expenses/new")
    page.locator("#receipt-camera").set_input_files(file("IMG_0001.jpg", photograph()))
    expect(page.locator(".receipt-row")).to_have_count(1)
    page.get_by_label("Amount", exact=True).fill("120")
    page.get_by_role("combobox", name="Project").fill("Claims")
    page.get_by_role("option", name=re.compile("Claims app")).click()
    page.get_by_label("Billable to the client").check()
    page.get_by_label("Merchant").fill("Hôtel Bellevue")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile(r"/expenses/\d+/?$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Hôtel Bellevue")


def bring_receipts(page: Page) -> None:
    """What is none is refused in words, all at once; a PDF is one whatever its name."""
    picture = page.locator(".receipt-pages img").first
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalHeight > image.naturalWidth"), "it was not turned upright"
    page.locator("#receipt").set_input_files(
        [
            file("empty.jpg", b""),
            file("drawing.png", SVG),
            file("bomb.jpg", archive()),
            file("slip.jpg", pdf(pages=2)),
        ]
    )
    expect(page.get_by_role("alert").filter(has_text="empty.jpg")).to_contain_text("is empty")
    expect(page.get_by_role("alert").filter(has_text="drawing.png")).to_contain_text("SVG")
    expect(page.get_by_role("alert").filter(has_text="bomb.jpg")).to_contain_text("archive")
    slip = page.locator(".receipt-full").filter(has_text="slip.pdf")
    expect(slip.locator("img")).to_have_count(2)
    slip.locator("input[type=file]").set_input_files(file("better.jpg", photograph()))
    expect(page.locator(".receipt-full").filter(has_text="better.jpg")).to_be_visible()
    expect(slip).to_have_count(0)
    page.locator(".receipt-full").filter(has_text="better.jpg").get_by_role("button", name="Remove").click()
    expect(page.locator(".receipt-full")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".receipt-full")).to_have_count(2)


def bill(page: Page) -> None:
    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".title-line .badge", has_text="To bill")).to_be_visible()
    page.goto("/invoices/new?client=7&projects=0")
    ours = page.locator("tr").filter(has_text="Hôtel Bellevue")
    expect(ours).to_contain_text("120.00")
    ours.get_by_role("checkbox").click()
    expect(ours.get_by_role("checkbox")).to_be_checked()
    expect(page.locator(".wizard-aside .tile-value")).to_contain_text("1")
    page.get_by_role("button", name="Next", exact=True).click()
    page.wait_for_url(re.compile("/lines"))
    expect(page.get_by_role("cell", name=re.compile("Hôtel Bellevue –"))).to_be_visible()
    page.get_by_role("button", name="Create draft").click()
    page.wait_for_url(re.compile("/edit"))


def state_of(page: Page, address: str, state: str) -> None:
    page.goto(address)
    expect(page.locator(".title-line .badge", has_text=state)).to_be_visible()


def test_from_a_photograph_to_an_invoice_and_back(browser_context, app_server):
    page = browser_context("owner", width=390, server=app_server, has_touch=True, is_mobile=True).new_page()
    photograph_and_save(page)
    expense = page.url
    bring_receipts(page)
    bill(page)
    invoice = re.sub(r"/edit.*", "", page.url)

    state_of(page, expense, "Invoiced")
    expect(page.get_by_role("link", name="Edit", exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)

    page.goto(invoice)
    page.get_by_role("button", name="Send", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("2 receipts of its expenses").select_option(label="As last pages of the PDF")
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"INV-\d{4}-\d{4}"))
    page.get_by_role("button", name="More actions").first.click()
    page.get_by_role("menuitem", name="Void").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("Wrong client")
    page.get_by_role("dialog").get_by_role("button", name="Void").click()
    expect(page.locator(".title-line .badge")).to_have_text("Void")

    state_of(page, expense, "To bill")
    expect(page.get_by_text("Credited: to be billed again")).to_be_visible()
