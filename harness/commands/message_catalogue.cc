// Finding the entry of a message that was put together already. Every entry that fits is tried, and the reading that
// explains most of the message wins; a thousand entries take well under a millisecond, once, when a failure is printed.
// Help asks for whole texts, which a hash table answers. The test is message_catalogue_test.cc.

#include "harness/commands/message_catalogue.h"

#include <CLI/CLI.hpp>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace jangwon::harness {

namespace {

using Pieces = std::vector<std::string_view>;

constexpr int kMaxDepth = 4;  // messages within messages
constexpr size_t kMaxLength = 4096;
constexpr size_t kMaxReadings =
    500;  // parts of a message that are looked at: file names and servers' words may be hostile

struct Pattern {
  Pieces pieces;  // the text between the {}
  std::string_view korean;
  size_t length = 0;  // of its own text
};

struct Catalogue {
  std::unordered_map<std::string_view, std::string_view> whole;
  std::vector<Pattern> patterns;
};

Pieces pieces_of(std::string_view pattern) {
  Pieces pieces;
  for (size_t at; (at = pattern.find("{}")) != std::string_view::npos; pattern.remove_prefix(at + 2))
    pieces.push_back(pattern.substr(0, at));
  pieces.push_back(pattern);
  return pieces;
}

const Catalogue& catalogue() {
  static const Catalogue made = [] {
    Catalogue made;
    for (const std::span<const MessageEntry> table : korean_tables()) {
      for (const MessageEntry& entry : table) {
        Pattern pattern{pieces_of(entry.english), entry.korean};
        if (pattern.pieces.size() == 1) {
          made.whole.emplace(entry.english, entry.korean);
          continue;
        }
        for (std::string_view piece : pattern.pieces)
          pattern.length += piece.size();
        made.patterns.push_back(std::move(pattern));
      }
    }
    return made;
  }();
  return made;
}

// What stands in the places of {}; nothing where the message is another one. A value is as short as it can be: where
// the first place that a piece is found at does not do, no later one does.
std::optional<std::vector<std::string_view>> match(const Pattern& pattern, std::string_view message) {
  const Pieces& pieces = pattern.pieces;
  if (message.size() < pattern.length || !message.starts_with(pieces.front()) || !message.ends_with(pieces.back()))
    return std::nullopt;
  std::string_view rest = message.substr(pieces.front().size());
  rest.remove_suffix(pieces.back().size());
  std::vector<std::string_view> values;
  for (size_t i = 1; i + 1 < pieces.size(); ++i) {
    const size_t at = rest.find(pieces[i]);
    if (at == std::string_view::npos) return std::nullopt;
    values.push_back(rest.substr(0, at));
    rest.remove_prefix(at + pieces[i].size());
  }
  values.push_back(rest);
  return values;
}

struct Reading {
  std::string text;
  size_t explained = 0;  // how much of the English it is the Korean of
};

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
  return final_consonant == 0 ? Ending::kVowel : final_consonant == 8 ? Ending::kRieul : Ending::kConsonant;
}

struct Particle {
  std::string_view both, after_consonant, after_vowel;
};

constexpr Particle kParticles[] = {{"은(는)", "은", "는"},
                                   {"이(가)", "이", "가"},
                                   {"을(를)", "을", "를"},
                                   {"과(와)", "과", "와"},
                                   {"(으)로", "으로", "로"}};

// The particle that the rest of a Korean entry begins with, behind `text`, as it is said; both forms where the ending
// is not certain. Moves `at` behind it.
std::string particle_behind(std::string_view text, std::string_view korean, size_t& at) {
  for (const Particle& particle : kParticles) {
    if (!korean.substr(at).starts_with(particle.both)) continue;
    const Ending ending = ending_of(text);
    if (ending == Ending::kUnknown) return "";
    at += particle.both.size();
    // 로 also follows ㄹ.
    const bool short_form = ending == Ending::kVowel || (ending == Ending::kRieul && particle.both == "(으)로");
    return std::string(short_form ? particle.after_vowel : particle.after_consonant);
  }
  return "";
}

// {} and {0}, {1}, … replaced.
std::string fill(std::string_view korean, const std::vector<Reading>& values) {
  std::string text;
  size_t next = 0;
  for (size_t i = 0; i < korean.size(); ++i) {
    const bool plain = korean.substr(i, 2) == "{}";
    const bool numbered = i + 2 < korean.size() && korean[i] == '{' && korean[i + 1] >= '0' && korean[i + 1] <= '9' &&
                          korean[i + 2] == '}';
    if (!plain && !numbered) {
      text += korean[i];
      continue;
    }
    text += values.at(plain ? next++ : static_cast<size_t>(korean[i + 1] - '0')).text;
    size_t behind = i + (plain ? 2 : 3);
    while (behind < korean.size() && std::string_view("\"`)").find(korean[behind]) != std::string_view::npos)
      text += korean[behind++];
    text += particle_behind(text, korean, behind);
    i = behind - 1;
  }
  return text;
}

class Reader {
 public:
  Reading read(std::string_view message, int depth) {
    // A name or a number within a message.
    if (depth == kMaxDepth || (depth > 0 && message.find(' ') == std::string_view::npos))
      return {std::string(message), 0};
    if (const auto whole = catalogue().whole.find(message); whole != catalogue().whole.end()) {
      return {std::string(whole->second), message.size()};
    }
    const auto known = readings_.find(message);
    if (known != readings_.end()) return known->second;
    if (++num_readings_ > kMaxReadings) return {std::string(message), 0};
    Reading best = best_of(message, depth);
    readings_.emplace(message, best);
    return best;
  }

 private:
  Reading best_of(std::string_view message, int depth) {
    Reading best{std::string(message), 0};
    for (const Pattern& pattern : catalogue().patterns) {
      const auto found = match(pattern, message);
      if (!found) continue;
      std::vector<Reading> values;
      size_t explained = pattern.length;
      for (std::string_view value : *found) {
        values.push_back(read(value, depth + 1));
        explained += values.back().explained;
      }
      if (explained > best.explained) best = {fill(pattern.korean, values), explained};
    }
    for (size_t at = message.find(": "); at != std::string_view::npos; at = message.find(": ", at + 1)) {
      const Reading place = read(message.substr(0, at), depth + 1);
      const Reading rest = read(message.substr(at + 2), depth + 1);
      if (place.explained + rest.explained > best.explained)
        best = {place.text + ": " + rest.text, place.explained + rest.explained};
    }
    return best;
  }

  std::unordered_map<std::string_view, Reading> readings_;  // parts come up again and again
  size_t num_readings_ = 0;
};

}  // namespace

std::vector<std::span<const MessageEntry>> korean_tables() {
  return {korean_of_commands(), korean_of_harness(), korean_of_datasets(),
          korean_of_reports(),  korean_of_runtime(), korean_of_system()};
}

std::string korean_message(const std::string& english) {
  // Such a text is a foreign one that was passed on; its sentence would be lost in it anyway.
  if (english.size() > kMaxLength) return english;
  return Reader().read(english, 0).text;
}

void translate_help(CLI::App& app) {
  app.description(korean_message(app.get_description()));
  for (CLI::Option* option : app.get_options()) {
    option->description(korean_message(option->get_description()));
    option->group(korean_message(option->get_group()));
  }
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; }))
    translate_help(*command);
}

}  // namespace jangwon::harness
