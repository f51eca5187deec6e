#include "factors.h"

#include "model/hub_cache.h"
#include "util/csv.h"
#include "util/errors.h"

#include <utility>

#include <fmt/format.h>

namespace cdx {
namespace {

std::string csv_field(const std::optional<double>& value) {
  return value ? csv_number(*value) : "";
}

Json or_null(const std::string& value) {
  return value.empty() ? Json() : Json(value);
}
Json or_null(const std::optional<double>& value) {
  return value ? Json(*value) : Json();
}

std::string family_of(const std::filesystem::path& model) {
  try {
    const std::filesystem::path file =
        find_model_folder(model.string()) / "config.json";
    return json_string(parse_json_file(file), "model_type", file.string());
  } catch (const UserError& error) {
    fmt::print(stderr,
               "cdx: the family of {} is not known and left empty: {}\n",
               model.string(),
               error.what());
    return "";
  }
}

double temperature_of(const Condition& condition) {
  const std::vector<double>& own = condition.mix.temperatures;
  return own.empty() ? condition.sampling.temperature
                     : own.at(condition.lead());
}

}  // namespace

const std::vector<std::string>& factor_names() {
  static const std::vector<std::string> kNames = {"run",
                                                  "condition",
                                                  "model",
                                                  "family",
                                                  "stage",
                                                  "format",
                                                  "rule",
                                                  "gamma",
                                                  "temperature",
                                                  "top_p"};
  return kNames;
}

std::vector<std::string> factor_fields(const Factors& factors) {
  return {factors.run,
          factors.condition,
          factors.model,
          factors.family,
          factors.stage,
          factors.format,
          factors.rule,
          csv_field(factors.gamma),
          csv_field(factors.temperature),
          csv_field(factors.top_p)};
}

void add_factors(const Factors& factors, Json& object) {
  object["run"] = factors.run;
  object["condition"] = factors.condition;
  object["model"] = or_null(factors.model);
  object["family"] = or_null(factors.family);
  object["stage"] = or_null(factors.stage);
  object["format"] = or_null(factors.format);
  object["rule"] = or_null(factors.rule);
  object["gamma"] = or_null(factors.gamma);
  object["temperature"] = or_null(factors.temperature);
  object["top_p"] = or_null(factors.top_p);
}

FactorTable::FactorTable(std::string run, const ExperimentConfig& config)
    : run_(std::move(run)) {
  std::map<std::string, std::string> families;  // by role
  for (const Condition& condition : config.conditions) {
    Factors factors{.run = run_, .condition = condition.name};
    if (!condition.models.empty()) {
      const std::string& role = condition.models.at(condition.lead());
      const std::filesystem::path& path = named(config.models, role).path;
      if (!families.contains(role)) families[role] = family_of(path);
      factors.model = path.string();
      factors.family = families[role];
      factors.stage = role;
      factors.format = condition.formats.at(condition.lead());
      factors.temperature = temperature_of(condition);
      factors.top_p = condition.sampling.top_p;
    }
    if (condition.kind == ConditionKind::kMixture) {
      factors.rule = to_string(condition.mix.rule);
      if (has_gamma(condition.mix.rule)) factors.gamma = condition.mix.gamma;
    }
    conditions_.emplace(condition.name, std::move(factors));
  }
}

Factors FactorTable::of(const std::string& condition) const {
  const auto found = conditions_.find(condition);
  if (found != conditions_.end()) return found->second;
  Factors unknown;
  unknown.run = run_;
  unknown.condition = condition;
  return unknown;
}

}  // namespace cdx
