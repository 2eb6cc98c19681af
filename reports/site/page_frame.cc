// The policy allows exactly the style and the script that stand in the page, by their hashes, and
// script files beside it ('self': the sample chunks). What a model wrote can therefore not run even
// if an escape were missing somewhere.

#include "reports/site/page_frame.h"

#include <fmt/format.h>

#include "reports/escape.h"
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
    if (first < end && text.compare(first, 2, "//") != 0)
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

}  // namespace

Result<PageFrame> PageFrame::load(std::vector<NavigationEntry> navigation, Language language,
                                  Bilingual footer) {
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

std::string PageFrame::render(const Page& page) const {
  std::string script = script_of(page);
  std::string title_ko = html_escape(page.title.ko + " · 장원 Jangwon");
  std::string title_en = html_escape(page.title.en + " · Jangwon");
  Html html;
  html.markup(
      fmt::format("<!doctype html>\n<html lang=\"{}\" data-theme=\"auto\" data-title-ko=\"{}\" "
                  "data-title-en=\"{}\">\n<head>\n",
                  name_of(language_), title_ko, title_en));
  html.markup("<meta charset=\"utf-8\">\n");
  html.markup(
      fmt::format("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                  "style-src {}; script-src 'self' "
                  "{}; img-src data:; base-uri 'none'; form-action 'none'\">\n",
                  hash_source(css_), hash_source(script)));
  html.markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
  html.markup(
      "<meta name=\"robots\" content=\"noindex\">\n<meta name=\"referrer\" "
      "content=\"no-referrer\">\n");
  html.markup("<link rel=\"icon\" href=\"data:,\">\n");
  html.markup(fmt::format("<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n",
                          language_ == Language::kKorean ? title_ko : title_en, css_));
  html.markup("<a class=\"skip\" href=\"#!main\">")
      .both(Message("Skip to content"))
      .markup("</a>\n<header><div>");
  html.markup(navigation_.empty()
                  ? "<a class=\"brand\" href=\"#!main\">"  // one file: nowhere else to go
                  : "<a class=\"brand\" href=\"index.html\" data-page=\"index.html\">");
  html.markup("<b>壯元</b> 장원 Jangwon</a><nav");
  html.both_attribute("aria-label", "쪽", "Pages").markup(">");
  for (const NavigationEntry& entry : navigation_) {
    html.markup(fmt::format("<a href=\"{}\" data-page=\"{}\"{}>", entry.file, entry.file,
                            entry.file == page.file ? " aria-current=\"page\"" : ""));
    html.both(entry.title).markup("</a>");
  }
  html.markup(
      "</nav><div class=\"tools\"><button id=\"lang\" type=\"button\"><span "
      "lang=\"ko\">English</span><span "
      "lang=\"en\">한국어</span></button> <button id=\"theme\" type=\"button\">");
  html.both("밝게·어둡게", "Light or dark")
      .markup("</button></div></div></header>\n<main id=\"!main\" tabindex=\"-1\">\n<h1>");
  html.both(page.title).markup("</h1>\n<p class=\"lead\">").both(page.lead).markup("</p>\n");
  html.markup(
      "<p class=\"note\" id=\"invalid\" hidden></p><p class=\"sr\" id=\"live\" "
      "role=\"status\"></p>\n");
  html.markup(page.body);
  html.markup("</main>\n<footer><div><p>").both(footer_).markup("</p></div></footer>\n");
  if (!page.data_json.empty()) {
    html.markup("<script type=\"application/json\" id=\"data\">")
        .markup(json_for_script(page.data_json))
        .markup("</script>\n");
  }
  html.markup("<script>").markup(script).markup("</script>\n</body>\n</html>\n");
  return html.str();
}

}  // namespace jangwon::reports
