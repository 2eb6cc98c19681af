"""Opens a site from disk in headless Chromium and checks what only a browser can tell.

usage: check_site.py --site DIR --hostile DIR --large DIR [--axe axe.min.js] [--shots DIR]

One line a check, "ok NAME" or "FAILED NAME: why"; the exit code is the number of failures.
"""

import argparse
import pathlib
import shutil
import sys

from webdriver import Browser

FAILURES = 0


def check(name, condition, detail=""):
    global FAILURES
    if condition:
        print("ok", name)
    else:
        FAILURES += 1
        print(f"FAILED {name}: {detail}")


def url(folder, page, fragment=""):
    return pathlib.Path(folder, page).resolve().as_uri() + fragment


def pages_of(folder):
    return sorted(p.name for p in pathlib.Path(folder).glob("*.html"))


def quiet(browser, name):
    """No console error and no request but for files."""
    messages = browser.console()
    check(f"{name}: console is silent", not messages, messages[:3])
    foreign = [r for r in browser.requests() if not r.startswith(("file:", "data:", "about:", "chrome:"))]
    check(f"{name}: no network request", not foreign, foreign[:3])


def check_sorting(browser, site):
    browser.open(url(site, "index.html"))
    values = "return [...document.querySelectorAll('#scores tbody:nth-of-type(1) tr:not(.section)')].map(r => r.cells[arguments[0]].dataset.v ?? r.cells[arguments[0]].textContent)"
    browser.run("document.querySelectorAll('#scores th button')[1].click()")
    first = [float(v) for v in browser.run(values, 1) if v != ""]
    check("sorting: first click on a score is descending", first == sorted(first, reverse=True) and len(first) > 1, first)
    check("sorting: one aria-sort", browser.run("return document.querySelectorAll('#scores [aria-sort]').length") == 1)
    browser.run("document.querySelectorAll('#scores th button')[1].click()")
    second = [float(v) for v in browser.run(values, 1) if v != ""]
    check("sorting: second click is ascending", second == sorted(second), second)
    check("sorting: the hash holds it", "sort=scores.1.a" in browser.run("return location.hash"), browser.run("return location.hash"))
    check("sorting: it is announced", browser.run("return document.getElementById('live').textContent") != "")
    browser.run("history.back()")
    browser.run_async("setTimeout(arguments[0], 200)")
    check("sorting: the back button restores", "sort=scores.1.d" in browser.run("return location.hash"), browser.run("return location.hash"))
    browser.open(url(site, "index.html", "#sort=scores.1.a"))
    third = [float(v) for v in browser.run(values, 1) if v != ""]
    check("sorting: a link restores it", third == sorted(third), third)


def check_filters(browser, site):
    browser.open("about:blank")
    browser.open(url(site, "index.html"))
    shown = "return [...document.querySelectorAll('#scores tbody tr[data-f]')].filter(r => !r.hidden).length"
    before = browser.run(shown)
    browser.run("const s = document.querySelector('[data-key=source]'); s.value = 'measured'; s.dispatchEvent(new Event('change'))")
    after = browser.run(shown)
    check("filters: fewer rows", 0 < after < before, (before, after))
    check("filters: in the hash", "source=measured" in browser.run("return location.hash"))
    browser.open("about:blank")
    browser.open(url(site, "index.html", "#source=nonsense&other=kept"))
    check("filters: an invalid value is named", "source" in browser.run("return document.getElementById('invalid').textContent"))
    check("filters: and ignored", browser.run(shown) == before)
    browser.run("document.querySelector('[data-column]').click()")
    check("columns: hidden", browser.run("return document.querySelectorAll('#scores td[data-c][hidden]').length") > 0)
    check("hash: unknown keys are kept", "other=kept" in browser.run("return location.hash"), browser.run("return location.hash"))


def check_language_and_theme(browser, site):
    browser.open("about:blank")
    browser.open(url(site, "index.html"))
    check("language: Korean first", browser.run("return document.documentElement.lang") == "ko")
    korean = browser.run("return document.querySelector('h1').innerText")
    browser.run("document.getElementById('lang').click()")
    english = browser.run("return document.querySelector('h1').innerText")
    check("language: switches", browser.run("return document.documentElement.lang") == "en" and korean != english, (korean, english))
    check("language: nothing Korean is left over but names", "모델" not in browser.run("return document.querySelector('#scores').innerText"))
    check("language: links carry it", "lang=en" in browser.run("return document.querySelector('nav a').getAttribute('href')"))
    browser.run("document.getElementById('theme').click()")
    check("theme: switches", browser.run("return document.documentElement.dataset.theme") in ("dark", "light"))
    check("theme: in the hash", "theme=" in browser.run("return location.hash"))


def check_date_window(browser, site):
    browser.open(url(site, "task-livecodebench_v6.html"))
    if not browser.run("return !!document.getElementById('from')"):
        print("skipped date window: this site has no contest dates")
        return
    size = "return parseInt(document.getElementById('window-n').textContent)"
    whole = browser.run(size)
    row = "const r = document.querySelector('#window tbody tr'); return [r.cells[1].textContent, r.cells[2].textContent]"
    dynamic = browser.run(row)
    static = browser.run("const name = document.querySelector('#window tbody th').textContent; const row = [...document.querySelectorAll('#scores tbody tr')].find(r => r.cells[1] && r.cells[0].firstChild.textContent === name); return row.cells[1].innerText.split('\\n')[0]")
    check("window: the whole window gives the table's score", static.startswith(dynamic[0]), (static, dynamic))
    check("window: and its interval", dynamic[1].strip("[]") in static, (static, dynamic))
    browser.run("const s = document.getElementById('from'); s.selectedIndex = 2; s.dispatchEvent(new Event('change'))")
    check("window: fewer problems", 0 < browser.run(size) < whole, (whole, browser.run(size)))
    check("window: in the hash", "from=" in browser.run("return location.hash"))
    browser.run("document.getElementById('to-range').value = 2; document.getElementById('to-range').dispatchEvent(new Event('input'))")
    check("window: the slider moves the select", browser.run("return document.getElementById('to').selectedIndex") == 2)


def check_samples(browser, site, name):
    browser.open(url(site, "samples.html"))
    if not browser.run("return !!document.querySelector('#list button')"):
        check(f"{name}: the list has questions", False, "no buttons")
        return
    total = browser.run("return parseInt(document.getElementById('s-n').textContent)")
    check(f"{name}: the list is windowed", browser.run("return document.querySelectorAll('#list button').length") <= 26 and total > 0, total)
    check(f"{name}: nothing is loaded before it is asked for", browser.run("return document.querySelectorAll('script[src]').length") == 0)
    browser.run("document.getElementById('s-pattern').value = 'mixed'; document.getElementById('s-pattern').dispatchEvent(new Event('change'))")
    mixed = browser.run("return parseInt(document.getElementById('s-n').textContent)")
    check(f"{name}: filtered by outcome", mixed < total, (mixed, total))
    browser.run("document.querySelector('#list button').click()")
    browser.run_async("const done = arguments[0]; const wait = n => document.querySelector('#transcript pre') || n > 100 ? done() : setTimeout(() => wait(n + 1), 50); wait(0)")
    check(f"{name}: a transcript is loaded", browser.run("return document.querySelectorAll('#transcript pre').length") > 0)
    check(f"{name}: from classic scripts", browser.run("return document.querySelectorAll('script[src]').length") > 0)
    check(f"{name}: the hash names the question", "id=" in browser.run("return location.hash"))


def check_keyboard(browser, site):
    browser.open("about:blank")
    browser.open(url(site, "index.html"))
    tab, enter, space = "\ue004", "\ue007", " "
    browser.keys(tab)
    check("keyboard: the skip link comes first", browser.run("return document.activeElement.className") == "skip")
    browser.run("document.querySelectorAll('#scores th button')[1].focus()")
    browser.keys(space)
    check("keyboard: space sorts", browser.run("return document.querySelectorAll('#scores [aria-sort]').length") == 1)
    browser.run("document.getElementById('lang').focus()")
    browser.keys(enter)
    check("keyboard: enter switches the language", browser.run("return document.documentElement.lang") == "en")
    unreachable = browser.run("return [...document.querySelectorAll('.scroll')].filter(e => e.tabIndex !== 0).length")
    check("keyboard: scrolling regions can be focused", unreachable == 0, unreachable)


def check_reflow(browser, site):
    browser.resize(360, 800)
    for page in pages_of(site):
        browser.open(url(site, page))
        over = browser.run("return document.documentElement.scrollWidth - innerWidth")
        check(f"{page}: no sideways scrolling at 360 px", over <= 1, over)
    small = "return [...document.querySelectorAll('button, select, input')].filter(e => e.offsetParent && (e.offsetHeight < 18 || e.closest('label, .bar') === null && e.offsetHeight < 24)).map(e => e.outerHTML.slice(0, 80))"
    browser.resize(1280, 900)
    browser.open(url(site, "index.html"))
    check("targets are at least 24 px high", not browser.run(small), browser.run(small)[:3])


def check_menus(browser, site):
    browser.resize(390, 844)
    browser.open("about:blank")
    browser.open(url(site, "task-kmmlu.html"))
    bar = browser.run("return document.querySelector('header').offsetHeight")
    check("menus: the bar leaves the first screen to the page", bar <= 130, bar)
    browser.run("document.querySelector('nav summary').click()")
    panel = browser.run("const r = document.querySelector('nav details[open] .panel').getBoundingClientRect(); return [r.left, r.right - innerWidth, r.bottom - innerHeight]")
    check("menus: one opens inside the window", all(x <= 1 for x in (-panel[0], panel[1], panel[2])), panel)
    browser.run("document.querySelectorAll('nav summary')[1].click()")
    check("menus: one at a time", browser.run("return document.querySelectorAll('nav details[open]').length") == 1)
    browser.run("document.querySelector('h1').click()")
    check("menus: closed by a click elsewhere", browser.run("return document.querySelectorAll('nav details[open]').length") == 0)
    browser.resize(1300, 900)


def check_large(browser, site):
    """Fourteen tasks and twenty models on a telephone, and on paper."""
    check_menus(browser, site)
    browser.resize(390, 844)
    cut = ("return [...document.querySelectorAll('.scroll')].filter(e => e.offsetParent && e.querySelector('caption > span').getBoundingClientRect().width > e.clientWidth + 1).map(e => e.querySelector('table').id)")
    loose = ("return [...document.querySelectorAll('.scroll')].filter(e => { if (!e.offsetParent || e.scrollWidth <= e.clientWidth) return false; e.scrollLeft = 9999; const c = e.querySelector('tbody tr:not(.section) > :first-child'); return c && getComputedStyle(c).position === 'sticky' && Math.abs(c.getBoundingClientRect().left - e.getBoundingClientRect().left) > 2; }).map(e => e.querySelector('table').id)")
    for page in pages_of(site):
        browser.open("about:blank")
        browser.open(url(site, page))
        over = browser.run("return document.documentElement.scrollWidth - innerWidth")
        check(f"large {page}: no sideways scrolling at 390 px", over <= 1, over)
        check(f"large {page}: captions wrap", not browser.run(cut), browser.run(cut))
        check(f"large {page}: the first column stays in sight", not browser.run(loose), browser.run(loose))
    browser.open("about:blank")
    browser.open(url(site, "index.html"))
    top = browser.run("return document.getElementById('scores').getBoundingClientRect().top")
    check("large: the table begins on the first screen", top < 400, top)
    browser.run("document.querySelectorAll('[data-column]').forEach(b => { if (['aime25', 'aime26', 'livecodebench_v6'].includes(b.dataset.column)) b.click(); })")
    wide = browser.run("return [...document.querySelectorAll('[data-over]')].filter(h => !h.hidden).map(h => h.colSpan)")
    check("large: a group is as wide as its columns in sight", sorted(wide) == [1, 1, 3, 6], wide)
    browser.resize(1045, 900)
    browser.open("about:blank")
    browser.open(url(site, "index.html"))
    browser.media("print")
    check("print: no controls", browser.run("return [...document.querySelectorAll('nav, #filters, .tools')].every(e => !e.offsetParent)"))
    over = browser.run("return Math.max(...[...document.querySelectorAll('table')].map(t => t.getBoundingClientRect().width)) - document.querySelector('main').clientWidth")
    check("print: every table fits a page on its side", over <= 1, over)
    browser.media("")
    browser.resize(1300, 900)
    quiet(browser, "large")


def check_axe(browser, site, axe):
    source = pathlib.Path(axe).read_text()
    for page in pages_of(site):
        for fragment in ("#theme=light", "#lang=en&theme=dark"):
            browser.open("about:blank")
            browser.open(url(site, page, fragment))
            browser.run(source)
            found = browser.run_async(
                "const done = arguments[0]; axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
                ".then(r => done(r.violations.map(v => v.id + ': ' + v.nodes.slice(0, 2).map(n => n.html.slice(0, 120) + ' ' + (n.failureSummary || '').slice(0, 200)).join(' | '))), e => done(['error ' + e]))")
            check(f"axe: {page}{fragment}", not found, found[:4])
    browser.console()


def take_shots(browser, site, folder):
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    for width in (390, 1300):
        browser.resize(width, 900)
        for page in pages_of(site):
            for lang, theme in (("ko", "light"), ("en", "dark")):
                browser.open("about:blank")
                browser.open(url(site, page, f"#lang={lang}&theme={theme}"))
                browser.screenshot(f"{folder}/{page[:-5]}-{width}-{lang}-{theme}.png")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--site", required=True)
    parser.add_argument("--hostile")
    parser.add_argument("--large")
    parser.add_argument("--axe")
    parser.add_argument("--shots", help="write screenshots of each page, both languages and themes, here")
    options = parser.parse_args()
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        print("skipped: chromium and chromedriver are not installed")
        return 0
    with Browser(chromium, driver) as browser:
        for page in pages_of(options.site):
            browser.open(url(options.site, page))
            quiet(browser, page)
        check_sorting(browser, options.site)
        check_filters(browser, options.site)
        check_language_and_theme(browser, options.site)
        check_date_window(browser, options.site)
        check_samples(browser, options.site, "samples")
        check_keyboard(browser, options.site)
        check_reflow(browser, options.site)
        quiet(browser, "after all of it")
        if options.hostile:
            for page in pages_of(options.hostile):
                browser.open(url(options.hostile, page))
                check(f"hostile {page}: nothing ran", browser.run("return window.pwned === undefined"))
                quiet(browser, f"hostile {page}")
            check_samples(browser, options.hostile, "hostile samples")
            check("hostile samples: nothing ran", browser.run("return window.pwned === undefined"))
            check("hostile samples: the override is written out", "U+202E" in browser.run("return document.getElementById('transcript').textContent"))
            quiet(browser, "hostile samples")
        if options.large:
            check_large(browser, options.large)
        if options.axe:
            check_axe(browser, options.large or options.site, options.axe)
        if options.shots:
            take_shots(browser, options.large or options.site, options.shots)
    return FAILURES


if __name__ == "__main__":
    sys.exit(min(main(), 100))
