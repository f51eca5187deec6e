#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

// Texts that other programs made: JSON lines (one text a line, or a list of
// them: lm-eval's samples_*.jsonl, NoveltyBench's generations.jsonl) and CSV.
namespace cdx {

struct TextFileOptions {
  // FILE, or NAME=FILE: what the texts of this file are called.
  std::vector<std::string> inputs;
  // Fields; empty: the first of the usual names that the first line has.
  //   text       text, response, generations, resps, completion, output
  //   group      prompt_id, id, doc_id, prompt: texts of one group answer the
  //              same prompt
  //   condition  condition; else each file is one, by NAME or its stem
  std::string text, group, condition;
  // Lines that cannot be read are counted and left out; else the first is an
  // error.
  bool skip_bad_lines = false;
  // Told each line's bytes as it is read; may be empty.
  std::function<void(int64_t bytes)> on_line;
};

struct FileText {
  std::string condition, prompt_id, text;
  std::string prompt;         // field `prompt`, if it is there
  std::string finish_reason;  // field `finish_reason`, if it is there
};

struct TextFiles {
  std::vector<FileText> texts;  // in the order of the files
  int64_t bad_lines = 0;
  std::string first_bad;  // the message about the first of them
  // What was read, as given or found: "text", "prompt_id"; "" for the file's
  // name.
  std::string text, group, condition;
};

// A line's text field may hold a text, or a list of texts (nested, too): each
// is one. Throws UserError: a file that is missing or empty, fields that are
// not there (with those that are), two files with the same name; the first bad
// line with file and number.
TextFiles read_text_files(const TextFileOptions& options);

// Of all files together; one that cannot be seen counts nothing.
int64_t input_bytes(const TextFileOptions& options);

}  // namespace cdx
