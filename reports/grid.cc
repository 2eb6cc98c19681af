// Which cell says what. Two tables come out of one TableInput: the scores, in one of two layouts,
// and the account of all samples, which is never left out, so that no failure can hide in a
// denominator. Approval files of all formats stand in tests/golden/reports.

#include "reports/grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace jangwon::reports {
namespace {

std::string pick(const TableStyle& style, const char* ko, const char* en) {
  return style.language == Language::kKorean ? ko : en;
}

std::string footnote_letters(const std::vector<int>& footnotes) {
  std::set<int> sorted(footnotes.begin(), footnotes.end());
  std::vector<std::string> letters;
  for (int index : sorted)
    letters.push_back(footnote_letter(index));
  return fmt::format("{}", fmt::join(letters, ","));
}

Emphasis emphasis_by_point(const TableInput& table, const TableRow& row, const std::string& task) {
  const TableCell& cell = cell_of(row, task);
  if (cell.state != CellState::kScored) return Emphasis::kNone;
  std::set<double, std::greater<>> values;
  for (const TableRow& other : table.rows) {
    const TableCell& rival = cell_of(other, task);
    if (other.source == row.source && rival.state == CellState::kScored)
      values.insert(*rival.value);
  }
  if (values.size() < 2) return Emphasis::kNone;
  if (*cell.value == *values.begin()) return Emphasis::kBest;
  return *cell.value == *std::next(values.begin()) ? Emphasis::kSecond : Emphasis::kNone;
}

Emphasis emphasis_of(const TableInput& table, const TableRow& row, const std::string& task,
                     const TableStyle& style) {
  if (style.mark == TableStyle::Mark::kPoint) return emphasis_by_point(table, row, task);
  int group = cell_of(row, task).tie_group;
  return group == 1 ? Emphasis::kBest : group == 2 ? Emphasis::kSecond : Emphasis::kNone;
}

GridCell score_cell(const TableInput& table, const TableRow& row, const std::string& task,
                    const TableStyle& style) {
  const TableCell& cell = cell_of(row, task);
  GridCell shown{score_text(cell), footnote_letters(cell.footnotes),
                 emphasis_of(table, row, task, style)};
  for (const TableCell& beside : cell.beside) {
    shown.text += " · " + score_text(beside);
    std::string letters = footnote_letters(beside.footnotes);
    if (!letters.empty())
      shown.footnotes += shown.footnotes.empty() ? letters : fmt::format(",{}", letters);
  }
  return shown;
}

// "n = 30 × 4" where all rows agree, else nothing: then each cell's n stands in the account.
std::string size_text(const TableInput& table, const std::string& task) {
  std::set<std::pair<int, int>> sizes;
  for (const TableRow& row : table.rows) {
    const TableCell& cell = cell_of(row, task);
    if (cell.n > 0) sizes.insert({cell.n, cell.repeats});
  }
  if (sizes.empty()) return "";
  std::set<int> questions;
  for (auto [n, repeats] : sizes)
    questions.insert(n);
  if (questions.size() > 1)
    return fmt::format("n = {}–{}", *questions.begin(), *questions.rbegin());
  if (sizes.size() > 1 || sizes.begin()->second <= 1)
    return fmt::format("n = {}", sizes.begin()->first);
  return fmt::format("n = {} × {}", sizes.begin()->first, sizes.begin()->second);
}

std::string label_of(const TableRow& row, const TableStyle& style) {
  std::string note = row_note(row, style.language);
  return note.empty() ? row.name : fmt::format("{} ({})", row.name, note);
}

std::string billions(const std::optional<double>& value) {
  return value ? fmt::format("{:.4g}B", *value) : "–";
}

GridRow section_row(std::string text) {
  return {{{std::move(text), "", Emphasis::kNone}}, true};
}

void add_header_block(const TableInput& table, const TableStyle& style, Grid& grid) {
  bool any_parameters = std::any_of(table.rows.begin(), table.rows.end(), [](const TableRow& row) {
    return row.total_params_b.has_value();
  });
  if (!any_parameters) return;
  GridRow total{{{pick(style, "전체 파라미터", "Total params"), "", Emphasis::kNone}}};
  GridRow active{{{pick(style, "활성 파라미터", "Active params"), "", Emphasis::kNone}}};
  GridRow licence{{{pick(style, "라이선스", "Licence"), "", Emphasis::kNone}}};
  for (const TableRow& row : table.rows) {
    total.cells.push_back({billions(row.total_params_b), "", Emphasis::kNone});
    active.cells.push_back({billions(row.active_params_b), "", Emphasis::kNone});
    licence.cells.push_back({row.licence.empty() ? "–" : row.licence, "", Emphasis::kNone});
  }
  grid.rows.insert(grid.rows.end(), {total, active, licence});
}

void fill_report_layout(const TableInput& table, const TableStyle& style, Grid& grid) {
  grid.header.push_back({pick(style, "벤치마크", "Benchmark"), "", Emphasis::kNone});
  for (const TableRow& row : table.rows)
    grid.header.push_back({label_of(row, style), "", Emphasis::kNone});
  add_header_block(table, style, grid);
  std::string domain;
  for (const TableColumn& task : table.tasks) {
    if (task.domain.in(style.language) != domain) {
      domain = task.domain.in(style.language);
      if (!domain.empty()) grid.rows.push_back(section_row(domain));
    }
    std::string size = size_text(table, task.id);
    std::string label = size.empty() ? task.title.in(style.language)
                                     : fmt::format("{} ({})", task.title.in(style.language), size);
    GridRow line{{{label, "", Emphasis::kNone}}};
    for (const TableRow& row : table.rows)
      line.cells.push_back(score_cell(table, row, task.id, style));
    grid.rows.push_back(line);
  }
}

void fill_leaderboard_layout(const TableInput& table, const TableStyle& style, Grid& grid) {
  grid.header.push_back({pick(style, "모델", "Model"), "", Emphasis::kNone});
  for (const TableColumn& task : table.tasks) {
    std::string size = size_text(table, task.id);
    grid.header.push_back({size.empty()
                               ? task.title.in(style.language)
                               : fmt::format("{} ({})", task.title.in(style.language), size),
                           "", Emphasis::kNone});
  }
  for (RowSource source : {RowSource::kMeasured, RowSource::kPublished}) {
    bool mixed = std::any_of(table.rows.begin(), table.rows.end(),
                             [&](const TableRow& row) { return row.source != source; });
    bool headed = false;
    for (const TableRow& row : table.rows) {
      if (row.source != source) continue;
      if (mixed && !headed) {
        grid.rows.push_back(section_row(source == RowSource::kMeasured
                                            ? pick(style, "측정한 값", "Measured here")
                                            : pick(style, "공표된 값", "Published values")));
        headed = true;
      }
      GridRow line{{{label_of(row, style), "", Emphasis::kNone}}};
      for (const TableColumn& task : table.tasks)
        line.cells.push_back(score_cell(table, row, task.id, style));
      grid.rows.push_back(line);
    }
  }
}

bool any_rank(const TableInput& table) {
  for (const TableRow& row : table.rows) {
    for (const auto& [task, cell] : row.cells) {
      if (cell.tie_group > 0) return true;
    }
  }
  return false;
}

void add_notes(const TableInput& table, const TableStyle& style, Grid& grid) {
  grid.notes.push_back(pick(style,
                            "점수는 100점 만점이며 괄호는 문항 표집을 포함한 95 % 신뢰구간입니다. "
                            "– 값 없음 · 미실시 n/c 비교 불가",
                            "Scores in points of 100 with 95 % confidence intervals that include "
                            "the sampling of questions. "
                            "– undefined, · not asked, n/c not comparable."));
  if (style.mark == TableStyle::Mark::kPoint) {
    grid.notes.push_back(pick(
        style, "표시는 점수의 크기만 따르며 통계적으로 구분되는지는 보지 않습니다.",
        "Marks follow the point value alone, whether or not the evidence separates the models."));
  } else if (any_rank(table)) {
    grid.notes.push_back(
        pick(style, "굵게(*): 최고와 통계적으로 구분되지 않는 모델 전부. 밑줄(+): 그다음 묶음.",
             "Bold (*): every model that the evidence does not separate from the best; underlined "
             "(+): the "
             "next group."));
  }
  for (size_t i = 0; i < table.footnotes.size(); ++i) {
    grid.notes.push_back(fmt::format("{}) {}", footnote_letter(static_cast<int>(i)),
                                     table.footnotes[i].in(style.language)));
  }
  for (const Bilingual& note : table.notes)
    grid.notes.push_back(note.in(style.language));
}

std::string count_text(const TableCell& cell, const char* name) {
  auto found = cell.counts.find(name);
  return found == cell.counts.end() ? "–" : std::to_string(found->second);
}

}  // namespace

std::string points_text(const std::optional<double>& value) {
  return value ? fmt::format("{:.1f}", *value * 100.0) : "–";
}

std::string score_text(const TableCell& cell) {
  switch (cell.state) {
    case CellState::kAbsent:
      return "·";
    case CellState::kUndefined:
      return "–";
    case CellState::kNotComparable:
      return cell.value ? fmt::format("n/c ({})", points_text(cell.value)) : "n/c";
    case CellState::kScored:
      break;
  }
  std::string value = points_text(cell.value);
  if (!cell.value || !cell.ci_low || !cell.ci_high) return value + " [–]";
  double below = 100.0 * (*cell.value - *cell.ci_low);
  double above = 100.0 * (*cell.ci_high - *cell.value);
  if (cell.n >= 100 && std::abs(above - below) < 0.1)
    return fmt::format("{} ±{:.1f}", value, (below + above) / 2.0);
  return fmt::format("{} [{}, {}]", value, points_text(cell.ci_low), points_text(cell.ci_high));
}

std::string row_note(const TableRow& row, Language language) {
  bool ko = language == Language::kKorean;
  std::vector<std::string> parts;
  if (row.stand_in) parts.push_back(ko ? "대역 모델" : "stand-in");
  if (row.source == RowSource::kPublished) parts.push_back(ko ? "공표" : "published");
  if (row.mode == "thinking") parts.push_back(ko ? "사고" : "thinking");
  if (row.mode == "non_thinking") parts.push_back(ko ? "비사고" : "non-thinking");
  if (!row.mode.empty() && row.mode != "thinking" && row.mode != "non_thinking")
    parts.push_back(row.mode);
  if (!row.origin_title.empty()) parts.push_back(row.origin_title);
  return fmt::format("{}", fmt::join(parts, ", "));
}

Grid make_score_grid(const TableInput& table, const TableStyle& style) {
  Grid grid;
  grid.caption = table.title.in(style.language);
  TableLayout layout = style.layout;
  if (layout == TableLayout::kAuto)
    layout = table.rows.size() <= 4 ? TableLayout::kReport : TableLayout::kLeaderboard;
  if (layout == TableLayout::kReport) {
    fill_report_layout(table, style, grid);
  } else {
    fill_leaderboard_layout(table, style, grid);
  }
  add_notes(table, style, grid);
  return grid;
}

Grid make_account_grid(const TableInput& table, const TableStyle& style) {
  Grid grid;
  grid.caption = pick(style, "모든 표본의 내역", "What became of every sample");
  grid.num_label_columns = 2;
  const std::vector<std::string> titles = {
      pick(style, "모델", "Model"),
      pick(style, "과제", "Task"),
      "n × K",
      pick(style, "정답", "correct"),
      pick(style, "오답", "incorrect"),
      pick(style, "답 없음", "no answer"),
      pick(style, "기반 오류", "infra error"),
      pick(style, "샌드박스 오류", "sandbox error"),
      pick(style, "길이 초과", "truncated"),
      pick(style, "사고 미종료", "unterminated"),
      pick(style, "다른 채점 방식(다른 표본)", "other mode (samples that differ)")};
  for (const std::string& title : titles) {
    grid.header.push_back({title, "", Emphasis::kNone});
  }
  for (const TableRow& row : table.rows) {
    for (const TableColumn& task : table.tasks) {
      const TableCell& cell = cell_of(row, task.id);
      if (cell.counts.empty()) continue;
      GridRow line{{{label_of(row, style), "", Emphasis::kNone},
                    {task.title.in(style.language), "", Emphasis::kNone}}};
      line.cells.push_back({fmt::format("{} × {}", cell.n, cell.repeats), "", Emphasis::kNone});
      for (const char* name : {"correct", "incorrect", "no_answer", "infra_error", "sandbox_error",
                               "truncated", "unterminated_reasoning"}) {
        line.cells.push_back({count_text(cell, name), "", Emphasis::kNone});
      }
      std::string other = "–";
      if (cell.other_mode) {
        other = fmt::format("{} {} ({})", cell.other_mode->mode,
                            points_text(cell.other_mode->value), cell.other_mode->differs);
      }
      line.cells.push_back({other, "", Emphasis::kNone});
      grid.rows.push_back(line);
    }
  }
  return grid;
}

Message variant_title(const std::string& name) {
  if (name == "float_tolerance") return Message("float tolerance 1e-6");
  return Message::value(name);
}

Grid make_variant_grid(const TableInput& table, const TableStyle& style) {
  Grid grid;
  grid.caption = pick(style, "규칙을 바꾸었다면", "Under another rule");
  grid.num_label_columns = 4;
  for (const std::string& title :
       {pick(style, "모델", "Model"), pick(style, "과제", "Task"), pick(style, "채점 방식", "Mode"),
        pick(style, "바꾼 규칙", "Changed rule"), pick(style, "점수", "Score")}) {
    grid.header.push_back({title, "", Emphasis::kNone});
  }
  for (const TableRow& row : table.rows) {
    for (const TableColumn& task : table.tasks) {
      for (const VariantScore& variant : cell_of(row, task.id).variants) {
        GridRow line;
        for (const std::string& text :
             {label_of(row, style), task.title.in(style.language), variant.mode,
              say(variant_title(variant.name), style.language), points_text(variant.value)})
          line.cells.push_back({text, "", Emphasis::kNone});
        grid.rows.push_back(line);
      }
    }
  }
  return grid;
}

std::string further_text(const FurtherScore& score) {
  if (!score.ci_low || !score.ci_high) return points_text(score.value);
  return fmt::format("{} [{:.1f}, {:.1f}]", points_text(score.value), 100.0 * *score.ci_low,
                     100.0 * *score.ci_high);
}

Message further_title(const std::string& name) {
  if (name == "spread") return Message("standard deviation between runs (points)");
  return Message::value(name);
}

Message language_share_text(const LanguageShare& share) {
  if (share.decided() == 0) return Message::value("–");
  const double percent = 100.0 * share.korean / share.decided();
  return Message("{percent} % ({part} of {whole})", {{"percent", fmt::format("{:.1f}", percent)},
                                                     {"part", share.korean},
                                                     {"whole", share.decided()}});
}

Grid make_further_grid(const TableInput& table, const TableStyle& style) {
  Grid grid;
  grid.caption = pick(style, "과제가 함께 내는 값", "Further figures");
  grid.num_label_columns = 4;
  for (const std::string& title :
       {pick(style, "모델", "Model"), pick(style, "과제", "Task"), pick(style, "채점 방식", "Mode"),
        pick(style, "값", "Figure"), pick(style, "점수 [95 %]", "Score [95 %]")}) {
    grid.header.push_back({title, "", Emphasis::kNone});
  }
  for (const TableRow& row : table.rows) {
    for (const TableColumn& task : table.tasks) {
      for (const FurtherScore& score : cell_of(row, task.id).further) {
        GridRow line;
        for (const std::string& text :
             {label_of(row, style), task.title.in(style.language), score.mode,
              say(further_title(score.name), style.language), further_text(score)})
          line.cells.push_back({text, "", Emphasis::kNone});
        grid.rows.push_back(line);
      }
    }
  }
  return grid;
}

Grid make_language_grid(const TableInput& table, const TableStyle& style) {
  Grid grid;
  grid.caption =
      pick(style, "한국어 문항에 한국어로 답했는가", "Korean questions answered in Korean");
  grid.num_label_columns = 2;
  for (const std::string& title : {pick(style, "모델", "Model"), pick(style, "과제", "Task"),
                                   pick(style, "답", "Answer"), pick(style, "사고", "Thinking")}) {
    grid.header.push_back({title, "", Emphasis::kNone});
  }
  for (const TableRow& row : table.rows) {
    for (const TableColumn& task : table.tasks) {
      const TableCell& cell = cell_of(row, task.id);
      if (!has_told_languages(cell)) continue;
      GridRow line;
      for (const std::string& text :
           {label_of(row, style), task.title.in(style.language),
            say(language_share_text(language_share(cell.counts, "answer")), style.language),
            say(language_share_text(language_share(cell.counts, "thinking")), style.language)})
        line.cells.push_back({text, "", Emphasis::kNone});
      grid.rows.push_back(line);
    }
  }
  if (!grid.rows.empty())
    grid.notes.push_back(
        pick(style, "한 문장이 못 되는 글은 판단하지 않고 세지 않는다.",
             "Texts of less than about a sentence are undecided and not counted."));
  return grid;
}

Grid make_licence_grid(const TableInput& table, const TableStyle& style) {
  Grid grid;
  grid.caption = pick(style, "합격한 자격", "Licences passed");
  grid.header.push_back({pick(style, "자격", "Licence"), "", Emphasis::kNone});
  std::vector<const LicencePasses*> columns;
  std::vector<std::string> order;
  for (const TableRow& row : table.rows) {
    for (const TableColumn& task : table.tasks) {
      for (const LicencePasses& passes : cell_of(row, task.id).licences) {
        columns.push_back(&passes);
        grid.header.push_back(
            {fmt::format("{} · {}", label_of(row, style), passes.mode), "", Emphasis::kNone});
        for (const LicencePass& pass : passes.licences) {
          if (std::find(order.begin(), order.end(), pass.licence) == order.end())
            order.push_back(pass.licence);
        }
      }
    }
  }
  for (const std::string& licence : order) {
    GridRow line{{{licence, "", Emphasis::kNone}}};
    for (const LicencePasses* passes : columns) {
      const auto found =
          std::find_if(passes->licences.begin(), passes->licences.end(),
                       [&](const LicencePass& pass) { return pass.licence == licence; });
      const std::string text =
          found == passes->licences.end()
              ? "–"
              : fmt::format("{} {:.1f} ({} {:.1f})", found->passed ? "✓" : "✕",
                            found->mean_of_subjects, pick(style, "최저", "lowest"),
                            found->lowest_subject);
      line.cells.push_back({text, "", Emphasis::kNone});
    }
    grid.rows.push_back(line);
  }
  if (columns.empty()) return grid;
  GridRow total{{{pick(style, "합격", "passed"), "", Emphasis::kNone}}};
  for (const LicencePasses* passes : columns)
    total.cells.push_back(
        {fmt::format("{} / {}", passes->passed, passes->of), "", Emphasis::kNone});
  grid.rows.push_back(total);
  grid.notes.push_back(
      pick(style, "과목 평균(과목 최저). ✓는 시험이라면 합격이다.",
           "The mean over subjects (the lowest subject); ✓ would pass the examination."));
  return grid;
}

}  // namespace jangwon::reports
