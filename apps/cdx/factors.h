#pragma once

#include "experiment/config.h"
#include "util/json.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cdx {

// What a condition is made of, as columns of a table. Empty where it does not
// apply. Of a mixture, model, stage and format are those of the model whose
// text a story follows (instruct, expert).
struct Factors {
  std::string run, condition;
  std::string model;   // path, as the experiment file has it
  std::string family;  // model_type of its config.json
  std::string stage;   // role of the model
  std::string format;
  std::string rule;  // of a mixture
  std::optional<double> gamma, temperature, top_p;
};

// Names of the columns, in the order of the struct.
const std::vector<std::string>& factor_names();
// As fields of a CSV, in that order.
std::vector<std::string> factor_fields(const Factors& factors);
// As members of a JSON object, null where they do not apply.
void add_factors(const Factors& factors, Json& object);

// Factors of the conditions of one experiment.
class FactorTable {
 public:
  // Says on stderr which model's family is not known, as it is not on this
  // machine.
  FactorTable(std::string run, const ExperimentConfig& config);

  // Of a condition that the experiment does not know (a floor, a ceiling) only
  // run and condition.
  Factors of(const std::string& condition) const;

 private:
  std::string run_;
  std::map<std::string, Factors> conditions_;
};

}  // namespace cdx
