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

#include "harness/stats/beta_comparison.h"
#include "harness/stats/binomial_interval.h"
#include "harness/stats/bootstrap.h"
#include "harness/stats/clusters.h"
#include "harness/stats/combined_p.h"
#include "harness/stats/e_process.h"
#include "harness/stats/efficiency.h"
#include "harness/stats/fieller.h"
#include "harness/stats/holm.h"
#include "harness/stats/license_pass.h"
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
#include "harness/stats/repeated_runs.h"
#include "harness/stats/sign_flip.h"
#include "harness/stats/special_functions.h"
#include "harness/stats/splitmix64.h"
#include "harness/stats/strata.h"
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
  table["beta_ppf"] = [](const Json& in) {
    return beta_quantile(number(in, "q"), number(in, "a"), number(in, "b"));
  };
  table["t_ppf"] = [](const Json& in) {
    return student_t_quantile(number(in, "p"), number(in, "df"));
  };
  table["t_sf"] = [](const Json& in) {
    return student_t_upper_tail(number(in, "t"), number(in, "df"));
  };
  table["quantile7"] = [](const Json& in) {
    return maybe(quantile_of(list(in, "x"), number(in, "q")));
  };
}

void add_intervals(std::map<std::string, Evaluate>& table) {
  const auto add = [&](const char* name, std::function<Interval(double, double, double)> interval) {
    table[name] = [interval](const Json& in) {
      return pair_of(interval(number(in, "successes"), number(in, "n"), confidence(in)));
    };
  };
  add("wald", wald_interval);
  add("wilson", [](double x, double n, double level) { return wilson_interval(x / n, n, level); });
  add("agresti_coull", agresti_coull_interval);
  add("clopper_pearson", clopper_pearson_interval);
  add("jeffreys", jeffreys_interval);
  add("beta_uniform", [](double x, double n, double level) { return beta_interval(x, n, level); });
  table["wilson_neff"] = [](const Json& in) {
    const auto r = wilson_on_effective_n(number(in, "mean"), number(in, "se"),
                                         number(in, "n_questions"), confidence(in));
    return Json{{"n_eff", r.n_eff}, {"interval", pair_of(r.interval)}};
  };
  table["wilson_eff"] = [](const Json& in) {
    const auto r = effective_wilson(number(in, "mean"), number(in, "se"), number(in, "n_questions"),
                                    {.confidence = confidence(in), .cap = number(in, "cap")});
    return Json{{"n_eff", r.n_eff}, {"interval", pair_of(r.interval)}};
  };
  table["korn_graubard"] = [](const Json& in) {
    const auto r = korn_graubard_interval(number(in, "mean"), number(in, "se"),
                                          number(in, "n_questions"), confidence(in));
    return Json{{"n_eff", r.n_eff}, {"interval", pair_of(r.interval)}};
  };
}

void add_repeated_runs(std::map<std::string, Evaluate>& table) {
  table["avg_at_k"] = [](const Json& in) {
    const auto r = decompose_variance(in.at("matrix").get<ScoreMatrix>());
    if (!r) return Json();
    return Json{{"mean", r->mean},
                {"se_total", maybe(r->se_total)},
                {"se_run", maybe(r->se_run)},
                {"msb", maybe(r->msb)},
                {"msw", maybe(r->msw)},
                {"sigma2_question", maybe(r->sigma2_question)},
                {"sigma2_run", maybe(r->sigma2_run)},
                {"icc", maybe(r->icc)},
                {"run_means", r->run_means},
                {"sd_run_means", maybe(r->sd_run_means)},
                {"naive_binomial_se", r->naive_binomial_se}};
  };
  table["se_projection"] = [](const Json& in) {
    return projected_standard_error(number(in, "sigma2_question"), number(in, "sigma2_run"),
                                    number(in, "n"), number(in, "K"));
  };
  table["repeats_required"] = [](const Json& in) {
    return maybe(repeats_required(number(in, "target_se"), number(in, "sigma2_question"),
                                  number(in, "sigma2_run"), number(in, "n")));
  };
  table["bayes_at_n"] = [](const Json& in) {
    using Outcomes = std::vector<std::vector<int>>;
    const Json& prior = in.at("R0");
    const auto r = bayes_at_n(in.at("R").get<Outcomes>(), list(in, "w"),
                              prior.is_null() ? Outcomes{} : prior.get<Outcomes>());
    return Json{{"mu", r.mu}, {"sigma", r.sigma}};
  };
  table["pass_at_k"] = [](const Json& in) {
    return maybe(pass_at_k(small(in, "n"), small(in, "c"), small(in, "k")));
  };
  table["pass_hat_k"] = [](const Json& in) {
    return maybe(pass_hat_k(small(in, "n"), small(in, "c"), small(in, "k")));
  };
  table["g_pass_at_k"] = [](const Json& in) {
    return maybe(g_pass_at_k(small(in, "n"), small(in, "c"), small(in, "k"), number(in, "tau")));
  };
  table["maj_at_k"] = [](const Json& in) {
    return maybe(majority_at_k(in.at("counts").get<std::vector<int>>(),
                               in.at("correct_index").get<size_t>(), small(in, "k")));
  };
}

// ---- clusters and strata

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
    const auto correction =
        in.at("correction").get<bool>() ? ClusterCorrection::kFinite : ClusterCorrection::kNone;
    return result_of(clustered_mean(in.at("clusters").get<std::vector<Doubles>>(), correction),
                     kDefaultConfidence);
  };
  table["clustered_se_sums"] = [result_of](const Json& in) {
    std::vector<ClusterSum> sums;
    for (const Json& entry : in.at("clusters"))
      sums.push_back({entry.at(0).get<double>(), entry.at(1).get<double>()});
    return result_of(clustered_mean(sums), confidence(in));
  };
  table["stratified"] = [](const Json& in) {
    std::vector<Stratum> strata;
    for (const Json& entry : in.at("strata"))
      strata.push_back(
          {number(entry, "N"), number(entry, "n"), number(entry, "mean"), number(entry, "s2")});
    const auto r = stratified_mean(strata);
    return r ? Json{{"mean", r->mean}, {"se", r->se}} : Json();
  };
  table["macro_average"] = [](const Json& in) {
    const auto r = macro_average(list(in, "means"), list(in, "ses"));
    return r ? Json{{"mean", r->mean}, {"se", r->se}} : Json();
  };
}

// ---- two sides on the same questions

PairedCounts counts_of(const Json& in) {
  return {integer(in, "n11"), integer(in, "n10"), integer(in, "n01"), integer(in, "n00")};
}

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
  table["paired_from_counts"] = [](const Json& in) {
    const auto r = summarise_pairs(counts_of(in), confidence(in));
    if (!r) return Json();
    return Json{{"diff", r->diff},
                {"se_paired", r->se_paired},
                {"se_unpaired", r->se_unpaired},
                {"corr", maybe(r->corr)},
                {"ci", pair_of(r->ci)},
                {"z", maybe(r->z)},
                {"p_two_sided", maybe(r->p_two_sided)},
                {"variance_reduction", maybe(r->variance_reduction)}};
  };
  table["paired_mean"] = [](const Json& in) {
    const auto distribution =
        in.at("dist") == "t" ? ReferenceDistribution::kStudentT : ReferenceDistribution::kNormal;
    const auto r = paired_mean(list(in, "x"), list(in, "y"), confidence(in), distribution);
    if (!r) return Json();
    return Json{{"diff", r->diff},
                {"se", r->se},
                {"stat", maybe(r->stat)},
                {"p_two_sided", maybe(r->p_two_sided)},
                {"ci", pair_of(r->ci)}};
  };
  table["newcombe_paired"] = [](const Json& in) {
    const auto r = newcombe_paired(counts_of(in), confidence(in));
    return r ? Json{{"diff", r->diff}, {"phi", maybe(r->phi)}, {"ci", pair_of(r->ci)}} : Json();
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
  table["prob_beta_greater"] = [](const Json& in) {
    return beta_exceeds(small(in, "a1"), number(in, "b1"), number(in, "a2"), number(in, "b2"));
  };
}

// ---- several tests, ranks, power

void add_multiplicity(std::map<std::string, Evaluate>& table) {
  table["holm"] = [](const Json& in) { return holm(list(in, "p")); };
  table["bh"] = [](const Json& in) { return benjamini_hochberg(list(in, "p")); };
  table["bonferroni"] = [](const Json& in) { return bonferroni(list(in, "p")); };
  table["fisher_combine"] = [](const Json& in) {
    const auto r = fisher_combined(list(in, "p"));
    return r ? Json{{"stat", r->stat}, {"p", r->p}} : Json();
  };
  table["stouffer"] = [](const Json& in) {
    const auto r = stouffer_combined(list(in, "p"), list(in, "weights"));
    return r ? Json{{"z", r->stat}, {"p", r->p}} : Json();
  };
  table["rank_intervals"] = [](const Json& in) {
    const auto p = in.at("p_adjusted_upper_triangle").get<std::vector<Doubles>>();
    const auto ranks = rank_intervals(
        list(in, "scores"), [&](size_t i, size_t j) { return p.at(i).at(j); }, number(in, "alpha"));
    Json intervals = Json::array(), medals = Json::array();
    for (const RankInterval& rank : ranks) {
      intervals.push_back({rank.best, rank.worst});
      const Medal medal = medal_of(rank);
      medals.push_back(medal == Medal::kNone ? Json() : Json(name_of(medal)));
    }
    return Json{{"rank_intervals", intervals}, {"medals", medals}};
  };
}

ComparisonDesign design_of(const Json& in) {
  return {.omega2 = number(in, "omega2"),
          .sigma2_a = number(in, "s2a"),
          .sigma2_b = number(in, "s2b"),
          .repeats_a = number(in, "Ka"),
          .repeats_b = number(in, "Kb"),
          .alpha = number(in, "alpha"),
          .power = number(in, "power"),
          .sided = small(in, "sided")};
}

void add_power(std::map<std::string, Evaluate>& table) {
  table["n_required"] = [](const Json& in) {
    const SampleSize r = questions_required(number(in, "delta"), design_of(in));
    return Json{{"n_real", r.n_real}, {"n", r.n}};
  };
  table["mde"] = [](const Json& in) {
    return minimum_detectable_effect(number(in, "n"), design_of(in));
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
  table["ni_difference"] = [](const Json& in) {
    const auto r = non_inferior_difference(number(in, "diff"), number(in, "se"),
                                           number(in, "margin"), optional_number(in, "df"));
    return Json{{"stat", r.stat}, {"p", r.p}};
  };
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
  table["log_ratio_delta"] = [](const Json& in) {
    const auto r = log_ratio_interval(moments_of(in), number(in, "quantile"));
    return Json{{"ratio", r.ratio}, {"se_log", r.se_log}, {"ci", pair_of(r.ci)}};
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

// ---- looks at any time, random draws

void add_sequential(std::map<std::string, Evaluate>& table) {
  table["e_two_sided"] = [](const Json& in) {
    return e_value_two_sided(integer(in, "b"), integer(in, "c"), number(in, "a"));
  };
  table["e_one_sided"] = [](const Json& in) {
    return e_value_harm(integer(in, "b"), integer(in, "c"), number(in, "a"));
  };
  table["prpl_eb_cs"] = [](const Json& in) {
    return pair_of(
        empirical_bernstein_sequence(list(in, "x"), number(in, "alpha"), number(in, "c")));
  };
  table["normal_mixture_halfwidth"] = [](const Json& in) {
    return normal_mixture_half_width(number(in, "t"), number(in, "sigma"), number(in, "rho"),
                                     number(in, "alpha"));
  };
  table["wor_capital"] = [](const Json& in) {
    return without_replacement_capital(list(in, "x"), integer(in, "N"), number(in, "m"),
                                       number(in, "lam"));
  };
  table["sprt"] = [](const Json& in) {
    const Sprt r =
        sprt(integer(in, "b"), integer(in, "c"),
             {number(in, "p0"), number(in, "p1"), number(in, "alpha"), number(in, "beta")});
    return Json{
        {"llr", r.llr}, {"upper", r.upper}, {"lower", r.lower}, {"decision", name_of(r.decision)}};
  };
}

Json bootstrap_json(const std::optional<BootstrapResult>& r) {
  if (!r) return Json();
  return {{"ci", pair_of(r->ci)},
          {"se", maybe(r->se)},
          {"z0", maybe(r->z0)},
          {"acceleration", maybe(r->acceleration)}};
}

void add_random(std::map<std::string, Evaluate>& table) {
  const auto options_of = [](const Json& in) {
    return BootstrapOptions{small(in, "B"), in.at("seed").get<uint64_t>(), confidence(in)};
  };
  table["splitmix64"] = [](const Json& in) {
    SplitMix64 random(in.at("seed").get<uint64_t>());
    Json draws = Json::array();
    for (long i = 0; i < integer(in, "count"); ++i)
      draws.push_back(std::to_string(random.next()));
    return draws;
  };
  table["splitmix64_index"] = [](const Json& in) {
    SplitMix64 random(in.at("seed").get<uint64_t>());
    Json draws = Json::array();
    for (long i = 0; i < integer(in, "count"); ++i)
      draws.push_back(random.index(in.at("n").get<uint64_t>()));
    return draws;
  };
  table["boot_percentile"] = [options_of](const Json& in) {
    return bootstrap_json(bootstrap_percentile(list(in, "x"), options_of(in)));
  };
  table["boot_bca"] = [options_of](const Json& in) {
    return bootstrap_json(bootstrap_bca(list(in, "x"), options_of(in)));
  };
  table["boot_cluster"] = [options_of](const Json& in) {
    return bootstrap_json(
        bootstrap_clusters(in.at("clusters").get<std::vector<Doubles>>(), options_of(in)));
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
  table["license_pass"] = [](const Json& in) {
    const auto r =
        license_pass(list(in, "subjects"), number(in, "min_subject"), number(in, "min_average"));
    return r ? Json{{"average", r->average}, {"lowest", r->lowest}, {"passed", r->passed}} : Json();
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
  add_power(table);
  add_margins(table);
  add_sequential(table);
  add_random(table);
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
