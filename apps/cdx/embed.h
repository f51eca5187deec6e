#pragma once

#include "metrics/semantic.h"

#include <filesystem>
#include <string>
#include <vector>

namespace cdx {

struct EmbedOptions {
  std::string encoder;  // a folder, or the name of an installed one
  std::filesystem::path store_folder;  // where embeddings are kept
  int threads = 0;
  // Long texts by windows (tokenizer/text_windows.h) in place of their
  // beginning alone: mean of the windows' embeddings, weighted by their tokens,
  // again of length 1.
  bool windows = false;
};

// Embeddings of texts, [n, D], one row of length 1 a text. Those in the store
// are read, the others computed and added to it.
Embeddings embed(const std::vector<std::string>& texts,
                 const EmbedOptions& options);

// The share of each text's tokens that the encoder reads without windows, 0
// … 1.
std::vector<double> shares_seen(const std::vector<std::string>& texts,
                                const std::string& encoder);

// False for a causal language model, which has no windows.
bool has_windows(const std::string& encoder);

// Folder of the encoder `name`: the folder of that name, one that the set-up
// installed, or org/name[@revision] in the Hugging Face cache. Throws UserError
// saying where it looked.
std::filesystem::path find_encoder(const std::string& name);

}  // namespace cdx
