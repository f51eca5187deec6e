#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cdx {

struct ExportArguments {
  std::vector<std::string> runs;
  std::filesystem::path out;
};

// Clean data of runs in `out`, each row with the factors of its condition:
//   generations.jsonl.gz  each story of the last starts once
//   embeddings.npy        of those that are stored, float32 [n, D], rows of
//                         length 1; embeddings.json says of which encoder
//   per_text.csv, per_prompt.csv   tidy, one number a row
// Throws UserError for a run that was not measured, after the stories were
// written.
void export_runs(const ExportArguments& arguments);

}  // namespace cdx
