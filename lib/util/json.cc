#include "util/json.h"

#include "util/errors.h"
#include "util/files.h"
#include "util/unicode.h"

#include <algorithm>
#include <limits>
#include <unordered_set>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr size_t kMaxDepth = 64;
constexpr size_t kMaxReason = 200;

// Builds the value while the text is read. (The library's own builder keeps the
// last of duplicate keys and takes quadratic time for large ordered objects.)
class Builder : public nlohmann::json_sax<Json> {
 public:
  Json result;
  std::string error;

  bool null() override { return add(nullptr) != nullptr; }
  bool boolean(bool value) override { return add(value) != nullptr; }
  bool number_integer(number_integer_t value) override {
    return add(value) != nullptr;
  }
  bool number_unsigned(number_unsigned_t value) override {
    return add(value) != nullptr;
  }
  bool number_float(number_float_t value, const string_t&) override {
    return add(value) != nullptr;
  }
  bool string(string_t& value) override {
    return add(std::move(value)) != nullptr;
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    Level& level = open_.back();
    if (has_key(level, name)) {
      error = fmt::format("the key \"{}\" appears twice in one object", name);
      return false;
    }
    key_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t,
                   const std::string& last,
                   const nlohmann::detail::exception& exception) override {
    std::string_view reason = exception.what();
    reason.remove_prefix(std::min(reason.find("] ") + 2, reason.size()));
    error = reason;
    // As Python's json writes them.
    if (last.ends_with('N') || last.ends_with('I')) {
      constexpr std::string_view kHint =
          "; JSON has no NaN and no Infinity: write null";
      error = error.substr(0, kMaxReason - kHint.size());
      error += kHint;
    }
    return false;
  }

 private:
  struct Level {
    Json* value;
    // The keys of an object with more than a few of them.
    std::unordered_set<std::string> keys;
  };
  using Members = Json::object_t::Container;

  static Members& members(Json& object) {
    return object.get_ref<Json::object_t&>();
  }

  static bool has_key(Level& level, const std::string& name) {
    constexpr size_t kFew = 16;
    Members& present = members(*level.value);
    if (present.size() < kFew) {
      return std::any_of(present.begin(), present.end(), [&](const auto& item) {
        return item.first == name;
      });
    }
    if (level.keys.empty()) {
      for (const auto& [key, value] : present) level.keys.insert(key);
    }
    return !level.keys.insert(name).second;
  }

  Json* add(Json value) {
    if (open_.empty()) {
      result = std::move(value);
      return &result;
    }
    Json& parent = *open_.back().value;
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    members(parent).emplace_back(std::move(key_), std::move(value));
    return &members(parent).back().second;
  }

  bool open(Json value) {
    if (open_.size() == kMaxDepth) {
      error = fmt::format("nested deeper than {} levels", kMaxDepth);
      return false;
    }
    open_.push_back({add(std::move(value)), {}});
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  std::vector<Level> open_;
  std::string key_;
};

std::string kind_of(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_boolean()) return "a boolean";
  if (value.is_number_integer()) return "an integer";
  if (value.is_number()) return "a number";
  if (value.is_string()) return "a string";
  return value.is_array() ? "a list" : "an object";
}

[[noreturn]] void wrong_type(const Json& value,
                             const std::string& key,
                             const std::string& where,
                             const char* wanted) {
  throw UserError(fmt::format(
      "{}: \"{}\" must be {}, but is {}", where, key, wanted, kind_of(value)));
}

// nullptr when absent.
const Json* find(const Json& object,
                 const std::string& key,
                 const std::string& where) {
  if (!object.is_object()) {
    throw UserError(
        fmt::format("{}: an object with \"{}\" must stand here, "
                    "but it is {}",
                    where,
                    key,
                    kind_of(object)));
  }
  auto member = object.find(key);
  return member == object.end() ? nullptr : &*member;
}

const Json* find_not_null(const Json& object,
                          const std::string& key,
                          const std::string& where) {
  const Json* value = find(object, key, where);
  return value != nullptr && value->is_null() ? nullptr : value;
}

std::string as_string(const Json& value,
                      const std::string& key,
                      const std::string& where) {
  if (!value.is_string()) wrong_type(value, key, where, "a string");
  return value.get_ref<const std::string&>();
}

int64_t as_int(const Json& value,
               const std::string& key,
               const std::string& where) {
  constexpr uint64_t kMax = std::numeric_limits<int64_t>::max();
  if (!value.is_number_integer()) wrong_type(value, key, where, "an integer");
  if (value.is_number_unsigned() && value.get<uint64_t>() > kMax) {
    throw UserError(fmt::format("{}: \"{}\" is too large", where, key));
  }
  return value.get<int64_t>();
}

double as_double(const Json& value,
                 const std::string& key,
                 const std::string& where) {
  if (!value.is_number()) wrong_type(value, key, where, "a number");
  return value.get<double>();
}

bool as_bool(const Json& value,
             const std::string& key,
             const std::string& where) {
  if (!value.is_boolean()) wrong_type(value, key, where, "true or false");
  return value.get<bool>();
}

template <typename F>
auto optional(const Json& object,
              const std::string& key,
              const std::string& where,
              F convert)
    -> std::optional<decltype(convert(object, key, where))> {
  const Json* value = find_not_null(object, key, where);
  if (value == nullptr) return std::nullopt;
  return convert(*value, key, where);
}

}  // namespace

Json parse_json(std::string_view text, const std::string& where) {
  Builder builder;
  if (!Json::sax_parse(text, &builder)) {
    std::string reason = builder.error.substr(0, kMaxReason);
    throw UserError(
        fmt::format("{}: not valid JSON: {}", where, to_valid_utf8(reason)));
  }
  return std::move(builder.result);
}

Json parse_json_file(const std::filesystem::path& path) {
  return parse_json(read_file(path), path.string());
}

const Json& json_at(const Json& object,
                    const std::string& key,
                    const std::string& where) {
  const Json* value = find(object, key, where);
  if (value == nullptr) {
    throw UserError(fmt::format("{}: \"{}\" is missing", where, key));
  }
  return *value;
}

std::string json_label(const Json& object,
                       const std::string& key,
                       const std::string& where) {
  const Json& value = json_at(object, key, where);
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return value.dump();
  throw UserError(fmt::format(
      "{}: \"{}\" is neither a text nor a whole number", where, key));
}

const Json& json_list(const Json& object,
                      const std::string& key,
                      const std::string& where) {
  const Json& value = json_at(object, key, where);
  if (!value.is_array()) wrong_type(value, key, where, "a list");
  return value;
}

std::string json_string(const Json& object,
                        const std::string& key,
                        const std::string& where) {
  return as_string(json_at(object, key, where), key, where);
}

int64_t json_int(const Json& object,
                 const std::string& key,
                 const std::string& where) {
  return as_int(json_at(object, key, where), key, where);
}

double json_double(const Json& object,
                   const std::string& key,
                   const std::string& where) {
  return as_double(json_at(object, key, where), key, where);
}

bool json_bool(const Json& object,
               const std::string& key,
               const std::string& where) {
  return as_bool(json_at(object, key, where), key, where);
}

std::optional<std::string> json_optional_string(const Json& object,
                                                const std::string& key,
                                                const std::string& where) {
  return optional(object, key, where, as_string);
}

std::optional<int64_t> json_optional_int(const Json& object,
                                         const std::string& key,
                                         const std::string& where) {
  return optional(object, key, where, as_int);
}

std::optional<double> json_optional_double(const Json& object,
                                           const std::string& key,
                                           const std::string& where) {
  return optional(object, key, where, as_double);
}

std::optional<bool> json_optional_bool(const Json& object,
                                       const std::string& key,
                                       const std::string& where) {
  return optional(object, key, where, as_bool);
}

std::string dump_json(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace cdx
