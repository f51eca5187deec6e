#pragma once

#include "util/json.h"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

// What the files of lines of JSON in a run have in common.
namespace cdx {

// A JSON string.
std::string json_quoted(const std::string& text);

// The shortest decimal that reads back as the same double; "null" for an
// infinity. Throws std::invalid_argument if it is NaN.
std::string log_prob_json(double value);
// Back: null is minus infinity. Throws UserError naming `where`.
double log_prob_at(const Json& object,
                   const std::string& key,
                   const std::string& where);

// An object without its closing brace, ended by "crc": the CRC-32 of all that
// stands before `,"crc":`.
std::string with_crc(const std::string& body);

// True if the line is whole and no bit of it has changed.
bool has_valid_crc(std::string_view line);

enum class LineState {
  kSound,
  kTorn,    // the last line, cut off by a crash or damaged
  kDamaged  // another line whose CRC does not match
};

// Calls `line(text, state, where)` for each line of the file; `where` is
// "FILE:NUMBER". Throws WorldError if the file cannot be read.
void for_each_stored_line(
    const std::filesystem::path& file,
    const std::function<
        void(std::string_view, LineState, const std::string& where)>& line);

}  // namespace cdx
