// What all pages share: head with the content security policy, navigation, language and theme
// buttons, footer.

#pragma once

#include <string>
#include <vector>

#include "reports/bilingual.h"
#include "runtime/base/status.h"

namespace jangwon::reports {

struct Page {
  std::string file;  // index.html
  Bilingual title;
  Bilingual lead;                    // one sentence under the title
  std::string body;                  // trusted markup
  std::vector<std::string> scripts;  // names of assets beside site.js
  std::string data_json;             // for the scripts; empty when they need none
};

struct NavigationEntry {
  std::string file;
  Bilingual title;
};

class PageFrame {
 public:
  // Reads the assets that come with the program.
  static Result<PageFrame> load(std::vector<NavigationEntry> navigation, Language language,
                                Bilingual footer);

  std::string render(const Page& page) const;
  size_t script_bytes(const Page& page) const;

 private:
  std::string script_of(const Page& page) const;

  std::vector<NavigationEntry> navigation_;
  Language language_ = Language::kKorean;
  Bilingual footer_;
  std::string css_;
  std::vector<std::pair<std::string, std::string>> scripts_;  // name, text
};

}  // namespace jangwon::reports
