#include "reports/exports/export.h"

#include "reports/exports/exported_run.h"

namespace jangwon::reports {

namespace {

struct Exporter {
  ExportFormat format;
  const char* name;
  Status (*write)(const ExportedRun&, const ExportOptions&, Paths&);
};

constexpr Exporter kExporters[] = {
    {ExportFormat::kLmEval, "lm-eval", export_lm_eval},
    {ExportFormat::kInspect, "inspect", export_inspect},
    {ExportFormat::kEveryEvalEver, "every-eval-ever", export_every_eval_ever},
    {ExportFormat::kHfEvalResults, "hf-eval-results", export_hf_eval_results},
    {ExportFormat::kLivecodebench, "livecodebench", export_livecodebench},
    {ExportFormat::kJunit, "junit", export_junit},
};

}  // namespace

std::optional<ExportFormat> export_format_of_name(std::string_view name) {
  for (const Exporter& exporter : kExporters) {
    if (name == exporter.name) return exporter.format;
  }
  return std::nullopt;
}

std::vector<std::string> export_format_names() {
  std::vector<std::string> names;
  for (const Exporter& exporter : kExporters)
    names.emplace_back(exporter.name);
  return names;
}

Result<std::vector<std::string>> export_run(ExportFormat format, const ExportOptions& options) {
  JANGWON_ASSIGN_OR_RETURN(const ExportedRun run, ExportedRun::read(options));
  Paths paths;
  for (const Exporter& exporter : kExporters) {
    if (exporter.format == format) JANGWON_RETURN_IF_ERROR(exporter.write(run, options, paths));
  }
  return paths;
}

}  // namespace jangwon::reports
