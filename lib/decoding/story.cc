#include "decoding/story.h"

namespace cdx {

std::vector<std::string> token_record_columns(
    const std::vector<std::string>& models) {
  std::vector<std::string> columns;
  columns.reserve(2 * models.size() + 4);
  for (const std::string& model : models) {
    columns.push_back("log_prob_" + model);
  }
  columns.emplace_back("log_prob_sampled");
  for (const std::string& model : models) {
    columns.push_back("entropy_" + model);
  }
  for (const char* name : {"entropy_sampled", "kept", "weight"}) {
    columns.emplace_back(name);
  }
  return columns;
}

}  // namespace cdx
