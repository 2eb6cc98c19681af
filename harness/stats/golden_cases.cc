// One line a function: how the inputs of a golden case become arguments and the result becomes
// JSON. The comparison knows nothing of statistics: |got - expected| <= tolerance * max(1,
// |expected|) for numbers, equality for everything else, and every key that is expected must be
// there. golden_cases_test runs the file and shows that a changed value is noticed.

#include "harness/stats/golden_cases.h"

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "harness/stats/clusters.h"
#include "harness/stats/e_process.h"
#include "harness/stats/efficiency.h"
#include "harness/stats/fieller.h"
#include "harness/stats/holm.h"
#include "harness/stats/majority_vote.h"
#include "harness/stats/mantel_haenszel.h"
#include "harness/stats/mcnemar.h"
#include "harness/stats/moments.h"
#include "harness/stats/non_inferiority.h"
#include "harness/stats/paired_difference.h"
#include "harness/stats/pass_at_k.h"
#include "harness/stats/power.h"
#include "harness/stats/published_deviation.h"
#include "harness/stats/rank_intervals.h"
#include "harness/stats/sign_flip.h"
#include "harness/stats/special_functions.h"
#include "harness/stats/wilson.h"
#include "runtime/base/caught_exception.h"

namespace jangwon::harness {

namespace {

using Doubles = std::vector<double>;
using Evaluate = std::function<Json(const Json&)>;

double number(const Json& in, const char* key) {
  return in.at(key).get<double>();
}

long integer(const Json& in, const char* key) {
  return in.at(key).get<long>();
}

int small(const Json& in, const char* key) {
  return in.at(key).get<int>();
}

Doubles list(const Json& in, const char* key) {
  return in.at(key).get<Doubles>();
}

double confidence(const Json& in) {
  return in.value("confidence", kDefaultConfidence);
}

Json pair_of(const Interval& interval) {
  return Json::array({interval.low, interval.high});
}

Json pair_of(const std::optional<Interval>& interval) {
  return interval ? pair_of(*interval) : Json();
}

template <typename T>
Json maybe(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

std::optional<double> optional_number(const Json& in, const char* key) {
  return in.contains(key) && !in.at(key).is_null() ? std::optional(number(in, key)) : std::nullopt;
}

// ---- one score

void add_special_functions(std::map<std::string, Evaluate>& table) {
  table["norm_cdf"] = [](const Json& in) { return normal_cdf(number(in, "x")); };
  table["norm_ppf"] = [](const Json& in) { return normal_quantile(number(in, "p")); };
  table["betainc"] = [](const Json& in) {
    return beta_cdf(number(in, "a"), number(in, "b"), number(in, "x"));
  };
  table["t_ppf"] = [](const Json& in) {
    return student_t_quantile(number(in, "p"), number(in, "df"));
  };
  table["t_sf"] = [](const Json& in) {
    return student_t_upper_tail(number(in, "t"), number(in, "df"));
  };
}

void add_intervals(std::map<std::string, Evaluate>& table) {
  table["wilson"] = [](const Json& in) {
    const double n = number(in, "n");
    return pair_of(wilson_interval(number(in, "successes") / n, n, confidence(in)));
  };
  table["wilson_eff"] = [](const Json& in) {
    const auto r = effective_wilson(number(in, "mean"), number(in, "se"), number(in, "n_questions"),
                                    {.confidence = confidence(in), .cap = number(in, "cap")});
    return Json{{"n_eff", r.n_eff}, {"interval", pair_of(r.interval)}};
  };
}

void add_repeated_runs(std::map<std::string, Evaluate>& table) {
  table["pass_at_k"] = [](const Json& in) {
    return maybe(pass_at_k(small(in, "n"), small(in, "c"), small(in, "k")));
  };
  table["maj_at_k"] = [](const Json& in) {
    return maybe(majority_at_k(in.at("counts").get<std::vector<int>>(),
                               in.at("correct_index").get<size_t>(), small(in, "k")));
  };
}

// ---- clusters

void add_clusters(std::map<std::string, Evaluate>& table) {
  const auto result_of = [](const std::optional<ClusteredMean>& r, double level) {
    if (!r) return Json();
    return Json{{"mean", r->mean},
                {"se", maybe(r->se)},
                {"n", r->n},
                {"clusters", r->clusters},
                {"ci", pair_of(clustered_interval(*r, level))}};
  };
  table["clustered_se"] = [result_of](const Json& in) {
    return result_of(clustered_mean(in.at("clusters").get<std::vector<Doubles>>()),
                     kDefaultConfidence);
  };
  table["clustered_se_sums"] = [result_of](const Json& in) {
    std::vector<ClusterSum> sums;
    for (const Json& entry : in.at("clusters"))
      sums.push_back({entry.at(0).get<double>(), entry.at(1).get<double>()});
    return result_of(clustered_mean(sums), confidence(in));
  };
}

// ---- two sides on the same questions

RepeatedPair repeated_pair(const Json& row) {
  return {row.at(0).get<long>(), row.at(1).get<long>(), row.at(2).get<long>(),
          row.at(3).get<long>()};
}

Json mantel_haenszel_json(const std::vector<RepeatedPair>& rows) {
  const MantelHaenszel r = mantel_haenszel(rows);
  return {{"z", r.z},
          {"chi2", r.chi2},
          {"p_worse_asymptotic", r.p_worse_asymptotic},
          {"p_worse_exact", r.p_worse_exact},
          {"p_better_exact", r.p_better_exact},
          {"p_two_sided_exact", r.p_two_sided_exact}};
}

void add_paired_intervals(std::map<std::string, Evaluate>& table) {
  table["paired_mean"] = [](const Json& in) {
    const auto r = paired_mean(list(in, "x"), list(in, "y"), confidence(in));
    if (!r) return Json();
    return Json{{"diff", r->diff},
                {"se", r->se},
                {"stat", maybe(r->stat)},
                {"p_two_sided", maybe(r->p_two_sided)},
                {"ci", pair_of(r->ci)}};
  };
  table["tango"] = [](const Json& in) {
    const auto r =
        tango_paired(integer(in, "n"), integer(in, "b"), integer(in, "c"), confidence(in));
    return r ? Json{{"diff", r->diff}, {"ci", pair_of(r->ci)}} : Json();
  };
}

void add_paired_tests(std::map<std::string, Evaluate>& table) {
  table["mcnemar"] = [](const Json& in) {
    const McNemar r = mcnemar(integer(in, "b"), integer(in, "c"));
    return Json{{"chi2", r.chi2},
                {"p_chi2", r.p_chi2},
                {"chi2_cc", r.chi2_cc},
                {"p_chi2_cc", r.p_chi2_cc},
                {"p_exact", r.p_exact},
                {"p_mid", r.p_mid},
                {"p_one_sided_exact", r.p_one_sided_exact}};
  };
  table["sign_flip_exact"] = [](const Json& in) {
    const SignFlip r = sign_flip_exact(in.at("differences").get<std::vector<long>>());
    return Json{{"p_two_sided", r.p_two_sided}, {"p_worse", r.p_worse}};
  };
  table["cmh"] = [](const Json& in) {
    std::vector<RepeatedPair> rows;
    for (const Json& row : in.at("rows"))
      rows.push_back(repeated_pair(row));
    return mantel_haenszel_json(rows);
  };
  table["cmh_patterns"] = [](const Json& in) {
    std::vector<RepeatedPair> rows;
    for (const Json& pattern : in.at("patterns"))
      rows.insert(rows.end(), pattern.at(1).get<size_t>(), repeated_pair(pattern.at(0)));
    return mantel_haenszel_json(rows);
  };
  table["fixed_items_diff"] = [](const Json& in) {
    std::vector<RepeatedPair> rows;
    for (const Json& row : in.at("rows"))
      rows.push_back(repeated_pair(row));
    const auto r = fixed_items_difference(rows);
    return r ? Json{{"diff", r->diff}, {"se", maybe(r->se)}} : Json();
  };
}

// ---- several tests, ranks

void add_multiplicity(std::map<std::string, Evaluate>& table) {
  table["holm"] = [](const Json& in) { return holm(list(in, "p")); };
  table["bh"] = [](const Json& in) { return benjamini_hochberg(list(in, "p")); };
  table["rank_intervals"] = [](const Json& in) {
    const auto p = in.at("p_adjusted_upper_triangle").get<std::vector<Doubles>>();
    const auto ranks = rank_intervals(
        list(in, "scores"), [&](size_t i, size_t j) { return p.at(i).at(j); }, number(in, "alpha"));
    Json intervals = Json::array();
    for (const RankInterval& rank : ranks)
      intervals.push_back({rank.best, rank.worst});
    return Json{{"rank_intervals", intervals}};
  };
}

// ---- margins and ratios

RatioMoments moments_of(const Json& in) {
  return {number(in, "mean_x"), number(in, "mean_y"), number(in, "var_x"), number(in, "var_y"),
          number(in, "cov_xy")};
}

Json equivalence_json(const Equivalence& r) {
  return {{"p_lower", r.p_lower}, {"p_upper", r.p_upper}, {"p", r.p}};
}

void add_margins(std::map<std::string, Evaluate>& table) {
  table["tost"] = [](const Json& in) {
    return equivalence_json(equivalent(number(in, "diff"), number(in, "se"), number(in, "lo"),
                                       number(in, "hi"), optional_number(in, "df")));
  };
  table["ni_ratio_paired"] = [](const Json& in) {
    const auto r = non_inferior_ratio(list(in, "x"), list(in, "y"), number(in, "rho"));
    return r ? Json{{"contrast", r->contrast},
                    {"se", r->se},
                    {"stat", maybe(r->stat)},
                    {"p", maybe(r->p)}}
             : Json();
  };
  table["fieller"] = [](const Json& in) {
    const auto r = fieller(moments_of(in), number(in, "quantile"));
    return Json{{"ratio", r.ratio}, {"g", r.g}, {"ci", pair_of(r.ci)}};
  };
  table["ni_ratio_marginal"] = [](const Json& in) {
    const auto r = non_inferior_ratio_published(
        number(in, "px"), number(in, "nx"), number(in, "py"), number(in, "ny"), number(in, "rho"));
    return Json{{"ratio", r.ratio},
                {"contrast", r.contrast},
                {"se", r.se},
                {"z", maybe(r.z)},
                {"p", maybe(r.p)}};
  };
  table["published_deviation"] = [](const Json& in) {
    const PublishedScore published = {.value = number(in, "published"),
                                      .repeats = number(in, "K_published"),
                                      .sigma2_run = number(in, "sigma2_run"),
                                      .num_questions = number(in, "n")};
    const auto r = published_deviation(number(in, "measured"), number(in, "se_run_measured"),
                                       published, number(in, "tolerance"));
    return Json{{"diff", r.diff},
                {"se", r.se},
                {"z", r.z},
                {"p_two_sided", r.p_two_sided},
                {"tost", equivalence_json(r.tost)}};
  };
}

// ---- looks at any time

void add_sequential(std::map<std::string, Evaluate>& table) {
  table["e_one_sided"] = [](const Json& in) {
    return e_value_harm(integer(in, "b"), integer(in, "c"), number(in, "a"));
  };
}

// ---- scores against costs

void add_efficiency(std::map<std::string, Evaluate>& table) {
  table["tokens_per_correct"] = [](const Json& in) {
    const auto r = tokens_per_correct(list(in, "tokens"), list(in, "correct"), confidence(in));
    return r ? Json{{"value", r->value}, {"se", r->se}, {"fieller", pair_of(r->ci)}} : Json();
  };
  table["chance_corrected"] = [](const Json& in) {
    return chance_corrected(number(in, "score"), number(in, "chance"));
  };
  table["pareto"] = [](const Json& in) {
    std::vector<CostScore> points;
    for (const Json& point : in.at("points"))
      points.push_back({point.at(0).get<double>(), point.at(1).get<double>()});
    return pareto_front(points);
  };
  table["smaa_share"] = [](const Json& in) {
    return first_place_shares(in.at("matrix").get<std::vector<Doubles>>(), small(in, "step"));
  };
}

std::map<std::string, Evaluate> all_functions() {
  std::map<std::string, Evaluate> table;
  add_special_functions(table);
  add_intervals(table);
  add_repeated_runs(table);
  add_clusters(table);
  add_paired_intervals(table);
  add_paired_tests(table);
  add_multiplicity(table);
  add_margins(table);
  add_sequential(table);
  add_efficiency(table);
  return table;
}

// Where `got` differs from `expected`, as "path: got A, expected B"; empty when it does not.
std::string difference(const Json& got, const Json& expected, double tolerance,
                       const std::string& path) {
  const auto mismatch = [&] {
    return fmt::format("{}: got {}, expected {}", path, got.dump(), expected.dump());
  };
  if (expected.is_object()) {
    for (const auto& [key, value] : expected.items()) {
      const std::string inner = path + "." + key;
      if (!got.is_object() || !got.contains(key)) return inner + ": missing";
      if (std::string detail = difference(got.at(key), value, tolerance, inner); !detail.empty())
        return detail;
    }
    return {};
  }
  if (expected.is_array()) {
    if (!got.is_array() || got.size() != expected.size()) return mismatch();
    for (size_t i = 0; i < expected.size(); ++i) {
      if (std::string detail =
              difference(got[i], expected[i], tolerance, fmt::format("{}[{}]", path, i));
          !detail.empty())
        return detail;
    }
    return {};
  }
  if (!expected.is_number()) return got == expected ? std::string() : mismatch();
  if (!got.is_number()) return mismatch();
  const double want = expected.get<double>(), have = got.get<double>();
  return std::fabs(have - want) <= tolerance * std::fmax(1, std::fabs(want)) ? std::string()
                                                                             : mismatch();
}

}  // namespace

Result<std::vector<GoldenOutcome>> run_golden_cases(const Json& golden) {
  const std::map<std::string, Evaluate> functions = all_functions();
  std::vector<GoldenOutcome> outcomes;
  try {
    for (const Json& item : golden.at("cases")) {
      GoldenOutcome outcome{
          item.at("name").get<std::string>(), item.at("function").get<std::string>(), false, {}};
      const auto function = functions.find(outcome.function);
      if (function == functions.end()) {
        outcome.detail = "no such function here";
      } else {
        const Json got = function->second(item.at("inputs"));
        outcome.detail =
            difference(got, item.at("expected"), item.value("tolerance", 1e-9), outcome.function);
        outcome.passed = outcome.detail.empty();
      }
      outcomes.push_back(std::move(outcome));
    }
  } catch (const Json::exception&) {
    return invalid_argument(
        "the golden file is malformed at case {outcomes}: {cause}",
        {{"outcomes", outcomes.size()}, {"cause", caught_exception().sentence()}});
  }
  return outcomes;
}

}  // namespace jangwon::harness
