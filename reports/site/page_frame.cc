// The policy allows exactly the style and the script that stand in the page, by their hashes, and
// script files beside it ('self': the sample chunks). What a model wrote can therefore not run even
// if an escape were missing somewhere.
//
// With many tasks a bar of links would fill a telephone's first screen. The bar has a few menus
// instead, <details> that need no script, and a menu says which of its pages is open.

#include "reports/site/page_frame.h"

#include <fmt/format.h>

#include "reports/escape.h"
#include "reports/language.h"
#include "reports/site/elements.h"
#include "reports/site/html.h"
#include "runtime/base/file.h"
#include "runtime/base/install_paths.h"
#include "runtime/base/sha256.h"

namespace jangwon::reports {
namespace {

// Without indentation, empty lines and comment lines: what a reader of the source needs and a
// browser does not.
std::string stripped(const std::string& text) {
  std::string out;
  size_t begin = 0;
  while (begin < text.size()) {
    size_t end = std::min(text.find('\n', begin), text.size());
    size_t first = text.find_first_not_of(' ', begin);
    if (first < end && text.compare(first, 2, "//") != 0 && text.compare(first, 2, "/*") != 0)
      out += text.substr(first, end - first) + '\n';
    begin = end + 1;
  }
  return out;
}

std::string base64_of_hex(const std::string& hex) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bits;
  for (char c : hex) {
    int value = c <= '9' ? c - '0' : c - 'a' + 10;
    for (int bit = 3; bit >= 0; --bit)
      bits += static_cast<char>('0' + ((value >> bit) & 1));
  }
  while (bits.size() % 6 != 0)
    bits += "00";
  std::string out;
  for (size_t i = 0; i < bits.size(); i += 6)
    out += kDigits[std::stoi(bits.substr(i, 6), nullptr, 2)];
  while (out.size() % 4 != 0)
    out += '=';
  return out;
}

std::string hash_source(const std::string& content) {
  return fmt::format("'sha256-{}'", base64_of_hex(sha256_hex(content)));
}

Message page_title(const Page& page) {
  return Message("{title} · Jangwon", {{"title", page.title}});
}

Html navigation_link(const NavigationEntry& entry, const Page& page) {
  Element link("a");
  link.set("href", entry.file).set("data-page", entry.file);
  if (entry.file == page.file) link.set("aria-current", "page");
  return link.add(entry.title);
}

// The heading of a menu says where in it the reader is.
Html navigation_menu(const NavigationMenu& menu, const Page& page) {
  Html title = menu.title;
  Element panel("div", "panel");
  bool here = false;
  for (const NavigationGroup& group : menu.groups) {
    std::vector<Html> links;
    for (const NavigationEntry& entry : group.entries) {
      links.push_back(navigation_link(entry, page));
      if (entry.file != page.file) continue;
      here = true;
      title.text(": ").add(entry.title);
    }
    Element part("div");
    if (!group.title.empty()) part.add(Element("p").add(group.title));
    panel.add(part.add(list(links)));
  }
  return Element("details", here ? "here" : "")
      .set("name", "menu")
      .add(Element("summary").add(title))
      .add(panel);
}

}  // namespace

Result<PageFrame> PageFrame::load(std::vector<NavigationMenu> navigation, Language language,
                                  Message footer) {
  PageFrame frame;
  frame.navigation_ = std::move(navigation);
  frame.language_ = language;
  frame.footer_ = std::move(footer);
  JANGWON_ASSIGN_OR_RETURN(const std::string folder, find_installed("reports/assets"));
  JANGWON_ASSIGN_OR_RETURN(const std::string css, read_file(folder + "/site.css"));
  frame.css_ = stripped(css);
  for (const char* name : {"site", "columns", "date_window", "weights", "samples", "flips"}) {
    JANGWON_ASSIGN_OR_RETURN(const std::string script,
                             read_file(fmt::format("{}/{}.js", folder, name)));
    frame.scripts_.emplace_back(name, stripped(script));
  }
  return frame;
}

std::string PageFrame::script_of(const Page& page) const {
  std::string script;
  for (const auto& [name, text] : scripts_) {
    bool wanted = name == "site";
    for (const std::string& other : page.scripts)
      wanted = wanted || other == name;
    if (wanted) script += text;
  }
  return script + "jangwon.restore();\n";
}

size_t PageFrame::script_bytes(const Page& page) const {
  return script_of(page).size();
}

Html PageFrame::head(const Page& page, const std::string& script) const {
  const std::string policy = fmt::format(
      "default-src 'none'; style-src {}; script-src 'self' {}; img-src data:; base-uri 'none'; "
      "form-action 'none'",
      hash_source(css_), hash_source(script));
  return Element("head")
      .add(Element("meta").set("charset", "utf-8"))
      .add(Element("meta").set("http-equiv", "Content-Security-Policy").set("content", policy))
      .add(Element("meta")
               .set("name", "viewport")
               .set("content", "width=device-width, initial-scale=1"))
      .add(Element("meta").set("name", "robots").set("content", "noindex"))
      .add(Element("meta").set("name", "referrer").set("content", "no-referrer"))
      .add(Element("link").set("rel", "icon").set("href", "data:,"))
      .add(Element("title").add(text(say(page_title(page), language_))))
      .add(Element("style").add(Html::drawn(css_)));
}

Html PageFrame::header(const Page& page) const {
  Element brand("a", "brand");
  if (navigation_.empty()) {
    brand.set("href", "#!main");  // one file: nowhere else to go
  } else {
    brand.set("href", "index.html").set("data-page", "index.html");
  }
  brand.add(Element("b").add(text("壯元"))).add(text(" 장원 Jangwon"));
  Element navigation("nav");
  navigation.set_both("aria-label", Message("Pages"));
  for (const NavigationMenu& menu : navigation_) {
    if (!menu.title.empty()) {
      navigation.add(navigation_menu(menu, page));
      continue;
    }
    for (const NavigationGroup& group : menu.groups) {
      for (const NavigationEntry& entry : group.entries)
        navigation.add(navigation_link(entry, page));
    }
  }
  Element tools("div", "tools");
  tools
      .add(Element("button")
               .set("id", "lang")
               .set("type", "button")
               .add(Message::value("한국어", "English")))
      .add(text(" "))
      .add(
          Element("button").set("id", "theme").set("type", "button").add(Message("Light or dark")));
  // Within the header, because whatever stands outside of a landmark is lost to who goes by them.
  return Element("header")
      .add(Element("a", "skip").set("href", "#!main").add(Message("Skip to content")))
      .add(Element("div").add(brand).add(navigation_.empty() ? Html() : navigation).add(tools));
}

std::string PageFrame::render(const Page& page) const {
  const std::string script = script_of(page);
  const BothLanguages title = both_of(page_title(page));
  Element main("main");
  main.set("id", "!main")
      .set("tabindex", "-1")
      .add(Element("h1").add(page.title))
      .add(paragraph(page.lead, "lead"))
      .add(Element("p", "note").set("id", "invalid").set("hidden"))
      .add(Element("p", "sr").set("id", "live").set("role", "status"))
      .add(page.body);
  Element body("body");
  body.add(header(page))
      .add(main)
      .add(Element("footer").add(Element("div").add(paragraph(footer_))));
  if (!page.data_json.empty()) {
    body.add(Element("script")
                 .set("type", "application/json")
                 .set("id", "data")
                 .add(Html::drawn(json_for_script(page.data_json))));
  }
  body.add(Element("script").add(Html::drawn(script)));
  const Html document = Element("html")
                            .set("lang", name_of(language_))
                            .set("data-theme", "auto")
                            .set("data-title-ko", title.ko)
                            .set("data-title-en", title.en)
                            .add(head(page, script))
                            .add(body);
  return "<!doctype html>\n" + document.str() + "\n";
}

}  // namespace jangwon::reports
