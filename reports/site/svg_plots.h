// Plots drawn here, as SVG without scripts: they print, scale and carry their own text. Every plot
// repeats numbers of a table on the same page. They are drawn as wide as a telephone shows, so that
// their letters are as large there as those of the text. What has no points gives nothing.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/site/html.h"

namespace jangwon::reports {

enum class PlotStyle { kMeasured, kStandIn, kPublished };

// One line of a dot plot: a value with a thin whisker (other questions) and, where known, a thick
// one (the same again).
struct WhiskerLine {
  std::string label;
  PlotStyle style = PlotStyle::kMeasured;
  double value = 0.0;
  std::optional<double> low;
  std::optional<double> high;
  std::optional<double> run_half;  // half width of the thick whisker
  std::string text;                // at the right end
};

struct WhiskerPlot {
  Message title;
  std::vector<WhiskerLine> lines;
  std::optional<double> rule;  // a vertical line, e.g. 0.95
  std::string unit;            // "" for points of 100, "×" for ratios
};

Html render_whisker_plot(const WhiskerPlot& plot);

// Values in their order, joined where they may be compared.
struct TimePoint {
  std::string label;  // under the axis: the day
  double value = 0.0;
  std::optional<double> low;
  std::optional<double> high;
  bool joined = true;   // with the point before
  bool hollow = false;  // takes part in nothing
  bool marked = false;  // the score is another one from here on
};

struct TimePlot {
  Message title;
  PlotStyle style = PlotStyle::kMeasured;
  std::vector<TimePoint> points;
};

Html render_time_plot(const TimePlot& plot);

struct ScatterPoint {
  std::string label;
  PlotStyle style = PlotStyle::kMeasured;
  double x = 1.0;  // on a logarithmic axis, > 0
  double y = 0.0;
  std::optional<double> low;
  std::optional<double> high;
  bool on_front = false;
};

struct ScatterPlot {
  Message title;
  Message x_label;
  std::string x_unit;
  std::vector<ScatterPoint> points;
};

Html render_scatter_plot(const ScatterPlot& plot);

}  // namespace jangwon::reports
