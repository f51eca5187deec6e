#include "prompts/prompt.h"

#include "util/csv.h"
#include "util/errors.h"
#include "util/files.h"
#include "util/json.h"
#include "util/unicode.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace cdx {
namespace {

// Collects prompts and refuses those that cannot stand together.
class Collector {
 public:
  explicit Collector(const PromptOptions& options) : options_(options) {}

  // The place of line `number`, for messages.
  std::string where(int64_t number) const {
    return fmt::format("{}:{}", options_.file.string(), number);
  }

  // `prompt.id` may be empty: then it is made from the position.
  void add(Prompt prompt, const std::string& where) {
    ++position_;
    if (prompt.id.empty()) prompt.id = fmt::format("p{:04}", position_);
    check_text(prompt.text, options_.text_field, where);
    for (const std::string& reference : prompt.references) {
      check_text(reference, options_.references_field, where);
    }
    if (!ids_.insert(prompt.id).second) {
      throw UserError(fmt::format(
          "{}: the prompt id \"{}\" appears twice", where, prompt.id));
    }
    const bool before_end =
        options_.limit == 0 || position_ - options_.skip <= options_.limit;
    if (position_ > options_.skip && before_end) {
      prompts_.push_back(std::move(prompt));
    }
  }

  std::vector<Prompt> finish() {
    if (prompts_.empty()) {
      throw UserError(
          position_ == 0
              ? fmt::format("{}: there is no prompt in it",
                            options_.file.string())
              : fmt::format("{}: it has {} prompts, and the first {} are to be "
                            "skipped: none is left",
                            options_.file.string(),
                            position_,
                            options_.skip));
    }
    return std::move(prompts_);
  }

 private:
  static void check_text(const std::string& text,
                         const std::string& field,
                         const std::string& where) {
    if (!strip_whitespace(text).empty()) return;
    throw UserError(fmt::format("{}: \"{}\" is empty", where, field));
  }

  const PromptOptions& options_;
  std::vector<Prompt> prompts_;
  std::set<std::string> ids_;
  int64_t position_ = 0;
};

void check_utf8(std::string_view text, const std::string& where) {
  if (!is_utf8(text)) throw UserError(where + ": not valid UTF-8");
}

// Calls `line(text, where)` for each line that is not blank, without a byte
// order mark or the \r of a \r\n.
template <typename F>
void for_each_full_line(const Collector& out,
                        const std::filesystem::path& file,
                        F&& line) {
  for_each_line(file, [&](std::string_view text, int64_t number) {
    std::string where = out.where(number);
    check_utf8(text, where);
    if (number == 1 && text.starts_with("\uFEFF")) text.remove_prefix(3);
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (!strip_whitespace(text).empty()) line(text, where);
  });
}

std::string read_id(const Json& value, const std::string& where) {
  if (value.is_number_integer()) return value.dump();
  if (value.is_string() && !value.get_ref<const std::string&>().empty()) {
    return value.get<std::string>();
  }
  throw UserError(where + ": the id must be a string or an integer");
}

std::vector<std::string> read_references(const Json& object,
                                         const std::string& key,
                                         const std::string& where) {
  std::vector<std::string> references;
  for (const Json& item : json_list(object, key, where)) {
    if (!item.is_string()) {
      throw UserError(
          fmt::format("{}: \"{}\" must be a list of strings", where, key));
    }
    references.push_back(item.get<std::string>());
  }
  return references;
}

Prompt from_json(const Json& object,
                 const PromptOptions& options,
                 const std::string& where) {
  Prompt prompt;
  prompt.text = json_string(object, options.text_field, where);
  for (const auto& [key, value] : object.items()) {
    if (key == options.text_field) continue;
    if (key == options.id_field) {
      prompt.id = read_id(value, where);
    } else if (key == options.references_field) {
      prompt.references = read_references(object, key, where);
    } else if (value.is_string()) {
      prompt.fields[key] = value.get<std::string>();
    }
  }
  return prompt;
}

void read_jsonl(const PromptOptions& options, Collector& out) {
  for_each_full_line(
      out, options.file, [&](std::string_view text, const std::string& where) {
        out.add(from_json(parse_json(text, where), options, where), where);
      });
}

void read_txt(const PromptOptions& options, Collector& out) {
  for_each_full_line(
      out, options.file, [&](std::string_view text, const std::string& where) {
        Prompt prompt;
        prompt.text = text;
        out.add(std::move(prompt), where);
      });
}

void read_table(const PromptOptions& options, Collector& out) {
  check_utf8(read_file(options.file), options.file.string());
  CsvTable table = read_csv(options.file);
  const auto& header = table.header;
  if (std::ranges::count(header, options.text_field) != 1) {
    throw UserError(
        fmt::format("{}: there must be one column \"{}\", and "
                    "there are \"{}\"",
                    options.file.string(),
                    options.text_field,
                    fmt::join(header, "\", \"")));
  }
  for (size_t r = 0; r < table.rows.size(); ++r) {
    auto& row = table.rows[r];
    Prompt prompt;
    for (size_t i = 0; i < header.size(); ++i) {
      if (header[i] == options.text_field) {
        prompt.text = std::move(row[i]);
      } else if (header[i] == options.id_field) {
        prompt.id = std::move(row[i]);
      } else if (header[i] != options.references_field) {
        prompt.fields[header[i]] = std::move(row[i]);
      } else if (!row[i].empty()) {
        prompt.references = {std::move(row[i])};
      }
    }
    out.add(std::move(prompt), out.where(table.lines[r]));
  }
}

}  // namespace

std::vector<Prompt> read_prompts(const PromptOptions& options) {
  if (options.limit < 0 || options.skip < 0) {
    throw UserError(
        fmt::format("{}: skip and limit of prompts must not be negative",
                    options.file.string()));
  }
  Collector out(options);
  std::string kind = options.file.extension().string();
  if (kind == ".jsonl") {
    read_jsonl(options, out);
  } else if (kind == ".txt") {
    read_txt(options, out);
  } else if (kind == ".csv") {
    read_table(options, out);
  } else {
    throw UserError(
        fmt::format("{}: prompts are read from .jsonl, .txt or "
                    ".csv files",
                    options.file.string()));
  }
  return out.finish();
}

}  // namespace cdx
