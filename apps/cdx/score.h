#pragma once

#include "store/run_directory.h"

#include <filesystem>
#include <string>
#include <vector>

namespace cdx {

struct ScoreArguments {
  // Roles; none: the experiment's score.models, or else all that it uses.
  std::vector<std::string> models;
  int threads = 0;  // 0: all cores that this process may use
};

// Scores every story of the conditions of the run's last start under the models
// and prints a table of them. Returns false if it was asked to stop before all
// were done.
bool score(const RunDirectory& directory, const ScoreArguments& arguments);

// Anybody's texts, one a line of JSON.
struct ScoreFilesArguments {
  std::vector<std::filesystem::path> inputs;
  std::string model;  // a folder, or org/name in the local cache
  std::string device = "auto";
  std::string text = "text";  // field with the text
  std::string prompt;         // field with the prompt; "": no prompts
  // How a prompt is put: one of them, with {prompt}; both empty: as it is.
  std::string literal, chat;
  std::string ids;  // field with the text's token ids; "": none
  std::filesystem::path out;
  int threads = 0;
};

// Scores the texts into arguments.out, line after line, and prints a table.
// Returns false if it was asked to stop before all were done. Throws UserError
// naming file and line before anything is computed.
bool score_files(const ScoreFilesArguments& arguments);

}  // namespace cdx
