#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace cdx {

// A distribution over the next token while it goes through the pipeline: the
// logits of one model in one row, or the mixture of several. Its buffers serve
// row after row.
//
// Logits of minus infinity have probability 0 and are never kept.
class Distribution {
 public:
  // Starts from logits [V], which must live until they are changed; every token
  // is kept. Throws WorldError if they are not numbers or all minus infinity.
  void reset(std::span<const float> logits);
  // Starts from probabilities [V] that sum to 1; their logarithms become the
  // logits.
  void reset_to_probabilities(std::span<const float> p);

  // Logits as they are now, [V].
  std::span<const float> logits() const { return logits_; }
  // A copy to change; refresh() brings the rest up to date.
  std::vector<float>& own_logits();
  void refresh() { softmax(); }

  // softmax(logits) over all V tokens, kept or not; fp32, sums in double.
  std::span<const float> p() const { return p_; }
  float max_logit() const { return sums_.max; }
  // ln Σ exp(logit − max_logit).
  double log_sum() const { return sums_.log_sum; }
  // ln p of a token, from its logit: exact where p is too small for fp32.
  double log_p(int32_t id) const {
    return double{logits_[static_cast<size_t>(id)]} - sums_.max - sums_.log_sum;
  }
  // Entropy in nats over all V tokens.
  double entropy() const { return sums_.entropy; }

  // True until something is cut.
  bool keeps_all() const { return keeps_all_; }
  // Ids that are kept, ascending.
  const std::vector<int32_t>& kept();
  // The ids that the caller puts into spare() (ascending) become the kept ones.
  std::vector<int32_t>& spare() { return spare_; }
  void keep_spare();
  // Calls f(id) for each kept id, ascending; before anything is cut for ids of
  // minus infinity too.
  template <typename F>
  void for_each_kept(F&& f) const {
    if (keeps_all_) {
      const auto size = static_cast<int32_t>(logits_.size());
      for (int32_t id = 0; id < size; ++id) f(id);
    } else {
      for (const int32_t id : kept_) f(id);
    }
  }
  // Σ p over the kept tokens.
  double kept_mass() const;

 private:
  struct Sums {
    float max = 0;
    double log_sum = 0, entropy = 0;
    bool any_excluded = false;  // a logit is minus infinity
  };

  void softmax();
  void keep_finite();

  std::span<const float> logits_;
  std::vector<float> own_, p_;
  bool owns_ = false;
  Sums sums_;
  std::vector<int32_t> kept_, spare_, all_ids_;
  bool keeps_all_ = true;
};

}  // namespace cdx
