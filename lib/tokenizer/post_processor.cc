#include "tokenizer/post_processor.h"

#include "util/errors.h"

#include <limits>

#include <fmt/format.h>

namespace cdx {
namespace {

int32_t id_of(const Json& value,
              const std::string& name,
              const std::string& where) {
  int64_t id = value.is_number_integer() ? value.get<int64_t>() : -1;
  if (id < 0 || id > std::numeric_limits<int32_t>::max()) {
    throw UserError(fmt::format(
        "{}: the special token \"{}\" has no valid id", where, name));
  }
  return static_cast<int32_t>(id);
}

// Appends the ids that the template's "special_tokens" give `name`.
void append_special(const Json& json,
                    const std::string& name,
                    const std::string& where,
                    std::vector<int32_t>& out) {
  const Json& specials = json_at(json, "special_tokens", where);
  for (const Json& value :
       json_list(json_at(specials, name, where), "ids", where)) {
    out.push_back(id_of(value, name, where));
  }
}

PostProcessor read_template(const Json& json, const std::string& where) {
  PostProcessor result;
  int texts = 0;
  for (const Json& item : json_list(json, "single", where)) {
    if (item.contains("Sequence")) {
      ++texts;
    } else {
      const Json& token = json_at(item, "SpecialToken", where);
      append_special(json,
                     json_string(token, "id", where),
                     where,
                     texts == 0 ? result.before : result.after);
    }
  }
  if (texts != 1) {
    throw UserError(fmt::format(
        "{}: a template with {} texts is not supported yet", where, texts));
  }
  return result;
}

// The id in ["</s>", 2], the member `key`.
int32_t read_pair(const Json& json,
                  const std::string& key,
                  const std::string& where) {
  const Json& pair = json_list(json, key, where);
  if (pair.size() != 2) {
    throw UserError(
        fmt::format("{}: \"{}\" must be a token and its id", where, key));
  }
  return id_of(pair[1], key, where);
}

// BertProcessing and RobertaProcessing: what else the latter says is about
// offsets.
PostProcessor read_bert(const Json& json, const std::string& where) {
  return {{read_pair(json, "cls", where)}, {read_pair(json, "sep", where)}};
}

// At most one of the processors may add ids: with two the library fails.
PostProcessor read_sequence(const Json& json, const std::string& where) {
  PostProcessor result;
  for (const Json& step : json_list(json, "processors", where)) {
    PostProcessor next = read_post_processor(step, where);
    if (next.before.empty() && next.after.empty()) continue;
    if (!result.before.empty() || !result.after.empty()) {
      throw UserError(where +
                      ": a sequence of two processors that add tokens is not "
                      "supported yet");
    }
    result = next;
  }
  return result;
}

}  // namespace

PostProcessor read_post_processor(const Json& json, const std::string& where) {
  if (json.is_null()) return {};
  std::string type = json_string(json, "type", where);
  if (type == "ByteLevel") return {};  // it changes offsets only
  if (type == "TemplateProcessing") return read_template(json, where);
  if (type == "BertProcessing" || type == "RobertaProcessing") {
    return read_bert(json, where);
  }
  if (type == "Sequence") return read_sequence(json, where);
  throw UserError(fmt::format(
      "{}: the post_processor \"{}\" is not supported yet", where, type));
}

}  // namespace cdx
