"""A small WebDriver client (W3C protocol) for chromedriver: standard library only."""

import base64
import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request


class Browser:
    """Headless Chromium behind its driver. Use as a context manager."""

    def __init__(self, chromium, driver, width=1280, height=900, dark=False):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen([driver, f"--port={self.port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                     "--force-device-scale-factor=1", f"--window-size={width},{height}", f"--user-data-dir={self.profile.name}",
                     # Nothing but files may be asked for; a request elsewhere fails at once and shows in the log.
                     "--host-resolver-rules=MAP * ~NOTFOUND"]
        if dark:
            arguments.append("--blink-settings=preferredColorScheme=0")
        capabilities = {"alwaysMatch": {"browserName": "chrome",
                                        "goog:chromeOptions": {"binary": chromium, "args": arguments},
                                        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}
        for _ in range(600):
            try:
                answer = self._ask("POST", "/session", {"capabilities": capabilities})
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        self.session = "/session/" + answer["sessionId"]

    def _ask(self, method, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=300) as response:
                return json.load(response)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"]) from None

    def open(self, url):
        self._ask("POST", self.session + "/url", {"url": url})

    def run(self, script, *arguments):
        return self._ask("POST", self.session + "/execute/sync", {"script": script, "args": list(arguments)})

    def run_async(self, script, *arguments):
        return self._ask("POST", self.session + "/execute/async", {"script": script, "args": list(arguments)})

    def keys(self, text):
        """Types into the focused element, key by key."""
        actions = [{"type": k, "value": c} for c in text for k in ("keyDown", "keyUp")]
        self._ask("POST", self.session + "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def resize(self, width, height):
        self._ask("POST", self.session + "/window/rect", {"width": width, "height": height})

    def media(self, name):
        """Shows the page as on paper ("print"), or as on a screen again ("")."""
        self._ask("POST", self.session + "/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"media": name}})

    def screenshot(self, path):
        """The whole page, not only what fits the window."""
        height = int(self.run("return document.documentElement.scrollHeight"))
        width = int(self.run("return innerWidth"))
        shot = self._ask("POST", self.session + "/goog/cdp/execute",
                         {"cmd": "Page.captureScreenshot",
                          "params": {"captureBeyondViewport": True,
                                     "clip": {"x": 0, "y": 0, "width": width, "height": min(height, 6000), "scale": 1}}})
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def console(self):
        """Messages since the last call: errors and warnings only."""
        entries = self._ask("POST", self.session + "/se/log", {"type": "browser"})
        return [e["message"] for e in entries if e["level"] in ("SEVERE", "WARNING")]

    def requests(self):
        """Addresses asked for since the last call."""
        found = []
        for entry in self._ask("POST", self.session + "/se/log", {"type": "performance"}):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return found

    def close(self):
        try:
            self._ask("DELETE", self.session)
        except Exception:  # the browser may be gone already; the driver is ended below either way
            pass
        self.process.terminate()
        self.process.wait()
        self.profile.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
