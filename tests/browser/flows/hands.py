"""Hands that fill in and follow: with the keyboard alone, or by mouse where no script runs."""

import re
from pathlib import Path

from playwright.sync_api import Download, Locator, Page, expect

MOST_TABS = 700


class Hands:
    """Fills in and follows: with Tab, letters and Enter, or by mouse where no script runs."""

    def __init__(self, page: Page, *, keyboard: bool) -> None:
        self.page = page
        self.keyboard = keyboard

    def another(self) -> "Hands":
        """The same person with a second tab."""
        return Hands(self.page.context.new_page(), keyboard=self.keyboard)

    def reach(self, target: str) -> Locator:
        """Hold Tab down until the element has the focus."""
        self.page.wait_for_load_state()
        found = self.page.locator(target).first
        expect(found).to_be_attached(timeout=60_000)
        for _ in range(MOST_TABS):
            if found.evaluate("(e) => e === document.activeElement"):
                self.page.keyboard.up("Tab")
                return found
            self.page.keyboard.down("Tab")
        raise AssertionError(f"Tab does not reach {target}")

    def choose(self, field: str, value: str) -> None:
        """An option of a list, by its first letters or by the arrows."""
        if not self.keyboard:
            self.page.select_option(field, value)
            return
        found = self.reach(field)
        label = found.locator(f'option[value="{value}"]').first.evaluate("(o) => o.label")
        self.page.keyboard.type(re.split(r" [(·]", label)[0])
        for _ in range(20):
            if found.input_value() == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{label} cannot be chosen in {field} by keyboard")

    def write(self, field: str, text: str) -> None:
        if not self.keyboard:
            self.page.fill(field, text)
            return
        self.reach(field)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def paste(self, field: str, text: str) -> None:
        """What nobody types."""
        if not self.keyboard:
            self.page.fill(field, text)
            return
        self.reach(field)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def press(self, target: str) -> None:
        """A link, a button or a fold."""
        if self.keyboard:
            self.reach(target)
            self.page.keyboard.press("Enter")
        else:
            self.page.locator(target).first.click()

    def tick(self, target: str) -> None:
        """A choice among some."""
        if self.keyboard:
            self.reach(target)
            self.page.keyboard.press("Space")
        else:
            self.page.locator(target).first.check()

    def upload(self, field: str, file: Path) -> None:
        """Choose a file: the system's own window takes over where the page ends."""
        if not self.keyboard:
            self.page.set_input_files(field, file)
            return
        self.reach(field)
        with self.page.expect_file_chooser() as opened:
            self.page.keyboard.press("Space")
        opened.value.set_files(file)

    def fetch(self, target: str) -> Download:
        """Follow a link to a file."""
        with self.page.expect_download() as started:
            self.press(target)
        return started.value

    def answer(self, *settings: str, button: str = "text=Show the answer") -> None:
        """Wait for the answer to the form; without a script, ask for it."""
        if not self.keyboard:
            self.page.click(button)
        for setting in settings:
            expect(self.page).to_have_url(re.compile(re.escape(setting)), timeout=20_000)
