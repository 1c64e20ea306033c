"""A real JupyterLab in headless Chromium, for the browser tests and the benchmark.

JupyterLab saves by itself, so it never runs on the repository: the caller gives
a folder with copies.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def find_chromium():
    """Path of an installed Chromium or Chrome, or None."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next((path for path in map(shutil.which, names) if path), None)


def has_chromium():
    """Whether there is one; an error where CNNLAB_BROWSER says that it is required."""
    found = find_chromium() is not None
    if not found and os.environ.get("CNNLAB_BROWSER") == "required":
        raise RuntimeError("no Chromium was found, but CNNLAB_BROWSER says that it is required")
    return found


def isolated(home):
    """Environment in which Jupyter touches nothing of the user's."""
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    return os.environ | {name: str(Path(home) / folder) for name, folder in folders.items()}


def choose(settings, plugin, values):
    """Set a JupyterLab plugin's user settings, as the settings editor would."""
    package, name = plugin.split(":")
    file = Path(settings) / package / f"{name}.jupyterlab-settings"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(values), encoding="utf-8")


@contextmanager
def serve(folder, home, theme="light", command=None):
    """Run JupyterLab on a folder of copies.

    Parameters
    ----------
    folder : Path
        Becomes JupyterLab's root.
    home : Path
        An empty folder for Jupyter's own files.
    theme : {"light", "dark"}
    command : list of str, optional
        What to run in place of ``python -m jupyterlab`` (course.py, say); port
        and token are appended.

    Yields
    ------
    str
        The address, with the token left out; the token is "course".
    """
    environment = isolated(home)
    settings = environment["JUPYTERLAB_SETTINGS_DIR"]
    choose(settings, "@jupyterlab/apputils-extension:notification", {"fetchNews": "false"})
    choose(settings, "@jupyterlab/apputils-extension:themes",
           {"theme": "JupyterLab Dark" if theme == "dark" else "JupyterLab Light"})  # fmt: skip
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = command or [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}"]
    with Path(home, "server.log").open("w") as log:
        server = subprocess.Popen(
            [*command, "--no-browser", f"--port={port}", "--IdentityProvider.token=course",
             "--LabApp.expose_app_in_browser=True",
             *(["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else [])],
            env=environment, stdout=log, stderr=subprocess.STDOUT, cwd=folder,
        )  # fmt: skip
        address = f"http://127.0.0.1:{port}"
        try:
            _wait_for(f"{address}/api?token=course", server, Path(home, "server.log"))
            yield address
        finally:
            server.terminate()
            server.wait(timeout=20)


def _wait_for(url, server, log, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8')[-3000:]}")


@contextmanager
def chromium(width=1380, height=1000):
    """A page in headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(60_000)
        yield page
        browser.close()


def open_notebook(page, address, path):
    """Open a notebook in single-document mode and wait until its kernel answers."""
    page.goto(f"{address}/doc/tree/{path}?token=course")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
    page.wait_for_function(CONNECTED)


def start_all(page, seconds=60):
    """Tell JupyterLab to run every cell; returns when the kernel has begun.

    JupyterLab may look idle before the kernel is usable and then drops the
    command silently, so it is given again until a cell answers.
    """
    end = time.monotonic() + seconds
    while not page.evaluate(STARTED):
        if time.monotonic() > end:
            raise TimeoutError("no cell started")
        page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }")
        page.wait_for_timeout(1500)


def run_all(page, seconds=120):
    """Run every cell; returns when the last one is done."""
    start_all(page)
    end = time.monotonic() + seconds
    while page.evaluate(UNFINISHED):
        if time.monotonic() > end:
            raise TimeoutError(f"cells still running after {seconds} s")
        page.wait_for_timeout(250)


CONNECTED = """() => {
  const session = window.jupyterapp?.shell.currentWidget?.sessionContext?.session;
  return session?.kernel?.connectionStatus === 'connected' && session.kernel.status === 'idle';
}"""

# The model knows all cells; the page has only those in view.
STARTED = """() => {
  const cells = [...window.jupyterapp.shell.currentWidget.content.model.cells];
  const prompts = [...document.querySelectorAll('.jp-InputPrompt')];
  return cells.some((cell) => cell.type === 'code' && cell.executionCount !== null)
    || prompts.some((prompt) => prompt.innerText.includes('*'));
}"""

UNFINISHED = """() => {
  const cells = window.jupyterapp.shell.currentWidget.content.model.cells;
  for (const cell of cells)
    if (cell.type === 'code' && cell.sharedModel.getSource().trim() && cell.executionCount === null)
      return true;
  return document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status !== 'idle';
}"""
