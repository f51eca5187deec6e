#include "store/run_records.h"

#include "util/errors.h"

#include <limits>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr int64_t kSchema = 1;  // of manifests and segments

using Strings = std::map<std::string, std::string>;

Strings strings_at(const Json& json,
                   const std::string& key,
                   const std::string& where) {
  Strings strings;
  const Json& object = json_at(json, key, where);
  for (const auto& item : object.items()) {
    strings[item.key()] = json_string(object, item.key(), where);
  }
  return strings;
}

Json to_object(const Strings& strings) {
  Json object = Json::object();
  for (const auto& [key, value] : strings) object[key] = value;
  return object;
}

void check_schema(const Json& json, const std::string& where) {
  const int64_t schema = json_int(json, "schema", where);
  if (schema != kSchema) {
    throw UserError(fmt::format(
        "{}: schema {} is not known to this cdx, which reads schema {}",
        where,
        schema,
        kSchema));
  }
}

std::vector<int32_t> ids_at(const Json& json,
                            const std::string& key,
                            const std::string& where) {
  std::vector<int32_t> ids;
  for (const Json& id : json_at(json, key, where)) {
    if (!id.is_number_integer() || id < 0 ||
        id > std::numeric_limits<int32_t>::max()) {
      throw UserError(fmt::format("{}: '{}' is no list of ids", where, key));
    }
    ids.push_back(id.get<int32_t>());
  }
  return ids;
}

}  // namespace

std::string pretty(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json to_json(const Manifest& manifest) {
  Json models = Json::object();
  for (const auto& [role, model] : manifest.models) {
    models[role] = {{"path", model.path},
                    {"weights_hash", model.weights_hash},
                    {"tokenizer_hash", model.tokenizer_hash}};
  }
  return {{"schema", kSchema},
          {"name", manifest.name},
          {"models", models},
          {"prompts_file", manifest.prompts_file},
          {"prompts_hash", manifest.prompts_hash},
          {"batch_size", manifest.batch_size},
          {"versions", to_object(manifest.versions)}};
}

Manifest manifest_from_json(const Json& json, const std::string& where) {
  check_schema(json, where);
  Manifest manifest;
  manifest.name = json_string(json, "name", where);
  for (const auto& item : json_at(json, "models", where).items()) {
    manifest.models[item.key()] = {
        json_string(item.value(), "path", where),
        json_string(item.value(), "weights_hash", where),
        json_string(item.value(), "tokenizer_hash", where)};
  }
  manifest.prompts_file = json_string(json, "prompts_file", where);
  manifest.prompts_hash = json_string(json, "prompts_hash", where);
  manifest.batch_size = json_int(json, "batch_size", where);
  manifest.versions = strings_at(json, "versions", where);
  return manifest;
}

Json to_json(const Segment& segment) {
  return {{"schema", kSchema},
          {"shard", segment.shard},
          {"restart", segment.restart},
          {"started", segment.started},
          {"stopped", segment.stopped},
          {"conditions", to_object(segment.conditions)},
          {"matches", segment.matches},
          {"machine", segment.machine},
          {"rates", segment.rates},
          {"manifest", to_json(segment.manifest)},
          {"config", segment.config}};
}

Segment segment_from_json(const Json& json, const std::string& where) {
  check_schema(json, where);
  Segment segment;
  segment.shard = json_string(json, "shard", where);
  segment.restart = json_int(json, "restart", where);
  segment.started = json_string(json, "started", where);
  segment.stopped = json_string(json, "stopped", where);
  segment.conditions = strings_at(json, "conditions", where);
  if (const auto matches = json.find("matches"); matches != json.end()) {
    segment.matches = *matches;
  }
  segment.machine = json_at(json, "machine", where);
  segment.rates = json_at(json, "rates", where);
  segment.manifest =
      manifest_from_json(json_at(json, "manifest", where), where);
  segment.config = json_string(json, "config", where);
  return segment;
}

Json to_json(const SentPrompt& sent) {
  Json inputs = Json::array();
  for (const SentPrompt::Input& input : sent.inputs) {
    inputs.push_back({{"model", input.model},
                      {"text", input.text},
                      {"token_ids", input.token_ids}});
  }
  return {{"prompt_id", sent.prompt_id},
          {"condition", sent.condition},
          {"hash", sent.hash8},
          {"prompt", sent.prompt},
          {"inputs", inputs}};
}

SentPrompt sent_prompt_from_json(const Json& json, const std::string& where) {
  SentPrompt sent;
  sent.prompt_id = json_string(json, "prompt_id", where);
  sent.condition = json_string(json, "condition", where);
  sent.hash8 = json_string(json, "hash", where);
  sent.prompt = json_string(json, "prompt", where);
  for (const Json& input : json_at(json, "inputs", where)) {
    sent.inputs.push_back({json_string(input, "model", where),
                           json_string(input, "text", where),
                           ids_at(input, "token_ids", where)});
  }
  return sent;
}

}  // namespace cdx
