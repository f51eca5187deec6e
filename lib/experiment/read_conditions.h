#pragma once

#include "experiment/config.h"
#include "experiment/yaml.h"

#include <string>
#include <vector>

namespace cdx {

struct ExpandedConditions {
  std::vector<Condition> conditions;
  // Names of the conditions that differ in γ alone, in its rising order: one
  // group for each list of three or more γ.
  std::vector<std::vector<std::string>> gamma_groups;
};

// The list `conditions` with every list of gamma, temperature or top_p expanded
// into one condition each, named "-g0.25", "-t0.8", "-p0.95" in this order.
// `config` holds the models and formats they may name.
ExpandedConditions read_conditions(const YamlNode& node,
                                   const ExperimentConfig& config);

}  // namespace cdx
