// A table and not a parser of LaTeX: replies are cut off, unbalanced and full of commands of their
// own, and whatever is not known here stays in the text, where the extractor will refuse it rather
// than guess. Arguments are looked for over a bounded distance, so that a thousand open braces cost
// no more than one. tests/harness/extractors/integer_extractor_test.cc and choice_extractor_test.cc
// read answers through them.

#include "harness/extractors/latex_decoration.h"

#include <algorithm>
#include <array>
#include <string>

namespace jangwon::harness {

namespace {

// An argument longer than this says something; it is left where it is.
constexpr size_t kMaxArgumentBytes = 80;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct Decoration {
  std::string_view name;
  int num_dropped;  // arguments in braces that belong to the command
};

// \begin and \end are here with the environment's name as their argument. Optional ones in
// brackets go with them.
constexpr std::array kWithArguments = {
    Decoration{"color", 1},     Decoration{"textcolor", 1},   Decoration{"colorbox", 1},
    Decoration{"fcolorbox", 2}, Decoration{"mathcolor", 1},   Decoration{"pagecolor", 1},
    Decoration{"fontsize", 2},  Decoration{"raisebox", 1},    Decoration{"scalebox", 1},
    Decoration{"resizebox", 2}, Decoration{"parbox", 1},      Decoration{"hspace", 1},
    Decoration{"vspace", 1},    Decoration{"mspace", 1},      Decoration{"phantom", 1},
    Decoration{"hphantom", 1},  Decoration{"vphantom", 1},    Decoration{"rule", 2},
    Decoration{"href", 1},      Decoration{"class", 1},       Decoration{"style", 1},
    Decoration{"cssId", 1},     Decoration{"htmlClass", 1},   Decoration{"htmlStyle", 1},
    Decoration{"htmlId", 1},    Decoration{"htmlData", 1},    Decoration{"enclose", 1},
    Decoration{"tag", 1},       Decoration{"label", 1},       Decoration{"begin", 1},
    Decoration{"end", 1},       Decoration{"definecolor", 3}, Decoration{"cancel", 1},
    Decoration{"bcancel", 1},   Decoration{"xcancel", 1},     Decoration{"sout", 1},
    Decoration{"st", 1},        Decoration{"mathversion", 1}, Decoration{"bbox", 0},
    Decoration{"makebox", 0},   Decoration{"framebox", 0}};

// Environments with a description of their columns behind the name.
constexpr std::array<std::string_view, 4> kEnvironmentsWithColumns = {"array", "tabular", "alignat",
                                                                      "alignedat"};

// \hskip 5pt and the like: a length without braces.
constexpr std::array<std::string_view, 6> kLengths = {"hskip", "vskip", "kern",
                                                      "mkern", "mskip", "lower"};

constexpr std::array<std::string_view, 140> kPlain = {
    // fonts and what frames or underlines
    "mathbf", "mathrm", "mathit", "mathsf", "mathtt", "mathcal", "mathbb", "mathfrak", "mathscr",
    "mathnormal", "boldsymbol", "bm", "pmb", "textbf", "textit", "textrm", "textsf", "texttt",
    "textsc", "textsl", "textup", "textmd", "textnormal", "text", "emph", "underline", "uline",
    "ul", "hl", "operatorname", "mathop", "mathord", "mathbin", "mathrel", "mathopen", "mathclose",
    "mathpunct", "mathinner", "ensuremath", "mbox", "hbox", "textcircled", "circled", "smash",
    "llap", "rlap", "mathllap", "mathrlap", "bf", "rm", "it", "sf", "tt", "sc", "sl", "em", "cal",
    "bfseries", "mdseries", "itshape", "slshape", "scshape", "upshape", "rmfamily", "sffamily",
    "ttfamily", "normalfont", "boldmath", "unboldmath", "selectfont",
    // sizes and styles
    "tiny", "scriptsize", "footnotesize", "small", "normalsize", "large", "Large", "LARGE", "huge",
    "Huge", "displaystyle", "textstyle", "scriptstyle", "scriptscriptstyle", "limits", "nolimits",
    // sizes of brackets
    "left", "right", "middle", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr",
    "biggl", "biggr", "Biggl", "Biggr",
    // spacing
    "quad", "qquad", "enspace", "enskip", "thinspace", "medspace", "thickspace", "negthinspace",
    "negmedspace", "negthickspace", "space", "nobreakspace", "hfill", "hfil", "vfill", "strut",
    "mathstrut", "null", "relax", "noindent", "centering", "par", "newline", "allowbreak",
    "nobreak", "smallskip", "medskip", "bigskip", "protect", "raggedright", "indent",
    // signs at the end of a proof
    "blacksquare", "square", "qed", "qedsymbol", "qedhere", "Box", "checkmark", "bigstar"};

size_t skip_blanks(std::string_view text, size_t i) {
  const size_t limit = std::min(text.size(), i + 8);
  while (i < limit && (text[i] == ' ' || text[i] == '\n' || text[i] == '\t'))
    ++i;
  return i;
}

// Behind the argument between `open` and `close` at i, blanks before it included; i
// where none stands.
size_t skip_argument(std::string_view text, size_t i, char open, char close) {
  const size_t begin = skip_blanks(text, i);
  if (begin >= text.size() || text[begin] != open) return i;
  const size_t limit = std::min(text.size(), begin + kMaxArgumentBytes);
  int depth = 0;
  for (size_t k = begin; k < limit; ++k) {
    if (text[k] == open) ++depth;
    if (text[k] == close && --depth == 0) return k + 1;
  }
  return i;
}

// Behind "5pt", "-3 mu", "1em plus 1fil".
size_t skip_length(std::string_view text, size_t i) {
  size_t k = skip_blanks(text, i);
  const auto is_number = [](char c) {
    return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+';
  };
  const size_t begin = k;
  while (k < text.size() && k < begin + 12 && is_number(text[k]))
    ++k;
  if (k == begin) return i;
  k = skip_blanks(text, k);
  return k + 1 < text.size() && is_letter(text[k]) && is_letter(text[k + 1]) ? k + 2 : i;
}

size_t skip_optional_arguments(std::string_view text, size_t i) {
  for (int round = 0; round < 2; ++round)
    i = skip_argument(text, i, '[', ']');
  return i;
}

size_t skip_environment(std::string_view text, size_t name_end) {
  const size_t end = skip_argument(text, name_end, '{', '}');
  if (end == name_end) return name_end;
  std::string_view name = text.substr(name_end, end - name_end);
  name.remove_prefix(name.find('{') + 1);
  name.remove_suffix(1);
  if (!name.empty() && name.back() == '*') name.remove_suffix(1);
  const bool columns = std::find(kEnvironmentsWithColumns.begin(), kEnvironmentsWithColumns.end(),
                                 name) != kEnvironmentsWithColumns.end();
  return columns ? skip_argument(text, skip_optional_arguments(text, end), '{', '}') : end;
}

}  // namespace

size_t latex_decoration_at(std::string_view text, size_t i) {
  if (i >= text.size() || text[i] != '\\') return 0;
  size_t end = i + 1;
  while (end < text.size() && end < i + 24 && is_letter(text[end]))
    ++end;
  const std::string_view name = text.substr(i + 1, end - i - 1);
  if (name.empty()) return 0;
  if (name == "begin") return skip_environment(text, end) - i;
  if (std::find(kLengths.begin(), kLengths.end(), name) != kLengths.end())
    return skip_length(text, end) - i;
  if (std::find(kPlain.begin(), kPlain.end(), name) != kPlain.end()) return end - i;
  const auto known =
      std::find_if(kWithArguments.begin(), kWithArguments.end(),
                   [&](const Decoration& decoration) { return decoration.name == name; });
  if (known == kWithArguments.end()) return 0;
  if (end < text.size() && text[end] == '*') ++end;
  end = skip_optional_arguments(text, end);
  for (int argument = 0; argument < known->num_dropped; ++argument)
    end = skip_argument(text, end, '{', '}');
  return end - i;
}

}  // namespace jangwon::harness
