// tests/data/decoding/truncation.{bin,json}, made by
// scripts/oracle/truncation.py: hash and number of what is kept in each row.

#include "decoding/truncation.h"
#include "util/files.h"
#include "util/json.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <limits>
#include <map>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace cdx {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();
constexpr const char* kJson = "tests/data/decoding/truncation.json";
constexpr const char* kBin = "tests/data/decoding/truncation.bin";

// The script's generator of logits, number by number.

constexpr uint64_t kHfRows = 10'000, kPresetRows = 500;

uint64_t splitmix64(uint64_t x) {
  x += 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

uint32_t hash(uint64_t x) {
  return static_cast<uint32_t>(splitmix64(x) >> 32);
}

uint64_t row_draw(uint64_t row, uint64_t n) {
  return splitmix64(row << 32 | ((uint64_t{1} << 31) + n));
}

uint64_t vocab_of(uint64_t row) {
  if (row >= kHfRows) return 1 + row_draw(row, 0) % 300;
  if (row % 97 == 0) return 256'000;
  if (row % 10 == 1) return 1 + row_draw(row, 0) % 64;
  return 300 + row_draw(row, 0) % 2701;
}

// The script's KINDS.
enum class Kind { kPeaked, kBell, kTies, kFlat, kThird, kThree, kHot, kSame };

Kind kind_of(uint64_t row) {
  const uint64_t n = row_draw(row, 1) % 20;
  if (n < 10) return n % 2 == 0 ? Kind::kPeaked : Kind::kBell;
  if (n < 13) return Kind::kTies;
  if (n < 17) return n % 2 == 1 ? Kind::kFlat : Kind::kThird;
  constexpr std::array kLast = {Kind::kThree, Kind::kHot, Kind::kSame};
  return kLast.at(n - 17);
}

float shape_of(Kind kind, uint64_t bits, int width) {
  if (kind == Kind::kFlat) return static_cast<float>(bits >> 40) * 0x1p-23F;
  if (kind == Kind::kPeaked) {
    const int zeros = std::countr_zero(bits | uint64_t{1} << 16);
    return static_cast<float>(2 * zeros) +
           static_cast<float>(bits >> 47) * 0x1p-16F;
  }
  int total = 0;
  for (; bits > 0; bits >>= 16) total += static_cast<int>(bits & 0xFFFF);
  if (kind == Kind::kTies) {
    return 0.5F * static_cast<float>((total >> (12 + width)) - (32 >> width));
  }
  return std::ldexp(static_cast<float>(total - 131072), -(13 + width));
}

std::vector<float> logits_of(uint64_t row) {
  const uint64_t vocab = vocab_of(row), option = row_draw(row, 2) % 3;
  const Kind kind = kind_of(row);
  if (kind == Kind::kSame) {
    return std::vector<float>(vocab, 0.75F * static_cast<float>(option));
  }
  std::vector<float> z(vocab);
  if (kind == Kind::kHot) {
    constexpr std::array kRest = {kNever, -40.F, -8.F};
    std::fill(z.begin(), z.end(), kRest.at(option));
    z[row_draw(row, 3) % vocab] = 0;
    return z;
  }
  std::array<uint64_t, 3> some{};
  for (size_t n = 0; n < 3; ++n) some.at(n) = row_draw(row, 3 + n) % vocab;
  for (uint64_t id = 0; id < vocab; ++id) {
    const uint64_t bits = splitmix64(row << 32 | id);
    const bool never = kind == Kind::kThree ? std::ranges::count(some, id) == 0
                       : kind == Kind::kThird ? bits % 3 == 0 && id != some[0]
                                              : false;
    z[id] = never ? kNever : shape_of(kind, bits, static_cast<int>(option));
  }
  return z;
}

// What is kept, as the file tells it.

struct Kept {
  uint32_t hash = 0, count = 0;

  bool operator==(const Kept&) const = default;
  Kept operator-(const Kept& other) const {
    return {hash - other.hash, count - other.count};
  }
};

struct StageValues {
  Stage stage;
  std::vector<double> values;
  uint64_t draw;

  double in(uint64_t row) const {
    return values[row_draw(row, draw) % values.size()];
  }
};

struct Case {
  Preset preset = Preset::kHf;
  bool by_id = true;
  std::vector<StageValues> stages;
  std::vector<Kept> rows;
  std::vector<bool> near;  // fp32 may decide otherwise
};

template <typename T>
T named(const std::string& name, const std::vector<T>& all) {
  for (const T each : all) {
    if (to_string(each) == name) return each;
  }
  throw std::invalid_argument(name);
}

// Takes its rows off the front of `words`.
Case read_case(const Json& golden, std::span<const uint32_t>& words) {
  Case c;
  c.preset = named<Preset>(json_string(golden, "preset", kJson),
                           {Preset::kHf, Preset::kVllm, Preset::kLlamaCpp});
  c.by_id = json_string(golden, "hash_of", kJson) == "ids";
  for (const Json& stage : json_list(golden, "stages", kJson)) {
    c.stages.push_back(
        {named(json_string(stage, "stage", kJson), all_stages()),
         json_list(stage, "values", kJson).get<std::vector<double>>(),
         static_cast<uint64_t>(json_int(stage, "draw", kJson))});
  }
  const int64_t rows = json_int(golden, "rows", kJson);
  REQUIRE(std::ssize(words) >= 2 * rows);
  for (int64_t n = 0; n < rows; ++n) {
    c.rows.push_back({words[0], words[1] & 0x7FFFFFFF});
    c.near.push_back(words[1] >> 31 != 0);
    words = words.subspan(2);
  }
  return c;
}

std::vector<Case> read_cases() {
  static_assert(std::endian::native == std::endian::little);
  const std::string bytes = read_file(kBin);
  std::vector<uint32_t> all(bytes.size() / 4);
  std::memcpy(all.data(), bytes.data(), 4 * all.size());
  std::span<const uint32_t> words = all;
  std::vector<Case> cases;
  const Json golden = parse_json_file(kJson);
  for (const Json& each : json_list(golden, "cases", kJson)) {
    cases.push_back(read_case(each, words));
  }
  REQUIRE(words.empty());
  return cases;
}

void set(Stage stage, double value, SamplingOptions& options) {
  static const std::map<Stage, double SamplingOptions::*> kFields = {
      {Stage::kTemperature, &SamplingOptions::temperature},
      {Stage::kTopNSigma, &SamplingOptions::top_n_sigma},
      {Stage::kTopP, &SamplingOptions::top_p},
      {Stage::kMinP, &SamplingOptions::min_p},
      {Stage::kTypicalP, &SamplingOptions::typical_p},
      {Stage::kEpsilonCutoff, &SamplingOptions::epsilon_cutoff},
      {Stage::kEtaCutoff, &SamplingOptions::eta_cutoff}};
  if (stage == Stage::kTopK) {
    options.top_k = static_cast<int64_t>(value);
  } else {
    options.*kFields.at(stage) = value;
  }
}

SamplingOptions options_of(const Case& c, uint64_t row) {
  SamplingOptions options;
  options.preset = c.preset;
  for (const StageValues& each : c.stages) {
    set(each.stage, each.in(row), options);
  }
  options.check();
  return options;
}

using Ids = std::vector<int32_t>;

Kept summary(const Case& c, const Distribution& d, const Ids& ids) {
  Kept kept{.hash = 0, .count = static_cast<uint32_t>(ids.size())};
  for (const int32_t id : ids) {
    const auto n = static_cast<size_t>(id);
    const uint64_t x = c.by_id ? n : std::bit_cast<uint32_t>(d.logits()[n]);
    kept.hash += hash(x);
  }
  return kept;
}

void run_stage(Stage stage, const SamplingOptions& options, Distribution& d) {
  if (stage == Stage::kTemperature) {
    apply_temperature(options.temperature, d);
  } else {
    truncate(stage, options, d);
  }
}

Kept ours(const Case& c, const SamplingOptions& options, Distribution& d) {
  for (const Stage stage : options.stages()) {
    if (options.is_active(stage)) run_stage(stage, options, d);
  }
  return summary(c, d, d.kept());
}

// A near row may differ by one token: the last that a stage kept, or the next
// that it would have kept.

// Entropy of the kept tokens, on the scale of -log_p.
double centre_of(const Distribution& d, const Ids& ids) {
  double mass = 0, sum = 0;
  for (const int32_t id : ids) {
    const double p = std::exp(d.log_p(id));
    mass += p;
    if (p > 0) sum -= p * d.log_p(id);
  }
  return sum / mass;
}

// `d` is as Distribution::reset leaves it.
bool differs_by_one(const Case& c,
                    const SamplingOptions& options,
                    Kept theirs,
                    Kept own,
                    Distribution& d) {
  for (const Stage stage : options.stages()) {
    if (!options.is_active(stage)) continue;
    Ids before, cut;
    d.for_each_kept([&](int32_t id) { before.push_back(id); });
    const double centre = centre_of(d, before);
    run_stage(stage, options, d);
    if (d.keeps_all()) continue;  // a temperature
    std::ranges::set_difference(before, d.kept(), std::back_inserter(cut));
    const auto key = [&](int32_t id) {
      return stage == Stage::kTypicalP ? std::abs(-d.log_p(id) - centre)
                                       : -d.log_p(id);
    };
    const auto last =
        std::ranges::max_element(std::views::reverse(d.kept()), {}, key);
    if (own - theirs == summary(c, d, {*last})) return true;
    const auto next = std::ranges::min_element(cut, {}, key);
    if (next == cut.end()) continue;
    if (theirs - own == summary(c, d, {*next})) return true;
  }
  return false;
}

struct Tally {
  size_t compared = 0, near = 0, near_differ = 0, wrong = 0;
};

void compare(const Case& c,
             uint64_t row,
             const std::vector<float>& logits,
             Distribution& d,
             Tally& tally) {
  const size_t n = row % kHfRows;
  const SamplingOptions options = options_of(c, row);
  d.reset(logits);
  const Kept theirs = c.rows.at(n), own = ours(c, options, d);
  ++tally.compared;
  tally.near += c.near[n] ? 1 : 0;
  if (own == theirs) return;
  d.reset(logits);
  if (c.near[n] && differs_by_one(c, options, theirs, own, d)) {
    ++tally.near_differ;
  } else if (++tally.wrong <= 5) {
    std::string name(to_string(c.preset));
    for (const StageValues& each : c.stages) {
      name += fmt::format(" {}={}", to_string(each.stage), each.in(row));
    }
    name += c.near[n] ? ", near row " : ", row ";
    FAIL_CHECK(name, row, ": kept ", own.count, ", not ", theirs.count);
  }
}

void compare_all(bool hf, size_t cases_wanted) {
  std::vector<Case> cases = read_cases();
  std::erase_if(cases,
                [&](const Case& c) { return hf != (c.preset == Preset::kHf); });
  Tally tally;
  Distribution d;
  const uint64_t first = hf ? 0 : kHfRows, rows = hf ? kHfRows : kPresetRows;
  for (uint64_t row = first; row < first + rows; ++row) {
    const std::vector<float> logits = logits_of(row);
    for (const Case& c : cases) compare(c, row, logits, d, tally);
  }
  const double share = 100.0 * static_cast<double>(tally.near) /
                       static_cast<double>(tally.compared);
  MESSAGE("near: ", share, " %; another boundary: ", tally.near_differ);
  CHECK(tally.compared == cases_wanted * rows);
  CHECK(tally.wrong == 0);
  CHECK(tally.near * 50 < tally.compared);
}

TEST_CASE("The logits of the golden rows are made again bit for bit") {
  uint32_t seen = 0;
  for (uint64_t row = 0; row < kHfRows + kPresetRows; ++row) {
    for (const float z : logits_of(row)) {
      seen += hash(std::bit_cast<uint32_t>(z));
    }
  }
  CHECK(seen == json_int(parse_json_file(kJson), "logits_hash", kJson));
}

TEST_CASE("Preset hf keeps the tokens that transformers' warpers keep") {
  compare_all(true, 9);
}

TEST_CASE("Presets vllm and llamacpp keep what their engines' definitions do") {
  compare_all(false, 7);
}

}  // namespace
}  // namespace cdx
