#include "model_input.h"
#include "models.h"
#include "score.h"
#include "scoring.h"
#include "torch_library.h"
#include "util/errors.h"
#include "util/progress.h"
#include "util/stop.h"
#include "util/unicode.h"

#include <algorithm>
#include <limits>
#include <set>

#include <fmt/format.h>

namespace cdx {
namespace {

// \n, \t and \\ as YAML's double quotes read them: shells have no newline that
// is easy to type.
std::string unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : 0;
    if (next != 'n' && next != 't' && next != '\\') {
      out += text[i];
      continue;
    }
    out += next == 'n' ? '\n' : next == 't' ? '\t' : '\\';
    ++i;
  }
  return out;
}

PromptFormat format_of(const ScoreFilesArguments& arguments) {
  PromptFormat format{.chat = !arguments.chat.empty()};
  format.text = unescaped(format.chat ? arguments.chat : arguments.literal);
  if (format.text.empty()) format.text = "{prompt}";
  if (format.text.find("{prompt}") == std::string::npos) {
    throw UserError(fmt::format("{} '{}' does not hold {{prompt}}",
                                format.chat ? "--chat" : "--template",
                                format.text));
  }
  return format;
}

// What the tokenizer puts before every text.
std::vector<int32_t> begin_of_text(const Tokenizer& tokenizer) {
  const std::string any = "a";
  const std::vector<int32_t> bare = tokenizer.encode(any, false);
  const std::vector<int32_t> full = tokenizer.encode(any, true);
  const auto text = std::search(full.begin(),
                                full.end(),  //
                                bare.begin(),
                                bare.end());
  return text == full.end() ? std::vector<int32_t>()
                            : std::vector<int32_t>(full.begin(), text);
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

// True of a file that does not begin as scores of texts do.
bool is_foreign(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return false;
  const std::string_view begin = "{\"input\":";
  std::string start;
  for_each_chunk(file, [&](std::string_view chunk) {
    start +=
        chunk.substr(0, begin.size() - std::min(begin.size(), start.size()));
  });
  return !begin.starts_with(start);
}

class FileScoring {
 public:
  explicit FileScoring(const ScoreFilesArguments& arguments)
      : arguments_(arguments),
        format_(format_of(arguments)),
        model_(open_model(arguments.model)),
        begin_(begin_of_text(*model_.tokenizer)) {
    model_.fact = fact_of(model_.folder, arguments.model);
    if (format_.chat) model_.chat_template = ChatTemplate::load(model_.folder);
    for (const std::filesystem::path& input : arguments_.inputs) read(input);
  }

  bool run() {
    ScoreLog log(arguments_.out);
    check_own(log);
    warn_of_first_tokens();
    std::vector<TextToScore> missing = missing_from(log);
    Progress progress("score",
                      "texts",
                      static_cast<int64_t>(texts_.size()),
                      static_cast<int64_t>(texts_.size() - missing.size()));
    progress.set_rate_unit("tokens");
    if (!missing.empty() && !score_missing(std::move(missing), log, progress)) {
      return false;
    }
    progress.finish();
    print_table(log);
    return true;
  }

 private:
  void read(const std::filesystem::path& input) {
    if (!seen_.insert(input).second) {
      throw UserError(fmt::format("--input names {} twice", input.string()));
    }
    const size_t before = texts_.size();
    for_each_line(input, [&](std::string_view line, int64_t number) {
      if (is_blank(line)) return;
      const std::string where = fmt::format("{}:{}", input.string(), number);
      texts_.push_back(to_score(parse_json(line, where), where));
      texts_.back().head = head_of(input.string(), number);
    });
    if (texts_.size() == before) {
      throw UserError(fmt::format("{}: no line to score", input.string()));
    }
    ends_.push_back(texts_.size());
  }

  TextToScore to_score(const Json& line, const std::string& where) const {
    const std::string text = json_string(line, arguments_.text, where);
    if (text.empty()) {
      throw UserError(
          fmt::format("{}: \"{}\" is empty", where, arguments_.text));
    }
    TextToScore result;
    std::vector<int32_t> ids = arguments_.ids.empty()
                                   ? model_.tokenizer->encode(text, false)
                                   : ids_of(line, where);
    check_known(ids, model_.columns, where);
    result.request = {prompt_of(line, where, ids), std::move(ids)};
    const std::vector<int32_t>& scored = result.request.ids;
    result.has_end_token =
        !scored.empty() && std::find(model_.stop_ids.begin(),
                                     model_.stop_ids.end(),
                                     scored.back()) != model_.stop_ids.end();
    const bool first_is_given = arguments_.prompt.empty() && begin_.empty();
    const size_t given =
        first_is_given
            ? model_.tokenizer->decode(result.request.prompt_ids, true).size()
            : 0;
    result.score = {
        .model = arguments_.model,
        .format = format_name(),
        .retokenised = arguments_.ids.empty(),
        .n_bytes =
            static_cast<int64_t>(text.size() - std::min(given, text.size())),
        .inputs = hash_of({.weights_hash = model_.fact.weights_hash,
                           .tokenizer_hash = model_.fact.tokenizer_hash,
                           .device = device(),
                           .prompt_ids = result.request.prompt_ids,
                           .ids = result.request.ids,
                           .text = text})};
    check_length(result.request, where);
    return result;
  }

  std::string format_name() const {
    if (arguments_.prompt.empty()) return "";
    return format_.chat ? "chat" : "template";
  }

  DeviceOptions device() const { return {.device = arguments_.device}; }

  std::vector<int32_t> ids_of(const Json& line,
                              const std::string& where) const {
    std::vector<int32_t> ids;
    for (const Json& id : json_list(line, arguments_.ids, where)) {
      constexpr int64_t kMax = std::numeric_limits<int32_t>::max();
      if (!id.is_number_integer() || id < 0 || id > kMax) {
        throw UserError(fmt::format("{}: \"{}\" holds {}, which is no token id",
                                    where,
                                    arguments_.ids,
                                    dump_json(id)));
      }
      ids.push_back(id.get<int32_t>());
    }
    return ids;
  }

  // The prompt's ids. Without a prompt field what begins a text, or else its
  // own first token, which leaves `ids`.
  std::vector<int32_t> prompt_of(const Json& line,
                                 const std::string& where,
                                 std::vector<int32_t>& ids) const {
    if (!arguments_.prompt.empty()) {
      const Prompt prompt{.id = where,
                          .text = json_string(line, arguments_.prompt, where)};
      return prompt_input({.role = arguments_.model,
                           .format_name = format_name(),
                           .model = model_,
                           .format = format_},
                          prompt)
          .token_ids;
    }
    const bool begins = ids.size() >= begin_.size() &&
                        std::equal(begin_.begin(), begin_.end(), ids.begin());
    if (!begin_.empty() && !begins) return begin_;
    const auto end =
        ids.begin() + static_cast<std::ptrdiff_t>(std::min(
                          ids.size(), std::max<size_t>(begin_.size(), 1)));
    std::vector<int32_t> prompt(ids.begin(), end);
    ids.erase(ids.begin(), end);
    if (prompt.empty()) {
      throw UserError(fmt::format("{}: the text has no tokens", where));
    }
    return prompt;
  }

  // The engine's own message does not know the line.
  void check_length(const ScoreRequest& request,
                    const std::string& where) const {
    const auto limit =
        static_cast<size_t>(model_.config.max_position_embeddings);
    if (request.prompt_ids.size() + request.ids.size() - 1 <= limit) return;
    throw UserError(fmt::format(
        "{}: {} reads at most {} tokens, but the prompt has {} and the text "
        "{}: shorten one of them, or leave the line out",
        where,
        arguments_.model,
        limit,
        request.prompt_ids.size(),
        request.ids.size()));
  }

  void warn_of_first_tokens() const {
    if (!arguments_.prompt.empty() || !begin_.empty()) return;
    fmt::print(
        stderr,
        "cdx: the tokenizer of {} puts no token before a text: the first "
        "token of each text only conditions and is not scored\n",
        arguments_.model);
  }

  // Never spoils a file that is something else.
  void check_own(const ScoreLog& log) const {
    const std::string out = arguments_.out.string();
    const bool foreign = is_foreign(arguments_.out);
    if (foreign || !log.first_damage().empty()) {
      throw UserError(fmt::format(
          "{}: not written by cdx score, or damaged; give --out another name",
          foreign ? out : log.first_damage()));
    }
    std::map<std::string, std::string> inputs;
    for (const TextToScore& text : texts_) {
      inputs[text.head] = text.score.inputs;
    }
    for (const auto& [head, score] : log.scores()) {
      const auto found = inputs.find(head);
      if (found != inputs.end() && found->second == score.inputs) continue;
      throw UserError(fmt::format(
          "{}: holds scores of other texts, prompts or another model; give "
          "--out another name",
          out));
    }
  }

  std::vector<TextToScore> missing_from(const ScoreLog& log) const {
    std::vector<TextToScore> missing;
    for (const TextToScore& text : texts_) {
      if (!log.scores().contains(text.head)) missing.push_back(text);
    }
    return missing;
  }

  bool score_missing(std::vector<TextToScore> missing,
                     ScoreLog& log,
                     Progress& progress) const {
    const std::unique_ptr<StoryGenerator> generator =
        open_story_generator(arguments_.threads);
    generator->load(arguments_.model, model_.folder, device());
    return score_into({.generator = *generator,
                       .name = arguments_.model,
                       .columns = model_.columns},
                      std::move(missing),
                      log,
                      [&](const Score& score) {
                        progress.advance(arguments_.model, 1, score.n_tokens);
                      });
  }

  void print_table(const ScoreLog& log) const {
    std::vector<ScoreRow> rows;
    size_t i = 0;
    for (size_t file = 0; file < ends_.size(); ++file) {
      ScoreRow row{.what = arguments_.inputs[file].string(),
                   .model = arguments_.model};
      for (; i < ends_[file]; ++i) row.add(log.scores().at(texts_[i].head));
      rows.push_back(std::move(row));
    }
    fmt::print("{}", score_table("input", rows));
  }

  const ScoreFilesArguments& arguments_;
  PromptFormat format_;
  ExperimentModel model_;
  std::vector<int32_t> begin_;
  std::set<std::filesystem::path> seen_;
  std::vector<TextToScore> texts_;  // of all files
  std::vector<size_t> ends_;        // of each file's texts
};

}  // namespace

bool score_files(const ScoreFilesArguments& arguments) {
  install_stop_handlers();
  return FileScoring(arguments).run();
}

}  // namespace cdx
