// Coordinates are written with one decimal, so that the same numbers give the same bytes on every
// machine. Labels are cut by their width and not by their bytes, because a Korean letter takes
// three bytes and two columns.

#include "reports/site/svg_plots.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "reports/display_width.h"

namespace jangwon::reports {
namespace {

constexpr double kWidth = 440.0;         // of plots with axes
constexpr double kWhiskerWidth = 360.0;  // of whiskers, which have their labels above them

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

std::string decimal(double number) {
  return fmt::format("{:.1f}", number);
}

Element canvas(const Message& title, double width, double height) {
  return Element("svg", "plot")
      .set("viewBox", fmt::format("0 0 {:.0f} {:.0f}", width, height))
      .set("role", "img")
      .set_both("aria-label", title);
}

struct Point {
  double x, y;
};

Html line(std::string_view style, Point from, Point to) {
  return Element("line", style)
      .set("x1", decimal(from.x))
      .set("x2", decimal(to.x))
      .set("y1", decimal(from.y))
      .set("y2", decimal(to.y));
}

Html dot(Point at) {
  return Element("circle", "dot").set("cx", decimal(at.x)).set("cy", decimal(at.y)).set("r", "4.5");
}

enum class Anchor { kStart, kMiddle, kEnd };

Element label(Point at, Anchor anchor, std::string_view style, const Html& content) {
  Element element("text", style);
  element.set("x", decimal(at.x)).set("y", decimal(at.y));
  if (anchor == Anchor::kMiddle) element.set("text-anchor", "middle");
  if (anchor == Anchor::kEnd) element.set("text-anchor", "end");
  return element.add(content);
}

// In the language that the page shows: <span> is no part of SVG, <text> takes a language.
Html label_in_both(Point at, const Message& message) {
  const BothLanguages both = both_of(message);
  return label(at, Anchor::kMiddle, "t", text(both.ko)).set("lang", "ko") +
         label(at, Anchor::kMiddle, "t", text(both.en)).set("lang", "en");
}

// The range shown and the step of its grid: from the lowest to the highest value, widened
// to round numbers.
struct Scale {
  double low = 0.0;
  double high = 1.0;
  double step = 0.2;

  double share(double value) const { return (std::clamp(value, low, high) - low) / (high - low); }
};

Scale scale_for(double low, double high) {
  double span = std::max(high - low, 0.02);
  double step = span > 0.5 ? 0.2 : span > 0.25 ? 0.1 : span > 0.1 ? 0.05 : 0.02;
  return {std::floor(low / step + 1e-9) * step, std::ceil(high / step - 1e-9) * step, step};
}

// The lines across a plot whose values go up.
Html value_grid(const Scale& scale, double left, double right,
                const std::function<double(double)>& y_of) {
  Html grid;
  for (double tick = scale.low; tick <= scale.high + 1e-9; tick += scale.step) {
    grid.add(line("grid", {left, y_of(tick)}, {right, y_of(tick)}));
    grid.add(label({left - 8.0, y_of(tick) + 4.0}, Anchor::kEnd, "t",
                   text(fmt::format("{:.0f}", tick * 100.0))));
  }
  return grid;
}

}  // namespace

// Two lines of text height a model: its name and its value, and the whisker below them. Beside
// each other they would need twice the width of a telephone.
Html render_whisker_plot(const WhiskerPlot& plot) {
  constexpr double kMargin = 12.0, kTop = 10.0, kRow = 40.0, kBottom = 26.0, kBaseline = 14.0,
                   kWhisker = 27.0;
  double low = 1e9, high = -1e9;
  for (const WhiskerLine& one : plot.lines) {
    low = std::min({low, one.value, one.low.value_or(one.value)});
    high = std::max({high, one.value, one.high.value_or(one.value)});
  }
  if (plot.rule) {
    low = std::min(low, *plot.rule);
    high = std::max(high, *plot.rule);
  }
  if (plot.lines.empty()) return {};
  const bool ratio = !plot.unit.empty();
  const Scale scale = scale_for(std::max(low, 0.0), std::min(high, ratio ? 3.0 : 1.0));
  const double height = kTop + kRow * static_cast<double>(plot.lines.size()) + kBottom;
  const auto x_of = [&](double value) {
    return kMargin + 6.0 + scale.share(value) * (kWhiskerWidth - 2.0 * (kMargin + 6.0));
  };
  Element svg = canvas(plot.title, kWhiskerWidth, height);
  for (double tick = scale.low; tick <= scale.high + 1e-9; tick += scale.step) {
    svg.add(line("grid", {x_of(tick), kTop}, {x_of(tick), height - kBottom}));
    svg.add(label({x_of(tick), height - 9.0}, Anchor::kMiddle, "t",
                  text(ratio ? fmt::format("{:.2f}", tick) : fmt::format("{:.0f}", tick * 100.0))));
  }
  if (plot.rule)
    svg.add(line("rule", {x_of(*plot.rule), kTop}, {x_of(*plot.rule), height - kBottom}));
  double top = kTop;
  for (const WhiskerLine& one : plot.lines) {
    const double y = top + kWhisker;
    Element group("g", class_of(one.style));
    group.add(
        label({kMargin, top + kBaseline}, Anchor::kStart, "", text(shortened(one.label, 30))));
    group.add(label({kWhiskerWidth - kMargin, top + kBaseline}, Anchor::kEnd, "", text(one.text)));
    if (one.low && one.high) group.add(line("thin", {x_of(*one.low), y}, {x_of(*one.high), y}));
    if (one.run_half) {
      group.add(line("thick", {x_of(one.value - *one.run_half), y},
                     {x_of(one.value + *one.run_half), y}));
    }
    group.add(dot({x_of(one.value), y}));
    svg.add(group);
    top += kRow;
  }
  return svg;
}

Html render_scatter_plot(const ScatterPlot& plot) {
  constexpr double kLeft = 40.0, kRight = 16.0, kTop = 24.0, kBottom = 46.0, kHeight = 420.0,
                   kLetterWidth = 6.8, kLabelHeight = 14.0;
  if (plot.points.empty()) return {};
  double x_low = 1e9, x_high = 0.0, y_low = 1.0, y_high = 0.0;
  for (const ScatterPoint& point : plot.points) {
    x_low = std::min(x_low, point.x);
    x_high = std::max(x_high, point.x);
    y_low = std::min(y_low, point.low.value_or(point.y));
    y_high = std::max(y_high, point.high.value_or(point.y));
  }
  x_low *= 0.85;
  x_high *= 1.15;
  const Scale scale = scale_for(y_low, y_high);
  const auto x_of = [&](double x) {
    return kLeft + (std::log(x) - std::log(x_low)) / (std::log(x_high) - std::log(x_low)) *
                       (kWidth - kLeft - kRight);
  };
  const auto y_of = [&](double y) {
    return kHeight - kBottom - scale.share(y) * (kHeight - kTop - kBottom);
  };
  Element svg = canvas(plot.title, kWidth, kHeight);
  svg.add(value_grid(scale, kLeft, kWidth - kRight, y_of));
  for (double decade = 0.001; decade < 1e7; decade *= 10.0) {
    for (double digit : {1.0, 2.0, 3.0, 5.0, 7.0}) {
      const double x = decade * digit;
      if (x < x_low || x > x_high) continue;
      svg.add(line("grid", {x_of(x), kTop}, {x_of(x), kHeight - kBottom}));
      svg.add(label({x_of(x), kHeight - kBottom + 18.0}, Anchor::kMiddle, "t",
                    text(fmt::format("{:g}{}", x, plot.x_unit))));
    }
  }
  svg.add(label_in_both({(kLeft + kWidth - kRight) / 2.0, kHeight - 8.0}, plot.x_label));
  std::vector<const ScatterPoint*> front;
  for (const ScatterPoint& point : plot.points) {
    if (point.on_front) front.push_back(&point);
  }
  std::sort(front.begin(), front.end(),
            [](const ScatterPoint* a, const ScatterPoint* b) { return a->x < b->x; });
  std::string path;
  for (const ScatterPoint* point : front) {
    path += path.empty() ? fmt::format("M{:.1f} {:.1f}", x_of(point->x), y_of(point->y))
                         : fmt::format("H{:.1f}V{:.1f}", x_of(point->x), y_of(point->y));
  }
  if (!path.empty())
    svg.add(Element("path", "front").set("d", fmt::format("{}H{:.1f}", path, kWidth - kRight)));
  // Labels that would touch another move down a little, those of the front first; one that finds no
  // room near its point is left out, and the point says its name when it is pointed at. Right of
  // the middle they stand left of their point, so that none is cut at the edge.
  std::vector<const ScatterPoint*> order;
  for (const ScatterPoint& point : plot.points)
    order.push_back(&point);
  std::stable_sort(order.begin(), order.end(), [](const ScatterPoint* a, const ScatterPoint* b) {
    return a->on_front != b->on_front ? a->on_front : a->y > b->y;
  });
  struct Box {
    double left, right, y;
  };
  std::vector<Box> placed;
  for (const ScatterPoint* point : order) {
    const double x = x_of(point->x), y = y_of(point->y);
    const bool to_the_left = x > kWidth / 2.0;
    const std::string name = shortened(point->label, 20);
    const double width = 9.0 + kLetterWidth * display_width(name);
    Box box{to_the_left ? x - width : x, to_the_left ? x : x + width, y - 8.0};
    const auto touches = [&](const Box& other) {
      return box.left < other.right && other.left < box.right &&
             std::abs(other.y - box.y) < kLabelHeight;
    };
    bool fits = false;
    for (int lines = 0; lines < 4 && !fits; ++lines) {
      box.y = y - 8.0 + kLabelHeight * lines;
      fits = std::none_of(placed.begin(), placed.end(), touches);
    }
    Element group("g", class_of(point->style));
    group.add(Element("title").add(text(point->label)));
    if (point->low && point->high)
      group.add(line("thin", {x, y_of(*point->low)}, {x, y_of(*point->high)}));
    group.add(dot({x, y}));
    if (fits) {
      placed.push_back(box);
      group.add(label({to_the_left ? x - 9.0 : x + 9.0, box.y},
                      to_the_left ? Anchor::kEnd : Anchor::kStart, "", text(name)));
    }
    svg.add(group);
  }
  return svg;
}

Html render_time_plot(const TimePlot& plot) {
  constexpr double kLeft = 36.0, kRight = 12.0, kTop = 16.0, kHeight = 200.0, kBottom = 34.0,
                   kInset = 20.0, kDayWidth = 84.0;
  if (plot.points.empty()) return {};
  double low = 1.0, high = 0.0;
  for (const TimePoint& point : plot.points) {
    low = std::min({low, point.value, point.low.value_or(point.value)});
    high = std::max({high, point.value, point.high.value_or(point.value)});
  }
  const Scale scale = scale_for(std::max(low, 0.0), std::min(high, 1.0));
  const double between = plot.points.size() > 1 ? (kWidth - kLeft - kRight - 2.0 * kInset) /
                                                      static_cast<double>(plot.points.size() - 1)
                                                : 0.0;
  const auto x_of = [&](size_t i) { return kLeft + kInset + between * static_cast<double>(i); };
  const auto y_of = [&](double value) {
    return kHeight - kBottom - scale.share(value) * (kHeight - kBottom - kTop);
  };
  Element svg = canvas(plot.title, kWidth, kHeight);
  svg.add(value_grid(scale, kLeft, kWidth - kRight, y_of));
  Element series("g", class_of(plot.style));
  double last_label = -kDayWidth;
  for (size_t i = 0; i < plot.points.size(); ++i) {
    const TimePoint& point = plot.points[i];
    const double x = x_of(i), y = y_of(point.value);
    if (i > 0 && point.joined)
      series.add(line("thin", {x_of(i - 1), y_of(plot.points[i - 1].value)}, {x, y}));
    if (point.low && point.high)
      series.add(line("thick", {x, y_of(*point.low)}, {x, y_of(*point.high)}));
    if (point.marked) {
      const double before = x - std::min(10.0, between / 2.0);
      series.add(line("rule", {before, kTop}, {before, kHeight - kBottom}));
    }
    series.add(Element("g", point.hollow ? "pub" : "").add(dot({x, y})));
    // A day is written where there is room for it.
    if (x - last_label >= kDayWidth || i == 0) {
      series.add(label({std::clamp(x, kLeft + 16.0, kWidth - kRight - 32.0), kHeight - 12.0},
                       Anchor::kMiddle, "t", text(point.label)));
      last_label = x;
    }
  }
  return svg.add(series);
}

}  // namespace jangwon::reports
