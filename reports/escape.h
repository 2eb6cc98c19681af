// Everything that leaves as text passes one of these. Model output, model names and sample ids
// are hostile: they may hold markup, control characters, direction overrides, spreadsheet
// formulas or broken UTF-8.

#pragma once

#include <string>
#include <string_view>

namespace jangwon::reports {

// Makes what cannot be seen visible: control characters, direction overrides, line and paragraph
// separators, byte order marks, zero-width characters and noncharacters become "⟨U+202E⟩"; broken
// UTF-8 becomes U+FFFD. Newline and tab stay when `LineBreaks::kKeep`, else they become a space.
enum class LineBreaks { kKeep, kReplace };
std::string visible_text(std::string_view text, LineBreaks line_breaks = LineBreaks::kReplace);

// For element content and for attribute values in double quotes alike: & < > " ' are replaced.
// Calls visible_text.
std::string html_escape(std::string_view text, LineBreaks line_breaks = LineBreaks::kReplace);

// One cell of a pipe table: pipes, backslashes, emphasis marks, angle brackets and dollars
// lose their meaning.
std::string markdown_escape(std::string_view text);

// The ten special characters of LaTeX. Where a line or an \item begins with the text, a "[" or "*"
// at its front still belongs to the command before: see latex_table.cc.
std::string latex_escape(std::string_view text);

// RFC 4180, quoted when needed. A text that a spreadsheet would take for a formula (= + - @,
// full-width too) gets a leading apostrophe.
std::string csv_field(std::string_view text);

// JSON text that may stand inside <script>: "<", U+2028 and U+2029 are written as \u escapes.
std::string json_for_script(std::string_view json_text);

}  // namespace jangwon::reports
