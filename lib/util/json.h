#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

// Reading JSON that came from outside: duplicate keys are refused, depth is
// limited, conversions are never silent. `where` is the file (and line) that
// messages name.
namespace cdx {

using Json = nlohmann::ordered_json;

// Throws UserError("<where>: not valid JSON: …"). Depth limit 64.
Json parse_json(std::string_view text, const std::string& where);
Json parse_json_file(const std::filesystem::path& path);

// The member `key` of the object `object` with the type asked for; UserError
// naming where, key, the type found and the type wanted otherwise. Integers
// must be integers within the range of int64_t.
const Json& json_at(const Json& object,
                    const std::string& key,
                    const std::string& where);
// A name or a whole number, as text.
std::string json_label(const Json& object,
                       const std::string& key,
                       const std::string& where);
const Json& json_list(const Json& object,
                      const std::string& key,
                      const std::string& where);
std::string json_string(const Json& object,
                        const std::string& key,
                        const std::string& where);
int64_t json_int(const Json& object,
                 const std::string& key,
                 const std::string& where);
double json_double(const Json& object,
                   const std::string& key,
                   const std::string& where);
bool json_bool(const Json& object,
               const std::string& key,
               const std::string& where);

// Absent or null → nullopt; present with another type → UserError.
std::optional<std::string> json_optional_string(const Json& object,
                                                const std::string& key,
                                                const std::string& where);
std::optional<int64_t> json_optional_int(const Json& object,
                                         const std::string& key,
                                         const std::string& where);
std::optional<double> json_optional_double(const Json& object,
                                           const std::string& key,
                                           const std::string& where);
std::optional<bool> json_optional_bool(const Json& object,
                                       const std::string& key,
                                       const std::string& where);

// One line; invalid UTF-8 inside strings becomes U+FFFD instead of an error.
std::string dump_json(const Json& value);

}  // namespace cdx
