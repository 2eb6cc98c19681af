// IFEval asks langdetect, a model of letter trigrams; a program of rules cannot repeat it and need
// not. Between a Korean and an English reply the script decides, and that is what Korean prompts
// ask about. Among languages of one script the marks below are enough for a reply of a few
// sentences; a single word may be taken for its neighbour.
// tests/harness/scorers/reply_language_test.cc.

#include "harness/scorers/reply_language.h"

#include <algorithm>
#include <array>
#include <string>

#include "harness/extractors/scan_text.h"

namespace jangwon::harness {

namespace {

enum class Script {
  kLatin,
  kHangul,
  kKana,
  kHan,
  kCyrillic,
  kArabic,
  kDevanagari,
  kBengali,
  kGurmukhi,
  kGujarati,
  kTamil,
  kTelugu,
  kKannada,
  kMalayalam,
  kThai,
  kGreek,
  kHebrew,
  kNone
};
constexpr size_t kNumScripts = static_cast<size_t>(Script::kNone);

struct Range {
  char32_t first, last;
  Script script;
};
constexpr std::array kRanges = {
    Range{U'A', U'Z', Script::kLatin},          Range{U'a', U'z', Script::kLatin},
    Range{0x00c0, 0x024f, Script::kLatin},      Range{0x1e00, 0x1eff, Script::kLatin},
    Range{0x0370, 0x03ff, Script::kGreek},      Range{0x0400, 0x052f, Script::kCyrillic},
    Range{0x0590, 0x05ff, Script::kHebrew},     Range{0x0600, 0x06ff, Script::kArabic},
    Range{0x0900, 0x097f, Script::kDevanagari}, Range{0x0980, 0x09ff, Script::kBengali},
    Range{0x0a00, 0x0a7f, Script::kGurmukhi},   Range{0x0a80, 0x0aff, Script::kGujarati},
    Range{0x0b80, 0x0bff, Script::kTamil},      Range{0x0c00, 0x0c7f, Script::kTelugu},
    Range{0x0c80, 0x0cff, Script::kKannada},    Range{0x0d00, 0x0d7f, Script::kMalayalam},
    Range{0x0e00, 0x0e7f, Script::kThai},       Range{0x1100, 0x11ff, Script::kHangul},
    Range{0x3130, 0x318f, Script::kHangul},     Range{0xac00, 0xd7a3, Script::kHangul},
    Range{0x3040, 0x30ff, Script::kKana},       Range{0x4e00, 0x9fff, Script::kHan},
};

struct Language {
  std::string_view code;
  Script script;
  std::string_view marks;  // words (blanks around them), or letters of its own; blanks between them
};
constexpr std::array kLanguages = {
    Language{"ko", Script::kHangul, ""},
    Language{"ja", Script::kKana, ""},
    Language{"zh", Script::kHan, ""},
    Language{"th", Script::kThai, ""},
    Language{"el", Script::kGreek, ""},
    Language{"he", Script::kHebrew, ""},
    Language{"bn", Script::kBengali, ""},
    Language{"pa", Script::kGurmukhi, ""},
    Language{"gu", Script::kGujarati, ""},
    Language{"ta", Script::kTamil, ""},
    Language{"te", Script::kTelugu, ""},
    Language{"kn", Script::kKannada, ""},
    Language{"ml", Script::kMalayalam, ""},
    Language{"en", Script::kLatin, "the of and to is that it for with was are this you"},
    Language{"de", Script::kLatin, "der die und das ist nicht ein eine mit den von zu ich"},
    Language{"fr", Script::kLatin, "le la les et est des une pas pour dans que qui vous"},
    Language{"es", Script::kLatin, "el los las y es una por con para del está como que"},
    Language{"it", Script::kLatin, "il gli e è una per con non che di sono della questo"},
    Language{"pt", Script::kLatin, "o os as e é uma para com não que do da em você"},
    Language{"nl", Script::kLatin, "de het een en van niet is dat met voor zijn op ik"},
    Language{"fi", Script::kLatin, "ja on ei että se oli ovat mutta kun minä sinä tämä hän"},
    Language{"sw", Script::kLatin, "na ya wa kwa ni katika hii kuwa za la sana yangu cha"},
    Language{"vi", Script::kLatin, "và của là có không một được cho trong người với này tôi"},
    Language{"id", Script::kLatin,
             "dan yang di untuk dengan ini itu adalah tidak dari saya ke akan"},
    Language{"tr", Script::kLatin, "ve bir bu için ile çok de da olarak ben değil gibi daha"},
    Language{"pl", Script::kLatin, "i w na nie się z to jest że do jak dla oraz"},
    Language{"ru", Script::kCyrillic, "и в не на я что он с как это по но ы э"},
    Language{"bg", Script::kCyrillic, "и на да се от за не е са с като ще ъ"},
    Language{"uk", Script::kCyrillic, "і в не на я що він з як це та але ї є"},
    Language{"ar", Script::kArabic, "في من على إلى أن هذا هذه التي الذي كان ة"},
    Language{"fa", Script::kArabic, "و در به از که این را است با برای می گ پ چ ژ"},
    Language{"ur", Script::kArabic, "اور کے میں کی ہے سے کو کا یہ پر ہیں ٹ ڈ ڑ ں ے"},
    Language{"hi", Script::kDevanagari, "है के में की और को का से हैं यह नहीं एक"},
    Language{"mr", Script::kDevanagari, "आहे आणि च्या मध्ये हे ते नाही या आहेत एक ळ"},
    Language{"ne", Script::kDevanagari, "छ र को मा हो यो गर्न भएको लाई पनि छन् एक"},
};

Script script_of(char32_t c) {
  for (const Range& range : kRanges) {
    if (c >= range.first && c <= range.last) return range.script;
  }
  return Script::kNone;
}

struct Letters {
  std::array<size_t, kNumScripts> counts{};
  std::string words;  // in small Latin letters, one blank between words and at both ends
};

Letters read_letters(std::string_view text) {
  Letters letters;
  letters.words = " ";
  for (size_t i = 0; i < text.size();) {
    const CodePoint point = decode_utf8(text, i);
    if (const Script script = script_of(point.value); script != Script::kNone)
      ++letters.counts[static_cast<size_t>(script)];
    const char c = text[i];
    if (!is_python_word(point.value) && !(point.value >= 0x0900 && point.value < 0x0e00)) {
      if (letters.words.back() != ' ') letters.words += ' ';
    } else if (c >= 'A' && c <= 'Z') {
      letters.words += static_cast<char>(c - 'A' + 'a');
    } else {
      letters.words += text.substr(i, point.num_bytes);
    }
    i += point.num_bytes;
  }
  letters.words += ' ';
  return letters;
}

Script main_script(const Letters& letters) {
  const auto most = std::max_element(letters.counts.begin(), letters.counts.end());
  if (*most == 0) return Script::kNone;
  // Japanese is written in both; Chinese has no kana.
  const auto count = [&](Script script) { return letters.counts[static_cast<size_t>(script)]; };
  const Script script = static_cast<Script>(most - letters.counts.begin());
  return script == Script::kHan && count(Script::kKana) * 5 > count(Script::kHan) ? Script::kKana
                                                                                  : script;
}

size_t count_marks(const std::string& words, std::string_view marks) {
  size_t count = 0;
  while (!marks.empty()) {
    const size_t end = std::min(marks.find(' '), marks.size());
    const std::string_view mark = marks.substr(0, end);
    // A letter that no other language of the script has counts inside words.
    const bool letter = static_cast<unsigned char>(mark.front()) >= 0x80 && mark.size() <= 3 &&
                        decode_utf8(mark, 0).num_bytes == mark.size();
    const std::string wanted = letter ? std::string(mark) : " " + std::string(mark) + " ";
    for (size_t at = words.find(wanted); at != std::string::npos;
         at = words.find(wanted, at + wanted.size() - 1))
      ++count;
    marks.remove_prefix(std::min(end + 1, marks.size()));
  }
  return count;
}

const Language* find_language(std::string_view code) {
  code = code.substr(0, code.find('-'));  // zh-cn
  const auto found = std::find_if(kLanguages.begin(), kLanguages.end(),
                                  [&](const Language& language) { return language.code == code; });
  return found == kLanguages.end() ? nullptr : &*found;
}

}  // namespace

bool is_known_language(std::string_view code) {
  return find_language(code) != nullptr;
}

bool is_in_language(std::string_view text, std::string_view code) {
  const Language* wanted = find_language(code);
  if (wanted == nullptr) return false;
  const Letters letters = read_letters(text);
  const Script script = main_script(letters);
  if (script == Script::kNone) return true;
  if (script != wanted->script) return false;
  const size_t own = count_marks(letters.words, wanted->marks);
  return std::all_of(kLanguages.begin(), kLanguages.end(), [&](const Language& other) {
    return other.script != script || count_marks(letters.words, other.marks) <= own;
  });
}

}  // namespace jangwon::harness
