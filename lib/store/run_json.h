#pragma once

#include "store/run_directory.h"
#include "util/json.h"

#include <string>

// The files of a run as JSON. Readers throw UserError naming `where`.
namespace cdx {

// Indented, for files that people read.
std::string pretty(const Json& json);

Json to_json(const Manifest& manifest);
Manifest manifest_from_json(const Json& json, const std::string& where);

Json to_json(const Segment& segment);
Segment segment_from_json(const Json& json, const std::string& where);

Json to_json(const SentPrompt& sent);
SentPrompt sent_prompt_from_json(const Json& json, const std::string& where);

}  // namespace cdx
