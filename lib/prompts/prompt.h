#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace cdx {

struct Prompt {
  std::string id;
  std::string text;
  // Texts written for this prompt by others (people, a grammar).
  std::vector<std::string> references;
  // Every other string field of the line ("split", "theme", …); what is no
  // string is left out.
  std::map<std::string, std::string> fields;
};

struct PromptOptions {
  // .jsonl, .csv with a header, or .txt (one prompt a line); blank lines are
  // skipped.
  std::filesystem::path file;
  int64_t skip = 0;             // so many prompts are left out at the start
  int64_t limit = 0;            // then so many are taken; 0 takes all
  std::string id_field = "id";  // absent: "p0001", … by position
  std::string text_field = "prompt";
  // Optional; a list of strings, in a .csv one string.
  std::string references_field = "references";
};

// Throws UserError with file and line: no prompt in the file, empty text or
// reference, duplicate id, missing field, invalid UTF-8, anywhere in the file
// whatever the limit.
std::vector<Prompt> read_prompts(const PromptOptions& options);

}  // namespace cdx
