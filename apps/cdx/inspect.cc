#include "commands.h"
#include "inspect_config.h"
#include "model/weight_files.h"
#include "models.h"
#include "tokenizer/identity.h"
#include "util/counted.h"
#include "util/errors.h"
#include "util/json.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cdx {
namespace {

namespace fs = std::filesystem;

constexpr size_t kSpecialsShown = 24;

struct InspectOptions {
  std::string first, second;
  std::vector<std::string> renamed;  // BASE=INSTRUCT
};

void print_row(const char* label, const std::string& value) {
  fmt::print("  {:18}{}\n", label, value);
}

std::string quoted_piece(const ExperimentModel& model, int32_t id) {
  const auto piece = model.tokenizer->id_to_token(id);
  return piece ? dump_json(Json(*piece)) : "no token";
}

std::string ids_with_pieces(const ExperimentModel& model,
                            const std::vector<int32_t>& ids) {
  std::vector<std::string> shown;
  shown.reserve(ids.size());
  for (const int32_t id : ids) {
    shown.push_back(fmt::format("{} {}", id, quoted_piece(model, id)));
  }
  return shown.empty() ? "none" : fmt::format("{}", fmt::join(shown, ", "));
}

void print_weights(const ExperimentModel& model) {
  const WeightFiles files(model.folder);
  int64_t parameters = 0, bytes = 0;
  std::map<std::string, int64_t> types;  // parameters of each
  for (const auto& [name, weight] : files.weights()) {
    int64_t elements = 1;
    for (const int64_t size : weight.view.shape) elements *= size;
    parameters += elements;
    bytes += static_cast<int64_t>(weight.view.bytes.size());
    types[std::string(dtype_name(weight.view.dtype))] += elements;
  }
  std::vector<std::string> names;
  names.reserve(types.size());
  for (const auto& [name, count] : types) names.push_back(name);
  print_row("parameters",
            fmt::format("{} in {} tensors",
                        with_thousands(parameters),
                        files.weights().size()));
  print_row("weights",
            fmt::format("{} on disk in {}, {}",
                        with_unit(bytes),
                        counted(files.files().size(), "file"),
                        fmt::join(names, " and ")));
}

void print_tokenizer(const ExperimentModel& model,
                     const TokenizerIdentity& identity) {
  const auto rows = model.config.vocab_size;
  const auto end = static_cast<int64_t>(identity.pieces.size());
  std::string size = fmt::format(
      "{} with {} tokens", identity.kind, model.tokenizer->vocab_size());
  if (end < rows) {
    size += fmt::format(
        "; the model's columns {} to {} are padding and never drawn",
        end,
        rows - 1);
  }
  if (end > rows) {
    size += fmt::format("; the model does not know ids from {} on", rows);
  }
  print_row("tokenizer", size);
  std::vector<int32_t> added;
  for (size_t id = 0; id < identity.pieces.size(); ++id) {
    const auto& piece = identity.pieces[id];
    if (piece && identity.added.contains(*piece)) {
      added.push_back(static_cast<int32_t>(id));
    }
  }
  const size_t total = added.size();
  added.resize(std::min(total, kSpecialsShown));
  print_row("added tokens",
            ids_with_pieces(model, added) +
                (total > kSpecialsShown ? fmt::format(", … ({} in all)", total)
                                        : ""));
}

void print_indented(const std::string& text) {
  std::string line;
  for (const char c : text + "\n") {
    if (c != '\n') {
      line += c;
      continue;
    }
    fmt::print("    | {}\n", line);
    line.clear();
  }
}

void print_chat_template(const ExperimentModel& model) {
  const ChatMessage user{.role = "user", .content = "Write a story."};
  const ChatOptions options{.date = utc_now().substr(0, 10)};
  jinja::Rendering rendering;
  std::string hidden;
  try {
    const ChatTemplate chat = ChatTemplate::load(model.folder);
    rendering = chat.render({user}, options);
    hidden = chat.hidden_text(options);
  } catch (const Error& error) {
    print_row("chat template", fmt::format("none to use: {}", error.what()));
    return;
  }
  print_row("chat template",
            fmt::format("makes of the user's turn \"{}\" ({} tokens):",
                        user.content,
                        model.tokenizer->encode(rendering.text, false).size()));
  print_indented(rendering.text);
  if (!hidden.empty()) {
    print_row("hidden text",
              "nobody wrote, but the model reads: " + dump_json(Json(hidden)));
  }
  if (rendering.date_was_asked) {
    print_row("date", "the template asks for today's: pin it in the format");
  }
}

void print_stop_ids(const ExperimentModel& model) {
  if (model.stop_ids.empty()) {
    print_row("stop ids", "none: every story runs to max_new_tokens");
    return;
  }
  bool is_first = true;
  for (const int32_t id : model.stop_ids) {
    std::vector<std::string> sources = files_with_eos(model.folder, id);
    if (model.eos_token_id == id) {
      sources.emplace_back("the tokenizer's eos_token");
    }
    if (sources.empty()) sources.emplace_back("the family's default");
    print_row(is_first ? "stop ids" : "",
              fmt::format("{} {} ({})",
                          id,
                          quoted_piece(model, id),
                          fmt::join(sources, ", ")));
    is_first = false;
  }
}

void print_model(const std::string& name, const ExperimentModel& model) {
  fmt::print("{}\n", name);
  if (model.folder != name) print_row("folder", model.folder.string());
  for (const auto& [label, value] : describe(model.config)) {
    print_row(label.c_str(), value);
  }
  print_weights(model);
  print_tokenizer(model, identity_of(*model.tokenizer, model.folder));
  print_chat_template(model);
  print_stop_ids(model);
  const std::string sampling = unused_sampling(model.folder);
  if (!sampling.empty()) {
    print_row("not applied",
              sampling +
                  ": sampling defaults of generation_config.json; say "
                  "them under `sampling` if you want them");
  }
}

std::string padding_of(const ExperimentModel& model, int64_t columns) {
  const int64_t masked = model.config.vocab_size - columns;
  if (masked == 0) return "none";
  return fmt::format("{} to {} ({} of {})",
                     columns,
                     model.config.vocab_size - 1,
                     masked,
                     model.config.vocab_size);
}

void print_end_policy(const ExperimentModel& base,
                      const ExperimentModel& instruct,
                      const StopIds& ids) {
  print_row("stop ids",
            fmt::format("base: {}; instruct: {}",
                        ids_with_pieces(base, ids.base),
                        ids_with_pieces(instruct, ids.instruct)));
  if (ids.instruct.empty()) return;
  const int32_t end = ids.instruct.front();
  if (ids.base == std::vector{end}) {
    print_row("end of text", "both end with the same token");
    return;
  }
  print_row("end of text",
            fmt::format("merged: what the base gives to its stop ids goes to "
                        "the instruct's {} {}",
                        end,
                        quoted_piece(instruct, end)));
}

void print_pair(const ExperimentModel& base,
                const ExperimentModel& instruct,
                const Mixture& mixture) {
  fmt::print("as a pair: base and instruct\n");
  const std::string& difference = mixture.comparison.difference;
  if (!difference.empty()) {
    print_row("may be mixed", "no: " + difference);
    return;
  }
  print_row(
      "may be mixed",
      fmt::format("yes: {} tokens mean the same in both", mixture.columns));
  for (const auto& [id, from, to] : mixture.comparison.renamed) {
    print_row("renamed",
              fmt::format("{} is {} in the base and {} in the instruct",
                          id,
                          dump_json(Json(from)),
                          dump_json(Json(to))));
  }
  print_row("masked columns",
            fmt::format("base: {}; instruct: {}",
                        padding_of(base, mixture.columns),
                        padding_of(instruct, mixture.columns)));
  print_end_policy(base, instruct, mixture.stop_ids);
}

RenamedPieces parse_renamed(const std::vector<std::string>& options) {
  RenamedPieces renamed;
  for (const std::string& option : options) {
    const size_t equals = option.find('=', 1);
    if (equals == std::string::npos || equals + 1 == option.size()) {
      throw UserError(fmt::format(
          "--renamed {}: write BASE=INSTRUCT, the base's token and the "
          "instruct model's",
          option));
    }
    renamed.emplace_back(option.substr(0, equals), option.substr(equals + 1));
  }
  return renamed;
}

// Returns the exit status: the user's mistake if two models may not be mixed.
int inspect(const InspectOptions& options) {
  const RenamedPieces renamed = parse_renamed(options.renamed);
  const ExperimentModel first = open_model(options.first);
  print_model(options.first, first);
  if (options.second.empty()) return 0;
  const ExperimentModel second = open_model(options.second);
  fmt::print("\n");
  print_model(options.second, second);
  fmt::print("\n");
  const Mixture mixture = mixture_of(first, second, renamed);
  print_pair(first, second, mixture);
  return mixture.comparison.difference.empty() ? 0 : 2;
}

}  // namespace

void add_inspect_command(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand(
      "inspect",
      "what a model is; with two, whether they may be mixed and if not, why");
  auto options = std::make_shared<InspectOptions>();
  command
      ->add_option("model",
                   options->first,
                   "a folder, or org/name[@revision] in the Hugging Face cache")
      ->required();
  command->add_option("instruct",
                      options->second,
                      "the instruct half of a mixture with the first as base");
  command
      ->add_option("--renamed",
                   options->renamed,
                   "a token that only its name tells apart: BASE=INSTRUCT, as "
                   "mix.renamed_specials in an experiment")
      ->take_all()
      ->expected(1);
  command->footer(
      "Example: cdx inspect allenai/OLMo-2-1124-7B "
      "allenai/OLMo-2-1124-7B-Instruct");
  command->callback([options, &status] { status = inspect(*options); });
}

}  // namespace cdx
