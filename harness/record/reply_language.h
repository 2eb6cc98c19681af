// In which language a reply was written. Models are known to answer Korean questions in English;
// whether they did stands beside the score and never in it.

#pragma once

#include <optional>
#include <string_view>

namespace jangwon::harness {

enum class ReplyLanguage { kKorean, kOther, kUndecided };

const char* name_of(ReplyLanguage language);  // ko, other, undecided
std::optional<ReplyLanguage> reply_language_of_name(std::string_view name);

// Korean where three in ten letters or more are Hangul: technical words of Korean prose are often
// Latin ones. Code, formulas, addresses and letters that stand alone (options, variables) are no
// prose and left out. Undecided where less than about a sentence is left, as of "정답: B".
ReplyLanguage language_of_reply(std::string_view text);

// Of a question in Korean: how its answer and the thinking before it were written. Absent where
// there was no text.
struct ReplyLanguages {
  std::optional<ReplyLanguage> answer;
  std::optional<ReplyLanguage> thinking;
  bool operator==(const ReplyLanguages&) const = default;
};

// `question_language` as task.yaml has it: of questions in another language than ko
// nothing is said.
ReplyLanguages languages_of_reply(std::string_view question_language, std::string_view answer,
                                  std::string_view thinking);

}  // namespace jangwon::harness
