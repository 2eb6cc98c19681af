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
  GridRow total{{{say(Message("Total params"), style.language), "", Emphasis::kNone}}};
  GridRow active{{{say(Message("Active params"), style.language), "", Emphasis::kNone}}};
  GridRow licence{{{say(Message("Licence"), style.language), "", Emphasis::kNone}}};
  for (const TableRow& row : table.rows) {
    total.cells.push_back({billions(row.total_params_b), "", Emphasis::kNone});
    active.cells.push_back({billions(row.active_params_b), "", Emphasis::kNone});
    licence.cells.push_back({row.licence.empty() ? "–" : row.licence, "", Emphasis::kNone});
  }
  grid.rows.insert(grid.rows.end(), {total, active, licence});
}

void fill_report_layout(const TableInput& table, const TableStyle& style, Grid& grid) {
  grid.header.push_back({say(Message("Benchmark"), style.language), "", Emphasis::kNone});
  for (const TableRow& row : table.rows)
    grid.header.push_back({label_of(row, style), "", Emphasis::kNone});
  add_header_block(table, style, grid);
  std::string domain;
  for (const TableColumn& task : table.tasks) {
    if (say(task.domain, style.language) != domain) {
      domain = say(task.domain, style.language);
      if (!domain.empty()) grid.rows.push_back(section_row(domain));
    }
    std::string size = size_text(table, task.id);
    std::string label = size.empty()
                            ? say(task.title, style.language)
                            : fmt::format("{} ({})", say(task.title, style.language), size);
    GridRow line{{{label, "", Emphasis::kNone}}};
    for (const TableRow& row : table.rows)
      line.cells.push_back(score_cell(table, row, task.id, style));
    grid.rows.push_back(line);
  }
}

void fill_leaderboard_layout(const TableInput& table, const TableStyle& style, Grid& grid) {
  grid.header.push_back({say(Message("Model"), style.language), "", Emphasis::kNone});
  for (const TableColumn& task : table.tasks) {
    std::string size = size_text(table, task.id);
    grid.header.push_back({size.empty()
                               ? say(task.title, style.language)
                               : fmt::format("{} ({})", say(task.title, style.language), size),
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
                                            ? say(Message("Measured here"), style.language)
                                            : say(Message("Published values"), style.language)));
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
  grid.notes.push_back(
      say(Message("Scores in points of 100 with 95 % confidence intervals that include the "
                  "sampling of questions. – undefined, · not asked, n/c not comparable."),
          style.language));
  if (style.mark == TableStyle::Mark::kPoint) {
    grid.notes.push_back(say(Message("Marks follow the point value alone, whether or not the "
                                     "evidence separates the models."),
                             style.language));
  } else if (any_rank(table)) {
    grid.notes.push_back(say(Message("Bold (*): every model that the evidence does not separate "
                                     "from the best; underlined (+): the next group."),
                             style.language));
  }
  for (size_t i = 0; i < table.footnotes.size(); ++i) {
    grid.notes.push_back(fmt::format("{}) {}", footnote_letter(static_cast<int>(i)),
                                     say(table.footnotes[i], style.language)));
  }
  for (const Message& note : table.notes)
    grid.notes.push_back(say(note, style.language));
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
  std::vector<std::string> parts;
  const auto add = [&](const Message& part) { parts.push_back(say(part, language)); };
  if (row.stand_in) add(Message("stand-in"));
  if (row.source == RowSource::kPublished) add(Message("published"));
  if (row.mode == "thinking") add(Message("thinking"));
  if (row.mode == "non_thinking") add(Message("non-thinking"));
  if (!row.mode.empty() && row.mode != "thinking" && row.mode != "non_thinking")
    parts.push_back(row.mode);
  if (!row.origin_title.empty()) parts.push_back(row.origin_title);
  return fmt::format("{}", fmt::join(parts, ", "));
}

Grid make_score_grid(const TableInput& table, const TableStyle& style) {
  Grid grid;
  grid.caption = say(table.title, style.language);
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
  grid.caption = say(Message("What became of every sample"), style.language);
  grid.num_label_columns = 2;
  const std::vector<std::string> titles = {
      say(Message("Model"), style.language),
      say(Message("Task"), style.language),
      "n × K",
      say(Message("correct"), style.language),
      say(Message("incorrect"), style.language),
      say(Message("no answer"), style.language),
      say(Message("infra error"), style.language),
      say(Message("sandbox error"), style.language),
      say(Message("truncated"), style.language),
      say(Message("unterminated"), style.language),
      say(Message("other mode (samples that differ)"), style.language)};
  for (const std::string& title : titles) {
    grid.header.push_back({title, "", Emphasis::kNone});
  }
  for (const TableRow& row : table.rows) {
    for (const TableColumn& task : table.tasks) {
      const TableCell& cell = cell_of(row, task.id);
      if (cell.counts.empty()) continue;
      GridRow line{{{label_of(row, style), "", Emphasis::kNone},
                    {say(task.title, style.language), "", Emphasis::kNone}}};
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
  grid.caption = say(Message("Under another rule"), style.language);
  grid.num_label_columns = 4;
  for (const std::string& title :
       {say(Message("Model"), style.language), say(Message("Task"), style.language),
        say(Message("Grading mode"), style.language), say(Message("Changed rule"), style.language),
        say(Message("Score"), style.language)}) {
    grid.header.push_back({title, "", Emphasis::kNone});
  }
  for (const TableRow& row : table.rows) {
    for (const TableColumn& task : table.tasks) {
      for (const VariantScore& variant : cell_of(row, task.id).variants) {
        GridRow line;
        for (const std::string& text :
             {label_of(row, style), say(task.title, style.language), variant.mode,
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
  grid.caption = say(Message("Further figures"), style.language);
  grid.num_label_columns = 4;
  for (const std::string& title :
       {say(Message("Model"), style.language), say(Message("Task"), style.language),
        say(Message("Grading mode"), style.language), say(Message("Figure"), style.language),
        say(Message("Score [95 %]"), style.language)}) {
    grid.header.push_back({title, "", Emphasis::kNone});
  }
  for (const TableRow& row : table.rows) {
    for (const TableColumn& task : table.tasks) {
      for (const FurtherScore& score : cell_of(row, task.id).further) {
        GridRow line;
        for (const std::string& text :
             {label_of(row, style), say(task.title, style.language), score.mode,
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
  grid.caption = say(Message("Korean questions answered in Korean"), style.language);
  grid.num_label_columns = 2;
  for (const std::string& title :
       {say(Message("Model"), style.language), say(Message("Task"), style.language),
        say(Message("Answer"), style.language), say(Message("Thinking"), style.language)}) {
    grid.header.push_back({title, "", Emphasis::kNone});
  }
  for (const TableRow& row : table.rows) {
    for (const TableColumn& task : table.tasks) {
      const TableCell& cell = cell_of(row, task.id);
      if (!has_told_languages(cell)) continue;
      GridRow line;
      for (const std::string& text :
           {label_of(row, style), say(task.title, style.language),
            say(language_share_text(language_share(cell.counts, "answer")), style.language),
            say(language_share_text(language_share(cell.counts, "thinking")), style.language)})
        line.cells.push_back({text, "", Emphasis::kNone});
      grid.rows.push_back(line);
    }
  }
  if (!grid.rows.empty())
    grid.notes.push_back(
        say(Message("Texts of less than about a sentence are undecided and not counted."),
            style.language));
  return grid;
}

Grid make_licence_grid(const TableInput& table, const TableStyle& style) {
  Grid grid;
  grid.caption = say(Message("Licences passed"), style.language);
  grid.header.push_back(
      {say(Message("Professional licence"), style.language), "", Emphasis::kNone});
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
              : say(Message("{mark} {mean} (lowest {lowest})",
                            {{"mark", found->passed ? "✓" : "✕"},
                             {"mean", fmt::format("{:.1f}", found->mean_of_subjects)},
                             {"lowest", fmt::format("{:.1f}", found->lowest_subject)}}),
                    style.language);
      line.cells.push_back({text, "", Emphasis::kNone});
    }
    grid.rows.push_back(line);
  }
  if (columns.empty()) return grid;
  GridRow total{{{say(Message("passed"), style.language), "", Emphasis::kNone}}};
  for (const LicencePasses* passes : columns)
    total.cells.push_back(
        {fmt::format("{} / {}", passes->passed, passes->of), "", Emphasis::kNone});
  grid.rows.push_back(total);
  grid.notes.push_back(
      say(Message("The mean over subjects (the lowest subject); ✓ would pass the examination."),
          style.language));
  return grid;
}

}  // namespace jangwon::reports
