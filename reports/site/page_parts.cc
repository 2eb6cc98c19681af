// What several pages show alike: a score with its interval and flags, the chip of a rank, the
// name of a row, the account of samples, footnotes. It stands once because two pages must never
// show the same number differently.

#include "reports/site/page_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reports/site/elements.h"
#include "reports/table.h"

namespace jangwon::reports {
namespace {

Html footnote_marks(const TableCell& cell) {
  const std::set<int> sorted(cell.footnotes.begin(), cell.footnotes.end());
  if (sorted.empty()) return {};
  std::vector<std::string> letters;
  for (int index : sorted)
    letters.push_back(footnote_letter(index));
  return Element("sup").add(text(fmt::format("{}", fmt::join(letters, ","))));
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

struct Count {
  const char* name;
  Message label;
};

// The counts that a reader must not miss beside a number; all of them stand in the account
// below the table.
Html flags_of(const TableCell& cell) {
  const Count flags[] = {{"no_answer", Message("no answer")},
                         {"truncated", Message("truncated")},
                         {"unterminated_reasoning", Message("unterminated")},
                         {"infra_error", Message("infra error")},
                         {"sandbox_error", Message("sandbox error")}};
  std::vector<Html> parts;
  for (const Count& flag : flags) {
    const int count = count_of(cell, flag.name);
    if (count == 0) continue;
    parts.push_back(Element("span", "nb").add(flag.label).add(text(fmt::format(" {}", count))));
  }
  return joined(parts, " · ");
}

Html value_of(const TableCell& cell) {
  const std::string shown = score_text(cell);
  const size_t cut = std::min(shown.find('['), shown.find("±"));
  if (cell.state != CellState::kScored || cut == std::string::npos) return value(text(shown));
  const char* emphasis = cell.tie_group == 1 ? "best" : cell.tie_group == 2 ? "second" : "";
  return value(text(shown.substr(0, cut - 1)), emphasis) + interval(shown.substr(cut));
}

// Words, not emoji: many systems have no glyph for them, and a medal must not depend
// on colour either.
Html rank_chip(const harness::RankInterval& rank) {
  const bool shared = rank.best != rank.worst;
  const auto place = [&] {
    switch (rank.best) {
      case 1:
        return shared ? Message("gold · joint 1st") : Message("gold · 1st");
      case 2:
        return shared ? Message("silver · joint 2nd") : Message("silver · 2nd");
      case 3:
        return shared ? Message("bronze · joint 3rd") : Message("bronze · 3rd");
      default:
        return Message("rank {rank}", {{"rank", rank.best}});
    }
  };
  static constexpr ChipKind kKinds[] = {ChipKind::kGold, ChipKind::kSilver, ChipKind::kBronze};
  const ChipKind kind = rank.best <= 3 ? kKinds[rank.best - 1] : ChipKind::kPlain;
  Html label = place();
  if (shared) label.text(fmt::format(" ({}–{})", rank.best, rank.worst));
  return chip(kind, label);
}

std::string with_hyphens(std::string text) {
  for (char& c : text) {
    if (c == ' ' || c == '"') c = '-';
  }
  return text;
}

}  // namespace

void add_score(HtmlTable& table, const TableCell& cell) {
  Html content = value_of(cell) + footnote_marks(cell);
  for (const TableCell& beside : cell.beside)
    content.add(sub(text(score_text(beside)) + footnote_marks(beside)));
  if (const std::string size = size_of(cell); !size.empty()) content.add(sub(text(size)));
  if (const Html flags = flags_of(cell); !flags.empty()) content.add(sub(flags));
  if (cell.rank) content.add(Element("span", "evid").add(rank_chip(*cell.rank)));
  table.cell_by(cell.state == CellState::kScored ? cell.value : std::nullopt, content);
}

Html row_name(const TableRow& row) {
  Html chips;
  if (row.stand_in) chips.add(chip(ChipKind::kStandIn, Message("stand-in")));
  chips.add(row.source == RowSource::kPublished ? chip(ChipKind::kPublished, Message("○ published"))
                                                : chip(ChipKind::kPlain, Message("● measured")));
  if (row.mode == "thinking") {
    chips.add(chip(ChipKind::kPlain, Message("thinking")));
  } else if (row.mode == "non_thinking") {
    chips.add(chip(ChipKind::kPlain, Message("non-thinking")));
  } else if (!row.mode.empty()) {
    chips.add(chip(ChipKind::kPlain, text(row.mode)));
  }
  if (!row.licence.empty()) chips.add(chip(ChipKind::kPlain, text(row.licence)));
  if (row.total_params_b) {
    chips.add(chip(ChipKind::kPlain,
                   text(row.active_params_b ? fmt::format("{:.4g}B · A{:.3g}B", *row.total_params_b,
                                                          *row.active_params_b)
                                            : fmt::format("{:.4g}B", *row.total_params_b))));
  }
  if (!row.origin_title.empty()) chips.text(" ").text(row.origin_title);
  return text(row.name) + sub(chips);
}

std::string row_filters(const TableRow& row) {
  std::string filters = row.source == RowSource::kMeasured ? "source:measured" : "source:published";
  filters += row.national || row.stand_in ? " role:national" : " role:reference";
  filters += row.stand_in ? " kind:standin" : " kind:real";
  if (!row.mode.empty()) filters += " mode:" + with_hyphens(row.mode);
  if (!row.licence.empty()) filters += " licence:" + with_hyphens(row.licence);
  if (row.active_params_b) {
    for (int limit : {15, 25, 40}) {
      if (*row.active_params_b <= limit) filters += fmt::format(" active:{}", limit);
    }
    filters += " active:any";
  }
  return filters;
}

Message measured_rows_title() {
  return Message("● Measured by this program");
}

Message published_rows_title() {
  return Message("○ Published values: settings differ, never ranked with measured ones");
}

Html account_table(const TableInput& table) {
  const Count counts[] = {{"correct", Message("correct")},
                          {"incorrect", Message("incorrect")},
                          {"no_answer", Message("no answer")},
                          {"infra_error", Message("infra error")},
                          {"sandbox_error", Message("sandbox error")},
                          {"truncated", Message("truncated")},
                          {"unterminated_reasoning", Message("unterminated")}};
  HtmlTable account(
      "account",
      Message("Five verdicts and two flags. Errors are ours and never counted as wrong."));
  account.style("tall");
  account.sortable(Message("Model"), Order::kAscending);
  account.sortable(Message("Task"), Order::kAscending);
  account.sortable_number(Message("n × runs"), Order::kDescending);
  for (const Count& count : counts)
    account.sortable_number(count.label, Order::kDescending);
  account.sortable_number(Message("Other mode"), Order::kDescending);
  account.sortable_number(Message("Samples that differ"), Order::kDescending);
  for (const TableRow& row : table.rows) {
    for (const TableColumn& task : table.tasks) {
      const TableCell& cell = cell_of(row, task.id);
      if (cell.counts.empty()) continue;
      account.row().heading(text(row.name)).cell(task.title);
      account.cell_by(cell.n, text(fmt::format("{} × {}", cell.n, cell.repeats)));
      for (const Count& count : counts) {
        const int number = count_of(cell, count.name);
        account.cell_by(number, text(std::to_string(number)));
      }
      if (!cell.other_mode) {
        account.cell_by({}, text("–")).cell_by({}, text("–"));
        continue;
      }
      const OtherMode& other = *cell.other_mode;
      account.cell_by(
          other.value,
          text(other.mode + " ") + points_with_interval(other.value, other.ci_low, other.ci_high));
      account.cell_by(other.differs, text(std::to_string(other.differs)));
    }
  }
  return account.empty() ? Html() : account;
}

Html footnote_list(const TableInput& table, const std::string& task) {
  std::set<int> used;
  for (const TableRow& row : table.rows) {
    for (const auto& [name, cell] : row.cells) {
      if (!task.empty() && name != task) continue;
      used.insert(cell.footnotes.begin(), cell.footnotes.end());
      for (const TableCell& beside : cell.beside)
        used.insert(beside.footnotes.begin(), beside.footnotes.end());
    }
  }
  Html html;
  if (!used.empty()) {
    Element lettered("ol", "fn");
    for (int index : used) {
      lettered.add(Element("li")
                       .set("value", std::to_string(index + 1))
                       .add(table.footnotes[static_cast<size_t>(index)]));
    }
    html.add(lettered);
  }
  if (!table.notes.empty())
    html.add(list(std::vector<Html>(table.notes.begin(), table.notes.end()), "fn"));
  return html;
}

std::string points_with_sign(double difference) {
  std::string points = fmt::format("{:+.1f}", 100.0 * difference);
  return points == "-0.0" || points == "+0.0" ? "0.0" : points;
}

Html difference_with_interval(double difference, std::optional<double> low,
                              std::optional<double> high) {
  Html shown = text(points_with_sign(difference));
  if (low && high) shown.add(interval(points_with_sign(*low), points_with_sign(*high)));
  return shown;
}

Html points_with_interval(std::optional<double> points, std::optional<double> low,
                          std::optional<double> high) {
  Html shown = text(points_text(points));
  if (points && low && high) shown.add(interval(points_text(low), points_text(high)));
  return shown;
}

PlotStyle plot_style(const TableRow& row) {
  if (row.source == RowSource::kPublished) return PlotStyle::kPublished;
  return row.stand_in ? PlotStyle::kStandIn : PlotStyle::kMeasured;
}

WhiskerPlot make_task_plot(const TableInput& table, const TableColumn& task) {
  WhiskerPlot plot;
  plot.title = Message("{task}: scores with 95 % intervals", {{"task", task.title}});
  for (const TableRow& row : table.rows) {
    const TableCell& cell = cell_of(row, task.id);
    if (cell.state != CellState::kScored || !cell.value) continue;
    WhiskerLine line;
    line.label = row.source == RowSource::kPublished ? fmt::format("○ {}", row.name) : row.name;
    if (row.mode == "non_thinking" || row.mode == "medium")
      line.label += fmt::format(" ({})", row.mode == "medium" ? "medium" : "non-thinking");
    line.style = plot_style(row);
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

Message verdict_word(const std::string& licence_verdict) {
  if (licence_verdict == "allowed") return Message("✓ allowed");
  if (licence_verdict == "conditional") return Message("△ conditional");
  if (licence_verdict == "forbidden") return Message("✕ forbidden");
  if (licence_verdict == "by_agreement") return Message("✕ separate agreement");
  if (licence_verdict == "unspecified") return Message("– not stated");
  return Message("? unconfirmed");
}

Message confidence_word(Confidence confidence) {
  switch (confidence) {
    case Confidence::kPrimary:
      return Message("read in the original");
    case Confidence::kSecondary:
      return Message("secondary");
    case Confidence::kDerived:
      return Message("derived");
    case Confidence::kUnconfirmed:
      return Message("unconfirmed");
  }
  return {};
}

}  // namespace jangwon::reports
