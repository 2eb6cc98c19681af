// What several pages show alike: a score with its interval and flags, the chip of a rank, the
// heading of a row, the account of samples, footnotes. It stands once because two pages must never
// show the same number differently.

#include "reports/site/page_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reports/escape.h"
#include "reports/table.h"

namespace jangwon::reports {
namespace {

std::string footnote_marks(const TableCell& cell) {
  std::set<int> sorted(cell.footnotes.begin(), cell.footnotes.end());
  if (sorted.empty()) return "";
  std::vector<std::string> letters;
  for (int index : sorted)
    letters.push_back(footnote_letter(index));
  return fmt::format("<sup>{}</sup>", fmt::join(letters, ","));
}

std::string size_of(const TableCell& cell) {
  if (cell.n == 0) return "";
  std::string n = fmt::format("n = {}", cell.n);
  if (cell.repeats > 1) n += fmt::format(" × {}", cell.repeats);
  return n;
}

int count_of(const TableCell& cell, const char* name) {
  auto found = cell.counts.find(name);
  return found == cell.counts.end() ? 0 : found->second;
}

// The counts that a reader must not miss beside a number; all of them stand in the account
// below the table.
std::string flags_of(const TableCell& cell) {
  struct Flag {
    const char* name;
    const char* ko;
    const char* en;
  };
  static constexpr Flag kFlags[] = {{"no_answer", "답 없음", "no answer"},
                                    {"truncated", "길이 초과", "truncated"},
                                    {"unterminated_reasoning", "사고 미종료", "unterminated"},
                                    {"infra_error", "기반 오류", "infra error"},
                                    {"sandbox_error", "샌드박스 오류", "sandbox error"}};
  std::vector<std::string> parts;
  for (const Flag& flag : kFlags) {
    int count = count_of(cell, flag.name);
    if (count == 0) continue;
    parts.push_back(fmt::format(
        "<span class=\"nb\">{}</span>",
        html_of(fmt::format("{} {}", flag.ko, count), fmt::format("{} {}", flag.en, count))));
  }
  return fmt::format("{}", fmt::join(parts, " · "));
}

std::string value_markup(const TableCell& cell) {
  std::string text = html_escape(score_text(cell));
  size_t cut = std::min(text.find('['), text.find("±"));
  const char* emphasis = cell.tie_group == 1 ? " best" : cell.tie_group == 2 ? " second" : "";
  if (cell.state != CellState::kScored || cut == std::string::npos)
    return fmt::format("<span class=\"v\">{}</span>", text);
  return fmt::format("<span class=\"v{}\">{}</span> <span class=\"ci\">{}</span>", emphasis,
                     text.substr(0, cut - 1), text.substr(cut));
}

}  // namespace

std::string rank_chip(const harness::RankInterval& rank, bool shared) {
  // Words, not emoji: many systems have no glyph for them, and a medal must not depend
  // on colour either.
  struct Place {
    const char* medal_ko;
    const char* medal_en;
    const char* ordinal;
  };
  static constexpr Place kPlaces[] = {
      {"금 · ", "gold · ", "1st"}, {"은 · ", "silver · ", "2nd"}, {"동 · ", "bronze · ", "3rd"}};
  bool medal = rank.best <= 3;
  std::string range =
      rank.worst != rank.best ? fmt::format(" ({}–{})", rank.best, rank.worst) : std::string();
  std::string ko, en;
  if (medal) {
    const Place& place = kPlaces[rank.best - 1];
    ko = fmt::format("{}{}{}위{}", place.medal_ko, shared ? "공동 " : "", rank.best, range);
    en = fmt::format("{}{}{}{}", place.medal_en, shared ? "joint " : "", place.ordinal, range);
  } else {
    ko = fmt::format("{}위{}", rank.best, range);
    en = fmt::format("{}th{}", rank.best, range);
  }
  return fmt::format("<span class=\"chip m{}\">{}</span>", medal ? rank.best : 0, html_of(ko, en));
}

std::string score_cell(const TableRow& row, const TableColumn& task) {
  const TableCell& cell = cell_of(row, task.id);
  std::string sort_value =
      cell.state == CellState::kScored && cell.value ? fmt::format("{}", *cell.value) : "";
  std::string html = fmt::format("<td class=\"num\" data-c=\"{}\" data-v=\"{}\">",
                                 html_escape(task.id), sort_value);
  html += value_markup(cell) + footnote_marks(cell);
  for (const TableCell& beside : cell.beside) {
    html += fmt::format("<span class=\"sub\">{}{}</span>", html_escape(score_text(beside)),
                        footnote_marks(beside));
  }
  if (!size_of(cell).empty())
    html += fmt::format("<span class=\"sub\">{}</span>", html_escape(size_of(cell)));
  if (std::string flags = flags_of(cell); !flags.empty())
    html += fmt::format("<span class=\"sub\">{}</span>", flags);
  if (cell.rank) {
    html += fmt::format("<span class=\"evid\">{}</span>",
                        rank_chip(*cell.rank, cell.rank->best != cell.rank->worst));
  }
  return html + "</td>";
}

std::string row_heading(const TableRow& row) {
  Html html;
  html.markup("<th scope=\"row\">").text(row.name).markup("<span class=\"sub\">");
  if (row.stand_in)
    html.markup("<span class=\"chip std\">").both("대역 모델", "stand-in").markup("</span>");
  if (row.source == RowSource::kPublished) {
    html.markup("<span class=\"chip pub\">").both("○ 공표", "○ published").markup("</span>");
  } else {
    html.markup("<span class=\"chip\">").both("● 측정", "● measured").markup("</span>");
  }
  if (row.mode == "thinking") {
    html.markup("<span class=\"chip\">").both("사고", "thinking").markup("</span>");
  } else if (row.mode == "non_thinking") {
    html.markup("<span class=\"chip\">").both("비사고", "non-thinking").markup("</span>");
  } else if (!row.mode.empty()) {
    html.markup("<span class=\"chip\">").text(row.mode).markup("</span>");
  }
  if (!row.licence.empty())
    html.markup("<span class=\"chip\">").text(row.licence).markup("</span>");
  if (row.total_params_b) {
    html.markup("<span class=\"chip\">")
        .text(row.active_params_b
                  ? fmt::format("{:.4g}B · A{:.3g}B", *row.total_params_b, *row.active_params_b)
                  : fmt::format("{:.4g}B", *row.total_params_b))
        .markup("</span>");
  }
  if (!row.origin_title.empty()) html.markup(" ").text(row.origin_title);
  return html.markup("</span></th>").str();
}

std::string row_filters(const TableRow& row) {
  auto word = [](std::string text) {
    for (char& c : text) {
      if (c == ' ' || c == '"') c = '-';
    }
    return text;
  };
  std::string filters = row.source == RowSource::kMeasured ? "source:measured" : "source:published";
  filters += row.national || row.stand_in ? " role:national" : " role:reference";
  filters += row.stand_in ? " kind:standin" : " kind:real";
  if (!row.mode.empty()) filters += " mode:" + word(row.mode);
  if (!row.licence.empty()) filters += " licence:" + word(row.licence);
  if (row.active_params_b) {
    for (int limit : {15, 25, 40}) {
      if (*row.active_params_b <= limit) filters += fmt::format(" active:{}", limit);
    }
    filters += " active:any";
  }
  return html_escape(filters);
}

std::string open_table(std::string_view id, std::string_view classes, const Bilingual& caption) {
  Html html;
  html.markup("<div class=\"scroll\" role=\"region\" tabindex=\"0\"")
      .both_attribute("aria-label", caption.ko, caption.en);
  html.markup(fmt::format("><table id=\"{}\" class=\"{}\"><caption>", id, classes))
      .both(caption)
      .markup("</caption>\n");
  return html.str();
}

std::string sortable_head(const Bilingual& label, std::string_view first, bool numeric,
                          std::string_view column) {
  return fmt::format(
      "<th scope=\"col\"{}{} data-first=\"{}\"><button type=\"button\">{}</button></th>",
      numeric ? " class=\"num\"" : "",
      column.empty() ? "" : fmt::format(" data-c=\"{}\"", html_escape(column)), first,
      html_of(label));
}

std::string account_table(const TableInput& table) {
  bool any = false;
  for (const TableRow& row : table.rows) {
    for (const auto& [task, cell] : row.cells)
      any = any || !cell.counts.empty();
  }
  if (!any) return "";
  Html html;
  html.markup(
      open_table("account", "sortable",
                 {"판정 다섯과 표시 둘. 오류는 우리 쪽 문제이며 오답으로 세지 않는다.",
                  "Five verdicts and two flags. Errors are ours and never counted as wrong."}));
  html.markup("<thead><tr>").markup(sortable_head({"모델", "Model"}, "ascending", false));
  html.markup(sortable_head({"과제", "Task"}, "ascending", false))
      .markup(sortable_head({"문항 × 실행", "n × runs"}, "descending", true));
  struct Column {
    const char* name;
    const char* ko;
    const char* en;
  };
  static constexpr Column kColumns[] = {{"correct", "정답", "correct"},
                                        {"incorrect", "오답", "incorrect"},
                                        {"no_answer", "답 없음", "no answer"},
                                        {"infra_error", "기반 오류", "infra error"},
                                        {"sandbox_error", "샌드박스 오류", "sandbox error"},
                                        {"truncated", "길이 초과", "truncated"},
                                        {"unterminated_reasoning", "사고 미종료", "unterminated"}};
  for (const Column& column : kColumns)
    html.markup(sortable_head({column.ko, column.en}, "descending", true));
  html.markup(sortable_head({"다른 채점 방식", "Other mode"}, "descending", true));
  html.markup(sortable_head({"판정이 다른 표본", "Samples that differ"}, "descending", true))
      .markup("</tr></thead>\n<tbody>\n");
  for (const TableRow& row : table.rows) {
    for (const TableColumn& task : table.tasks) {
      const TableCell& cell = cell_of(row, task.id);
      if (cell.counts.empty()) continue;
      html.markup("<tr><th scope=\"row\">")
          .text(row.name)
          .markup("</th><td>")
          .both(task.title)
          .markup("</td>");
      html.markup(fmt::format("<td class=\"num\" data-v=\"{}\">{} × {}</td>", cell.n, cell.n,
                              cell.repeats));
      for (const Column& column : kColumns) {
        int count = count_of(cell, column.name);
        html.markup(fmt::format("<td class=\"num\" data-v=\"{}\">{}</td>", count, count));
      }
      if (cell.other_mode) {
        const OtherMode& other = *cell.other_mode;
        html.markup(fmt::format("<td class=\"num\" data-v=\"{}\">",
                                other.value ? fmt::format("{}", *other.value) : ""));
        html.text(other.mode).markup(" ").text(points_text(other.value));
        if (other.ci_low && other.ci_high) {
          html.markup(fmt::format(" <span class=\"ci\">[{}, {}]</span>", points_text(other.ci_low),
                                  points_text(other.ci_high)));
        }
        html.markup(fmt::format("</td><td class=\"num\" data-v=\"{}\">{}</td>", other.differs,
                                other.differs));
      } else {
        html.markup("<td class=\"num\" data-v=\"\">–</td><td class=\"num\" data-v=\"\">–</td>");
      }
      html.markup("</tr>\n");
    }
  }
  return html.markup("</tbody></table></div>\n").str();
}

std::string footnote_list(const TableInput& table, const std::string& task) {
  Html html;
  std::set<int> used;
  for (const TableRow& row : table.rows) {
    for (const auto& [name, cell] : row.cells) {
      if (!task.empty() && name != task) continue;
      used.insert(cell.footnotes.begin(), cell.footnotes.end());
      for (const TableCell& beside : cell.beside)
        used.insert(beside.footnotes.begin(), beside.footnotes.end());
    }
  }
  if (!used.empty()) {
    html.markup("<ol class=\"fn\">");
    for (int index : used) {
      html.markup(fmt::format("<li value=\"{}\">", index + 1));
      html.both(table.footnotes[static_cast<size_t>(index)]).markup("</li>");
    }
    html.markup("</ol>\n");
  }
  if (!table.notes.empty()) {
    html.markup("<ul class=\"fn\">");
    for (const Message& note : table.notes)
      html.markup("<li>").both(note).markup("</li>");
    html.markup("</ul>\n");
  }
  return html.str();
}

std::string signed_points_html(double difference) {
  std::string text = fmt::format("{:+.1f}", 100.0 * difference);
  return text == "-0.0" || text == "+0.0" ? "0.0" : text;
}

WhiskerPlot make_task_plot(const TableInput& table, const TableColumn& task) {
  WhiskerPlot plot;
  plot.id = "plot-" + html_escape(task.id);
  plot.title = {say(task.title, Language::kKorean) + " 점수와 95 % 신뢰구간",
                task.title.english() + ": scores with 95 % intervals"};
  for (const TableRow& row : table.rows) {
    const TableCell& cell = cell_of(row, task.id);
    if (cell.state != CellState::kScored || !cell.value) continue;
    WhiskerLine line;
    line.label = row.source == RowSource::kPublished ? fmt::format("○ {}", row.name) : row.name;
    if (row.mode == "non_thinking" || row.mode == "medium")
      line.label += fmt::format(" ({})", row.mode == "medium" ? "medium" : "non-thinking");
    line.style = row.source == RowSource::kPublished ? PlotStyle::kPublished
                 : row.stand_in                      ? PlotStyle::kStandIn
                                                     : PlotStyle::kMeasured;
    line.value = *cell.value;
    line.low = cell.ci_low;
    line.high = cell.ci_high;
    if (cell.se_run && *cell.se_run > 0.0) line.run_half = 1.96 * *cell.se_run;
    line.text = score_text(cell);
    plot.lines.push_back(std::move(line));
  }
  std::stable_sort(plot.lines.begin(), plot.lines.end(),
                   [](const WhiskerLine& a, const WhiskerLine& b) { return a.value > b.value; });
  return plot;
}

Bilingual verdict_word(const std::string& licence_verdict) {
  if (licence_verdict == "allowed") return {"✓ 허용", "✓ allowed"};
  if (licence_verdict == "conditional") return {"△ 조건부", "△ conditional"};
  if (licence_verdict == "forbidden") return {"✕ 불가", "✕ forbidden"};
  if (licence_verdict == "by_agreement") return {"✕ 별도 계약", "✕ separate agreement"};
  if (licence_verdict == "unspecified") return {"– 명시 없음", "– not stated"};
  return {"? 미확인", "? unconfirmed"};
}

Bilingual confidence_word(Confidence confidence) {
  switch (confidence) {
    case Confidence::kPrimary:
      return {"원문에서 읽음", "read in the original"};
    case Confidence::kSecondary:
      return {"2차 자료", "secondary"};
    case Confidence::kDerived:
      return {"계산한 값", "derived"};
    case Confidence::kUnconfirmed:
      return {"확인되지 않음", "unconfirmed"};
  }
  return {};
}

}  // namespace jangwon::reports
