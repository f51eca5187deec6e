#pragma once

#include "decoding/story.h"
#include "torch_support.h"
#include "util/json.h"

#include <cmath>
#include <filesystem>
#include <map>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

// Conformative decoding against a plain loop of transformers 4.57.6 with two
// models and a logits processor (scripts/oracle/two_model_loop.py, which says
// what the keys of the golden files mean).
namespace cdx::test {

namespace fs = std::filesystem;
using Ids = std::vector<int32_t>;

struct Pair {
  Json golden;
  std::unique_ptr<StoryGenerator> generator = make_story_generator();

  explicit Pair(const char* file) : golden(parse_json_file(file)) {}
  void load(const fs::path& base, const fs::path& instruct) {
    const DeviceOptions options{.device = device_name(), .dtype = "float32"};
    generator->load("base", base, options);
    generator->load("instruct", instruct, options);
  }
};

inline DecodingJob make_job(const Json& golden, double gamma) {
  DecodingJob job;
  job.models = {"base", "instruct"};
  job.mix.gamma = gamma;
  job.batch_size = 16;
  const auto ends = golden.at("end_ids").get<Ids>();
  job.stop_ids = {.instruct = ends, .base = ends};
  return job;
}

// A request for one story after both prompts and `prefix`; its key is its place
// in the job.
inline void add_request(const Json& one, const Ids& prefix, DecodingJob& job) {
  StoryRequest request{.prompt_ids = {one.at("base_ids").get<Ids>(),
                                      one.at("instruct_ids").get<Ids>()},
                       .key = job.requests.size(),
                       .samples = {0}};
  for (Ids& ids : request.prompt_ids) {
    ids.insert(ids.end(), prefix.begin(), prefix.end());
  }
  job.requests.push_back(std::move(request));
}

inline std::vector<Story> tell(StoryGenerator& generator,
                               const DecodingJob& job) {
  std::vector<Story> told(job.requests.size());
  generator.run(
      job,
      [&](Story&& story) { told[story.request] = std::move(story); },
      [](int64_t) { return true; });
  return told;
}

// `tolerance`: of a token's log-probability.
inline void check_story(const Story& story,
                        const Json& greedy,
                        double tolerance) {
  CHECK(story.ids == greedy.at("ids").get<Ids>());
  const double bound = tolerance * static_cast<double>(story.ids.size());
  const auto off = [&](double value, const char* key) {
    return std::abs(value - greedy.at(key).get<double>());
  };
  CHECK(off(story.log_probs[0], "log_prob_base") <= bound);
  CHECK(off(story.log_probs[1], "log_prob_instruct") <= bound);
  CHECK(off(story.log_prob_sampled, "log_prob_q") <=
        bound + greedy.at("slack").get<double>());
}

// Returns how many texts were compared.
inline int check_greedy(const Pair& pair, double tolerance) {
  const Json& cases = pair.golden.at("cases");
  int compared = 0;
  for (size_t g = 0; g < cases[0].at("greedy").size(); ++g) {
    const auto gamma = cases[0].at("greedy")[g].at("gamma").get<double>();
    DecodingJob job = make_job(pair.golden, gamma);
    job.sampling.do_sample = false;
    job.sampling.top_p = pair.golden.at("top_p").get<double>();
    job.max_new_tokens = pair.golden.at("max_new_tokens").get<int64_t>();
    for (const Json& one : cases) add_request(one, {}, job);
    const std::vector<Story> told = tell(*pair.generator, job);
    for (size_t i = 0; i < cases.size(); ++i) {
      CAPTURE(cases[i].at("prompt_id").get<std::string>());
      const Json& greedy = cases[i].at("greedy")[g];
      REQUIRE(greedy.at("gamma").get<double>() == gamma);
      check_story(told[i], greedy, tolerance);
      ++compared;
    }
  }
  return compared;
}

// The largest difference of a probability, and the total variation (of the
// tokens that the file lists).
struct Distance {
  double largest = 0, total_variation = 0;
};

inline Distance distance(const std::map<int32_t, double>& q,
                         const Json& expected,
                         size_t row) {
  Distance distance;
  const auto ids = expected.at("ids").get<Ids>();
  for (size_t i = 0; i < ids.size(); ++i) {
    const auto found = q.find(ids[i]);
    const double ours = found == q.end() ? 0 : found->second;
    const double off =
        std::abs(ours - expected.at("q").at(row).at(i).get<double>());
    distance.largest = std::max(distance.largest, off);
    distance.total_variation += off / 2;
  }
  return distance;
}

// Every distribution with one gamma, top_p and temperature, in one job. Returns
// how many were compared.
inline int check_distributions(const Pair& pair,
                               size_t gamma_row,
                               const SamplingOptions& sampling,
                               const Distance& bounds) {
  const auto gamma = pair.golden.at("gammas")[gamma_row].get<double>();
  DecodingJob job = make_job(pair.golden, gamma);
  job.sampling = sampling;
  job.max_new_tokens = 1;
  std::vector<Json> expected;
  for (const Json& one : pair.golden.at("cases")) {
    for (const Json& step : one.at("distributions")) {
      if (step.at("top_p").get<double>() != sampling.top_p ||
          step.at("temperature").get<double>() != sampling.temperature) {
        continue;
      }
      add_request(one, step.at("prefix").get<Ids>(), job);
      expected.push_back(step);
    }
  }
  std::map<uint64_t, std::map<int32_t, double>> all;
  job.trace = [&](const StepTrace& trace) {
    for (size_t i = 0; i < trace.ids.size(); ++i) {
      all[trace.at.key][trace.ids[i]] = trace.q[i];
    }
  };
  tell(*pair.generator, job);
  for (size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    const std::map<int32_t, double>& q = all.at(i);
    CHECK(static_cast<int64_t>(q.size()) ==
          expected[i].at("kept").get<int64_t>());
    const Distance off = distance(q, expected[i], gamma_row);
    CHECK(off.largest <= bounds.largest);
    CHECK(off.total_variation <= bounds.total_variation);
  }
  return static_cast<int>(expected.size());
}

inline int check_distributions(const Pair& pair, const Distance& bounds) {
  int compared = 0;
  for (size_t row = 0; row < pair.golden.at("gammas").size(); ++row) {
    compared += check_distributions(pair, row, {.top_p = 0.95}, bounds);
    compared += check_distributions(
        pair, row, {.temperature = 0.7, .top_p = 0.9}, bounds);
  }
  return compared;
}

}  // namespace cdx::test
