// What all pages share: head with the content security policy, navigation, language and theme
// buttons, footer.

#pragma once

#include <string>
#include <vector>

#include "reports/language.h"
#include "reports/site/html.h"
#include "runtime/base/status.h"

namespace jangwon::reports {

struct Page {
  std::string file;  // index.html
  Message title;
  Message lead;  // one sentence under the title
  Html body;
  std::vector<std::string> scripts;  // names of assets beside site.js
  std::string data_json;             // for the scripts; empty when they need none
};

// The navigation: links, and menus with links in groups.
struct NavigationEntry {
  std::string file;
  Message title;
};
struct NavigationGroup {
  Message title;  // may be empty
  std::vector<NavigationEntry> entries;
};
struct NavigationMenu {
  Message title;  // empty: its entries stand in the bar itself
  std::vector<NavigationGroup> groups;
};

class PageFrame {
 public:
  // Reads the assets that come with the program.
  static Result<PageFrame> load(std::vector<NavigationMenu> navigation, Language language,
                                Message footer);

  std::string render(const Page& page) const;
  size_t script_bytes(const Page& page) const;

 private:
  std::string script_of(const Page& page) const;
  Html head(const Page& page, const std::string& script) const;
  Html header(const Page& page) const;

  std::vector<NavigationMenu> navigation_;
  Language language_ = Language::kKorean;
  Message footer_;
  std::string css_;
  std::vector<std::pair<std::string, std::string>> scripts_;  // name, text
};

}  // namespace jangwon::reports
