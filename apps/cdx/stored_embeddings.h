#pragma once

#include "store/embedding_store.h"
#include "store/run_directory.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cdx {

// The embeddings that measuring a run left there, read without the encoder.
class StoredEmbeddings {
 public:
  // Of the encoder `encoder`; if it was used with several weights, of those
  // under which most of `texts` are known.
  StoredEmbeddings(const RunDirectory& directory,
                   const std::string& encoder,
                   const std::vector<std::string_view>& texts);

  // [dimension()], of length 1; empty if it is not stored or is no direction.
  std::vector<float> of(std::string_view text) const;

  int64_t dimension() const { return dimension_; }  // 0: nothing is stored
  const std::string& encoder() const { return encoder_; }
  // Name of the folder: what tells the weights apart.
  const std::string& weights() const { return weights_; }

 private:
  std::string encoder_, weights_;
  int64_t dimension_ = 0;
  std::unique_ptr<EmbeddingStore> store_;
};

}  // namespace cdx
