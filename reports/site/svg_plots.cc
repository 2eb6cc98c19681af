// Coordinates are written with one decimal, so that the same numbers give the same bytes on every
// machine. Labels are cut by their width and not by their bytes, because a Korean letter takes
// three bytes and two columns.

#include "reports/site/svg_plots.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/display_width.h"
#include "reports/escape.h"
#include "reports/site/html.h"

namespace jangwon::reports {
namespace {

constexpr double kWidth = 640.0;

std::string class_of(PlotStyle style) {
  switch (style) {
    case PlotStyle::kMeasured:
      return "";
    case PlotStyle::kStandIn:
      return "std";
    case PlotStyle::kPublished:
      return "pub";
  }
  return "";
}

std::string shortened(const std::string& label, int width) {
  if (display_width(label) <= width) return label;
  std::string cut;
  size_t at = 0;
  while (at < label.size()) {
    size_t next = at + 1;
    while (next < label.size() && (static_cast<unsigned char>(label[next]) & 0xC0) == 0x80)
      ++next;
    std::string longer = cut + label.substr(at, next - at);
    if (display_width(longer) > width - 1) break;
    cut = longer;
    at = next;
  }
  return cut + "…";
}

std::string open_svg(const std::string& id, const Bilingual& title, double height) {
  return fmt::format(
      "<svg class=\"plot\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" "
      "aria-labelledby=\"{}-t\"><title "
      "id=\"{}-t\">{}</title>",
      kWidth, height, id, id, html_escape(title.ko + " / " + title.en));
}

// The range shown and the step of its grid: from the lowest to the highest value, widened
// to round numbers.
struct Scale {
  double low = 0.0;
  double high = 1.0;
  double step = 0.2;
};

Scale scale_for(double low, double high) {
  double span = std::max(high - low, 0.02);
  double step = span > 0.5 ? 0.2 : span > 0.25 ? 0.1 : span > 0.1 ? 0.05 : 0.02;
  return {std::floor(low / step + 1e-9) * step, std::ceil(high / step - 1e-9) * step, step};
}

}  // namespace

std::string render_whisker_plot(const WhiskerPlot& plot) {
  constexpr double kLeft = 210.0, kRight = 130.0, kTop = 16.0, kRow = 30.0, kBottom = 30.0;
  double low = 1e9, high = -1e9;
  for (const WhiskerLine& line : plot.lines) {
    low = std::min({low, line.value, line.low.value_or(line.value)});
    high = std::max({high, line.value, line.high.value_or(line.value)});
  }
  if (plot.rule) {
    low = std::min(low, *plot.rule);
    high = std::max(high, *plot.rule);
  }
  if (plot.lines.empty()) return "";
  bool ratio = !plot.unit.empty();
  low = std::max(low, 0.0);
  high = ratio ? std::min(high, 3.0) : std::min(high, 1.0);
  Scale scale = scale_for(low, high);
  double height = kTop + kRow * static_cast<double>(plot.lines.size()) + kBottom;
  auto x_of = [&](double value) {
    double share =
        (std::clamp(value, scale.low, scale.high) - scale.low) / (scale.high - scale.low);
    return kLeft + share * (kWidth - kLeft - kRight);
  };
  std::string svg = open_svg(plot.id, plot.title, height);
  for (double tick = scale.low; tick <= scale.high + 1e-9; tick += scale.step) {
    svg += fmt::format(
        "<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\"/>",
        x_of(tick), kTop, height - kBottom);
    svg += fmt::format(
        "<text class=\"t\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>", x_of(tick),
        height - 10.0, ratio ? fmt::format("{:.2f}", tick) : fmt::format("{:.0f}", tick * 100.0));
  }
  if (plot.rule) {
    svg += fmt::format(
        "<line class=\"rule\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\"/>",
        x_of(*plot.rule), kTop, height - kBottom);
  }
  double y = kTop + kRow / 2.0;
  for (const WhiskerLine& line : plot.lines) {
    svg += fmt::format("<g class=\"{}\">", class_of(line.style));
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>",
                       kLeft - 12.0, y + 4.5, html_escape(shortened(line.label, 28)));
    if (line.low && line.high) {
      svg += fmt::format(
          "<line class=\"thin\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>",
          x_of(*line.low), x_of(*line.high), y, y);
    }
    if (line.run_half) {
      svg += fmt::format(
          "<line class=\"thick\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>",
          x_of(line.value - *line.run_half), x_of(line.value + *line.run_half), y, y);
    }
    svg += fmt::format("<circle class=\"dot\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4.5\"/>",
                       x_of(line.value), y);
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text></g>", kWidth - kRight + 12.0,
                       y + 4.5, html_escape(line.text));
    y += kRow;
  }
  return svg + "</svg>\n";
}

std::string render_scatter_plot(const ScatterPlot& plot) {
  constexpr double kLeft = 52.0, kRight = 120.0, kTop = 18.0, kBottom = 46.0, kHeight = 380.0;
  if (plot.points.empty()) return "";
  double x_low = 1e9, x_high = 0.0, y_low = 1.0, y_high = 0.0;
  for (const ScatterPoint& point : plot.points) {
    x_low = std::min(x_low, point.x);
    x_high = std::max(x_high, point.x);
    y_low = std::min(y_low, point.low.value_or(point.y));
    y_high = std::max(y_high, point.high.value_or(point.y));
  }
  x_low *= 0.85;
  x_high *= 1.15;
  Scale scale = scale_for(y_low, y_high);
  auto x_of = [&](double x) {
    return kLeft + (std::log(x) - std::log(x_low)) / (std::log(x_high) - std::log(x_low)) *
                       (kWidth - kLeft - kRight);
  };
  auto y_of = [&](double y) {
    return kHeight - kBottom -
           (y - scale.low) / (scale.high - scale.low) * (kHeight - kTop - kBottom);
  };
  std::string svg = open_svg(plot.id, plot.title, kHeight);
  for (double tick = scale.low; tick <= scale.high + 1e-9; tick += scale.step) {
    svg += fmt::format(
        "<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{1:.1f}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>", kLeft,
        kWidth - kRight, y_of(tick));
    svg +=
        fmt::format("<text class=\"t\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{:.0f}</text>",
                    kLeft - 8.0, y_of(tick) + 4.0, tick * 100.0);
  }
  for (double decade = 0.001; decade < 1e7; decade *= 10.0) {
    for (double digit : {1.0, 2.0, 3.0, 5.0, 7.0}) {
      double x = decade * digit;
      if (x < x_low || x > x_high) continue;
      svg += fmt::format(
          "<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\"/>",
          x_of(x), kTop, kHeight - kBottom);
      svg += fmt::format(
          "<text class=\"t\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{:g}{}</text>",
          x_of(x), kHeight - kBottom + 18.0, x, html_escape(plot.x_unit));
    }
  }
  svg += fmt::format(
      "<text class=\"t\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{} / {}</text>",
      (kLeft + kWidth - kRight) / 2.0, kHeight - 8.0, html_escape(plot.x_label.ko),
      html_escape(plot.x_label.en));
  std::vector<const ScatterPoint*> front;
  for (const ScatterPoint& point : plot.points) {
    if (point.on_front) front.push_back(&point);
  }
  std::sort(front.begin(), front.end(),
            [](const ScatterPoint* a, const ScatterPoint* b) { return a->x < b->x; });
  std::string path;
  for (size_t i = 0; i < front.size(); ++i) {
    if (i == 0) {
      path = fmt::format("M{:.1f} {:.1f}", x_of(front[i]->x), y_of(front[i]->y));
    } else {
      path += fmt::format("H{:.1f}V{:.1f}", x_of(front[i]->x), y_of(front[i]->y));
    }
  }
  if (!path.empty())
    svg += fmt::format("<path class=\"front\" d=\"{}H{:.1f}\"/>", path, kWidth - kRight);
  // Labels that would touch the one above move down; the eye follows the short distance.
  std::vector<const ScatterPoint*> order;
  for (const ScatterPoint& point : plot.points)
    order.push_back(&point);
  std::stable_sort(order.begin(), order.end(),
                   [](const ScatterPoint* a, const ScatterPoint* b) { return a->y > b->y; });
  std::vector<std::pair<double, double>> placed;
  for (const ScatterPoint* point : order) {
    double x = x_of(point->x), y = y_of(point->y), label_y = y - 8.0;
    for (bool moved = true; moved;) {
      moved = false;
      for (auto [other_x, other_y] : placed) {
        if (std::abs(other_x - x) < 110.0 && std::abs(other_y - label_y) < 14.0) {
          label_y = other_y + 14.0;
          moved = true;
        }
      }
    }
    placed.emplace_back(x, label_y);
    svg += fmt::format("<g class=\"{}\">", class_of(point->style));
    if (point->low && point->high) {
      svg += fmt::format(
          "<line class=\"thin\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\"/>", x,
          y_of(*point->low), y_of(*point->high));
    }
    svg += fmt::format("<circle class=\"dot\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4.5\"/>", x, y);
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text></g>", x + 9.0, label_y,
                       html_escape(shortened(point->label, 20)));
  }
  return svg + "</svg>\n";
}

std::string render_time_plot(const TimePlot& plot) {
  constexpr double kLeft = 44.0, kRight = 16.0, kTop = 16.0, kHeight = 220.0, kBottom = 34.0,
                   kDayWidth = 84.0;
  double low = 1.0, high = 0.0;
  for (const TimePoint& point : plot.points) {
    low = std::min({low, point.value, point.low.value_or(point.value)});
    high = std::max({high, point.value, point.high.value_or(point.value)});
  }
  if (plot.points.empty()) return "";
  const Scale scale = scale_for(std::max(low, 0.0), std::min(high, 1.0));
  const double between = plot.points.size() > 1 ? (kWidth - kLeft - kRight - 40.0) /
                                                      static_cast<double>(plot.points.size() - 1)
                                                : 0.0;
  const auto x_of = [&](size_t i) { return kLeft + 20.0 + between * static_cast<double>(i); };
  const auto y_of = [&](double value) {
    const double share =
        (std::clamp(value, scale.low, scale.high) - scale.low) / (scale.high - scale.low);
    return kHeight - kBottom - share * (kHeight - kBottom - kTop);
  };
  std::string svg = open_svg(plot.id, plot.title, kHeight);
  for (double tick = scale.low; tick <= scale.high + 1e-9; tick += scale.step) {
    svg += fmt::format(
        "<line class=\"grid\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>", kLeft,
        kWidth - kRight, y_of(tick), y_of(tick));
    svg +=
        fmt::format("<text class=\"t\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{:.0f}</text>",
                    kLeft - 8.0, y_of(tick) + 4.0, tick * 100.0);
  }
  svg += fmt::format("<g class=\"{}\">", class_of(plot.style));
  double last_label = -kDayWidth;
  for (size_t i = 0; i < plot.points.size(); ++i) {
    const TimePoint& point = plot.points[i];
    const double x = x_of(i), y = y_of(point.value);
    if (i > 0 && point.joined) {
      svg += fmt::format(
          "<line class=\"thin\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>",
          x_of(i - 1), x, y_of(plot.points[i - 1].value), y);
    }
    if (point.low && point.high) {
      svg += fmt::format(
          "<line class=\"thick\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\"/>", x,
          y_of(*point.low), y_of(*point.high));
    }
    if (point.marked) {
      svg += fmt::format(
          "<line class=\"rule\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\"/>",
          x - std::min(10.0, between / 2.0), kTop, kHeight - kBottom);
    }
    svg += fmt::format(
        "<g class=\"{}\"><circle class=\"dot\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\"/></g>",
        point.hollow ? "pub" : "", x, y);
    // A day is written where there is room for it.
    if (x - last_label >= kDayWidth || i == 0) {
      svg += fmt::format(
          "<text class=\"t\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>",
          std::clamp(x, kLeft + 16.0, kWidth - kRight - 24.0), kHeight - 12.0,
          html_escape(point.label));
      last_label = x;
    }
  }
  return svg + "</g></svg>\n";
}

}  // namespace jangwon::reports
