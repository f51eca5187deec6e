#include "model/rope_config.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <fmt/format.h>

namespace cdx {
namespace {

// One object of rotary parameters; messages name the file and `path`.
class Parameters {
 public:
  Parameters(const ConfigFile& file, std::string path, const Json& json)
      : file_(file), path_(std::move(path)), json_(json) {
    if (!json_.is_object()) file_.fail(path_, "is no object");
  }

  const Json& json() const { return json_; }

  double number(const std::string& key, std::optional<double> fallback) const {
    const auto value = json_optional_double(json_, key, where());
    if (!value && !fallback) fail(fmt::format("has no \"{}\"", key));
    const double number = value ? *value : *fallback;
    if (!(number > 0) || number > std::numeric_limits<float>::max()) {
      fail(fmt::format("has a {} of {}, but it must be above 0", key, number));
    }
    return number;
  }

  bool has(const std::string& key) const {
    return json_.contains(key) && !json_.at(key).is_null();
  }

  bool flag(const std::string& key, bool fallback) const {
    return json_optional_bool(json_, key, where()).value_or(fallback);
  }

  std::string type() const {
    for (const char* name : {"rope_type", "type"}) {
      if (const auto type = json_optional_string(json_, name, where())) {
        return *type;
      }
    }
    return "default";
  }

  [[noreturn]] void fail(const std::string& problem) const {
    file_.fail(path_, problem);
  }

 private:
  std::string where() const { return file_.where() + ": \"" + path_ + "\""; }

  const ConfigFile& file_;
  std::string path_;
  const Json& json_;
};

double yarn_scale(double factor, double mscale) {
  return factor <= 1 ? 1.0 : 0.1 * mscale * std::log(factor) + 1;
}

double yarn_attention_factor(const Parameters& from, double factor) {
  if (from.has("attention_factor")) {
    return from.number("attention_factor", std::nullopt);
  }
  if (from.has("mscale") && from.has("mscale_all_dim")) {
    return yarn_scale(factor, from.number("mscale", std::nullopt)) /
           yarn_scale(factor, from.number("mscale_all_dim", std::nullopt));
  }
  return yarn_scale(factor, 1);
}

void read_yarn(const Parameters& from,
               int64_t max_positions,
               RopeConfig& rope) {
  rope.original_max_position_embeddings = from.number(
      "original_max_position_embeddings", static_cast<double>(max_positions));
  rope.beta_fast = from.number("beta_fast", rope.beta_fast);
  rope.beta_slow = from.number("beta_slow", rope.beta_slow);
  rope.truncate = from.flag("truncate", true);
  rope.attention_factor = yarn_attention_factor(from, rope.factor);
}

void read_llama3(const Parameters& from, RopeConfig& rope) {
  rope.low_freq_factor = from.number("low_freq_factor", std::nullopt);
  rope.high_freq_factor = from.number("high_freq_factor", std::nullopt);
  rope.original_max_position_embeddings =
      from.number("original_max_position_embeddings", std::nullopt);
  if (rope.high_freq_factor <= rope.low_freq_factor) {
    from.fail("must have a high_freq_factor above its low_freq_factor");
  }
}

RopeConfig read_parameters(const Parameters& from,
                           double theta,
                           int64_t max_positions) {
  RopeConfig rope{.rope_type = from.type(),
                  .rope_theta = from.number("rope_theta", theta)};
  if (from.number("partial_rotary_factor", 1.0) != 1.0) {
    from.fail("asks for partly rotated heads, which are not supported");
  }
  if (rope.rope_type == "default") return rope;
  if (rope.rope_type != "linear" && rope.rope_type != "llama3" &&
      rope.rope_type != "yarn") {
    from.fail("asks for " + dump_json(Json(rope.rope_type)) +
              " scaling of rotary embeddings, but only default, linear, "
              "llama3 and yarn are supported: use a model with one of these");
  }
  rope.factor = from.number("factor", std::nullopt);
  if (rope.rope_type == "llama3") read_llama3(from, rope);
  if (rope.rope_type == "yarn") read_yarn(from, max_positions, rope);
  return rope;
}

bool is_by_layer_type(const Json& parameters) {
  return parameters.is_object() && parameters.contains("full_attention");
}

}  // namespace

RopeConfigs read_rope(const ConfigFile& file,
                      SlidingRope sliding,
                      int64_t max_position_embeddings) {
  const double theta = file.positive("rope_theta");
  const auto read = [&](const std::string& path, const Json& json) {
    return read_parameters(
        Parameters(file, path, json), theta, max_position_embeddings);
  };
  RopeConfigs rope;
  rope.full = {.rope_theta = theta};
  const char* const key =
      file.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
  if (file.has(key)) {
    const Json& parameters = file.json().at(key);
    if (is_by_layer_type(parameters)) {
      const std::string path = key;
      if (sliding == SlidingRope::kSame) {
        file.fail(path,
                  "differs between layers, which is not supported in this "
                  "family");
      }
      if (!parameters.contains("sliding_attention")) {
        file.fail(path, "has no \"sliding_attention\"");
      }
      rope.full =
          read(path + ".full_attention", parameters.at("full_attention"));
      rope.sliding =
          read(path + ".sliding_attention", parameters.at("sliding_attention"));
      return rope;
    }
    rope.full = read(key, parameters);
  }
  rope.sliding = rope.full;
  if (sliding == SlidingRope::kUnscaled) {
    rope.sliding = {.rope_theta = rope.full.rope_theta};
  }
  if (sliding == SlidingRope::kLocal) {
    rope.sliding = {.rope_theta = file.positive("rope_local_base_freq")};
  }
  return rope;
}

YarnRange yarn_range(const RopeConfig& rope, int64_t head_dim) {
  const auto dim = static_cast<double>(head_dim);
  const auto correction = [&](double rotations) {
    return dim *
           std::log(rope.original_max_position_embeddings /
                    (rotations * 2 * std::numbers::pi)) /
           (2 * std::log(rope.rope_theta));
  };
  double low = correction(rope.beta_fast);
  double high = correction(rope.beta_slow);
  if (rope.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, dim - 1);
  if (low == high) high += 0.001;  // as transformers
  return {low, high};
}

namespace {

float llama3_frequency(const RopeConfig& rope, float frequency) {
  const double wavelength = 2 * std::numbers::pi / frequency;
  const double original = rope.original_max_position_embeddings;
  const auto factor = static_cast<float>(rope.factor);
  if (wavelength < original / rope.high_freq_factor) return frequency;
  if (wavelength > original / rope.low_freq_factor) return frequency / factor;
  const auto smooth =
      static_cast<float>((original / wavelength - rope.low_freq_factor) /
                         (rope.high_freq_factor - rope.low_freq_factor));
  return (1 - smooth) * frequency / factor + smooth * frequency;
}

}  // namespace

std::vector<float> inverse_frequencies(const RopeConfig& rope,
                                       int64_t head_dim) {
  const YarnRange range =
      rope.rope_type == "yarn" ? yarn_range(rope, head_dim) : YarnRange();
  const auto factor = static_cast<float>(rope.factor);
  std::vector<float> frequencies;
  for (int64_t i = 0; i < head_dim / 2; ++i) {
    const float exponent =
        static_cast<float>(2 * i) / static_cast<float>(head_dim);
    float frequency =
        1.0F / std::pow(static_cast<float>(rope.rope_theta), exponent);
    if (rope.rope_type == "linear") frequency /= factor;
    if (rope.rope_type == "llama3") {
      frequency = llama3_frequency(rope, frequency);
    }
    if (rope.rope_type == "yarn") {
      const auto ramp = static_cast<float>(std::clamp(
          (static_cast<double>(i) - range.low) / (range.high - range.low),
          0.0,
          1.0));
      frequency = frequency / factor * ramp + frequency * (1 - ramp);
    }
    frequencies.push_back(frequency);
  }
  return frequencies;
}

}  // namespace cdx
