// Finding the Korean of a template and putting its values in. A value keeps its English spelling,
// so the particle behind it has to be chosen when it stands there: the entries write both forms.
// The test is tests/harness/korean/catalogue_test.cc.

#include "harness/korean/catalogue.h"

#include <string_view>
#include <unordered_map>

namespace jangwon::harness {

std::string_view korean_of(std::string_view english) {
  static const std::unordered_map<std::string_view, std::string_view> entries = [] {
    std::unordered_map<std::string_view, std::string_view> entries;
    for (const std::span<const MessageEntry> table : korean_tables()) {
      for (const MessageEntry& entry : table)
        entries.emplace(entry.english, entry.korean);
    }
    return entries;
  }();
  const auto entry = entries.find(english);
  return entry == entries.end() ? english : entry->second;
}

namespace {

enum class Ending { kVowel, kRieul, kConsonant, kUnknown };

// How a text ends when it is read aloud. Only Hangul and digits are certain.
Ending ending_of(std::string_view text) {
  while (!text.empty() && std::string_view("\"'`)]").find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  if (text.empty()) return Ending::kUnknown;
  if (std::isdigit(static_cast<unsigned char>(text.back())) != 0) {
    switch (text.back()) {
      case '0':
      case '3':
      case '6':
        return Ending::kConsonant;  // 영, 삼, 육
      case '1':
      case '7':
      case '8':
        return Ending::kRieul;  // 일, 칠, 팔
      default:
        return Ending::kVowel;
    }
  }
  if (text.size() < 3) return Ending::kUnknown;
  const auto byte = [&](size_t i) {
    return static_cast<unsigned>(static_cast<unsigned char>(text[text.size() - 3 + i]));
  };
  const unsigned code = (byte(0) & 0x0fU) << 12 | (byte(1) & 0x3fU) << 6 | (byte(2) & 0x3fU);
  if ((byte(0) & 0xf0U) != 0xe0U || code < 0xac00 || code > 0xd7a3) return Ending::kUnknown;
  const unsigned final_consonant = (code - 0xac00) % 28;
  return final_consonant == 0   ? Ending::kVowel
         : final_consonant == 8 ? Ending::kRieul
                                : Ending::kConsonant;
}

struct Particle {
  std::string_view both, after_consonant, after_vowel;
};

constexpr Particle kParticles[] = {{"은(는)", "은", "는"},
                                   {"이(가)", "이", "가"},
                                   {"을(를)", "을", "를"},
                                   {"과(와)", "과", "와"},
                                   {"(으)로", "으로", "로"}};

// The particle that the rest of a Korean entry begins with, behind `text`, as it is said; both
// forms where the ending is not certain. Moves `at` behind it.
std::string particle_behind(std::string_view text, std::string_view korean, size_t& at) {
  for (const Particle& particle : kParticles) {
    if (!korean.substr(at).starts_with(particle.both)) continue;
    const Ending ending = ending_of(text);
    if (ending == Ending::kUnknown) return "";
    at += particle.both.size();
    // 로 also follows ㄹ.
    const bool short_form =
        ending == Ending::kVowel || (ending == Ending::kRieul && particle.both == "(으)로");
    return std::string(short_form ? particle.after_vowel : particle.after_consonant);
  }
  return "";
}

}  // namespace

std::vector<std::span<const MessageEntry>> korean_tables() {
  return {korean_of_commands(), korean_of_harness(),  korean_of_datasets(),
          korean_of_reports(),  korean_of_runtime(),  korean_of_system(),
          korean_of_tables(),   korean_of_verdicts(), korean_of_site()};
}

std::string korean_message(const Message& message) {
  if (message.is_value()) {
    const Message* korean = message.find("korean");
    return std::string(korean == nullptr ? message.text() : korean->text());
  }
  std::string text;
  bool behind_value = false;
  for (const TemplatePiece& piece : pieces_of(korean_of(message.text()))) {
    if (piece.is_place) {
      const Message* value = message.find(piece.text);
      text += value == nullptr ? piece.text : korean_message(*value);
      behind_value = true;
      continue;
    }
    size_t at = 0;
    while (behind_value && at < piece.text.size() &&
           std::string_view("\"`)").find(piece.text[at]) != std::string_view::npos)
      text += piece.text[at++];
    if (behind_value) text += particle_behind(text, piece.text, at);
    text += piece.text.substr(at);
  }
  return text;
}

}  // namespace jangwon::harness
