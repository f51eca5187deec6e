#include "store/text_files.h"

#include "util/csv.h"
#include "util/errors.h"
#include "util/files.h"
#include "util/json.h"
#include "util/unicode.h"

#include <initializer_list>
#include <set>
#include <string_view>

#include <fmt/format.h>

namespace cdx {
namespace {

namespace fs = std::filesystem;

struct InputFile {
  std::string name;  // of its condition
  fs::path path;
};

std::vector<InputFile> named_files(const TextFileOptions& options) {
  std::vector<InputFile> files;
  std::set<std::string> names;
  for (const std::string& input : options.inputs) {
    const size_t equals = input.find('=');
    const bool has_name =
        equals != std::string::npos && equals > 0 && !fs::exists(input);
    const fs::path path = has_name ? input.substr(equals + 1) : input;
    std::string name =
        has_name ? input.substr(0, equals) : path.stem().string();
    if (options.condition.empty() && !names.insert(name).second) {
      throw UserError(
          fmt::format("two inputs are called '{}': name them, as in --input "
                      "first={}",
                      name,
                      path.string()));
    }
    files.push_back({std::move(name), path});
  }
  return files;
}

std::string fields_of(const Json& line) {
  std::string fields;
  for (const auto& [key, value] : line.items()) {
    fields += (fields.empty() ? "" : ", ") + key;
  }
  return fields;
}

void add_texts(const Json& value,
               const std::string& field,
               const std::string& where,
               std::vector<std::string>& texts) {
  if (value.is_string()) {
    texts.push_back(value.get<std::string>());
  } else if (value.is_array()) {
    for (const Json& item : value) add_texts(item, field, where, texts);
  } else {
    throw UserError(fmt::format(
        "{}: \"{}\" is neither a text nor a list of texts", where, field));
  }
}

// A field of an optional text: "" where it is absent or of another type.
std::string text_if_any(const Json& line, const std::string& field) {
  const auto found = line.find(field);
  return found != line.end() && found->is_string() ? found->get<std::string>()
                                                   : "";
}

class Reader {
 public:
  explicit Reader(const TextFileOptions& options) : options_(options) {
    result_.text = options.text;
    result_.group = options.group;
    result_.condition = options.condition;
  }

  TextFiles read() {
    for (const InputFile& file : named_files(options_)) {
      const size_t before = result_.texts.size();
      file.path.extension() == ".csv" ? read_table(file) : read_lines(file);
      if (result_.texts.size() == before) {
        throw UserError(fmt::format(
            "{}: there is no text in it{}",
            file.path.string(),
            result_.first_bad.empty() ? "" : " (" + result_.first_bad + ")"));
      }
    }
    return std::move(result_);
  }

 private:
  void read_lines(const InputFile& file) {
    for_each_line(file.path, [&](std::string_view text, int64_t number) {
      if (options_.on_line) {
        options_.on_line(static_cast<int64_t>(text.size()) + 1);
      }
      if (strip_whitespace_ascii(text).empty()) return;
      guarded([&] {
        const std::string where =
            fmt::format("{}:{}", file.path.string(), number);
        const Json line = parse_json(text, where);
        if (!line.is_object()) {
          throw UserError(where + ": the line is not a JSON object");
        }
        add(line, file.name, where);
      });
    });
  }

  void read_table(const InputFile& file) {
    CsvRows rows(file.path);
    std::vector<std::string> row;
    int64_t bytes = 0;
    bool is_row = true;
    while (is_row) {
      guarded([&] {
        is_row = rows.next(row);
        if (!is_row) return;
        const std::string where =
            fmt::format("{}:{}", file.path.string(), rows.line());
        add(as_json(rows.header(), row, where), file.name, where);
      });
      if (options_.on_line) options_.on_line(rows.bytes() - bytes);
      bytes = rows.bytes();
    }
  }

  static Json as_json(const std::vector<std::string>& header,
                      std::vector<std::string>& row,
                      const std::string& where) {
    Json line = Json::object();
    for (size_t c = 0; c < header.size(); ++c) {
      if (!is_utf8(row[c])) {
        throw UserError(
            fmt::format("{}: \"{}\" is not UTF-8", where, header[c]));
      }
      line[header[c]] = std::move(row[c]);
    }
    return line;
  }

  static std::string_view strip_whitespace_ascii(std::string_view text) {
    const size_t first = text.find_first_not_of(" \t\r");
    return first == std::string_view::npos ? "" : text.substr(first);
  }

  // A line that cannot be read is an error, or counted.
  template <typename Function>
  void guarded(Function read_one) {
    try {
      read_one();
    } catch (const UserError& error) {
      if (!options_.skip_bad_lines) {
        throw UserError(fmt::format(
            "{} (--skip-bad-lines leaves such lines out)", error.what()));
      }
      if (result_.bad_lines++ == 0) result_.first_bad = error.what();
    }
  }

  void add(const Json& line,
           const std::string& name,
           const std::string& where) {
    find(line,
         where,
         "text",
         {"text", "response", "generations", "resps", "completion", "output"},
         result_.text);
    find(line,
         where,
         "group",
         {"prompt_id", "id", "doc_id", "prompt"},
         result_.group);
    if (!found_condition_) {
      found_condition_ = true;
      if (result_.condition.empty() && line.contains("condition")) {
        result_.condition = "condition";
      }
    }
    const std::string group = json_label(line, result_.group, where);
    const std::string condition =
        result_.condition.empty() ? name
                                  : json_label(line, result_.condition, where);
    std::vector<std::string> texts;
    add_texts(json_at(line, result_.text, where), result_.text, where, texts);
    for (std::string& text : texts) {
      result_.texts.push_back(
          {.condition = condition,
           .prompt_id = group,
           .text = std::move(text),
           .prompt = text_if_any(line, "prompt"),
           .finish_reason = text_if_any(line, "finish_reason")});
    }
  }

  static void find(const Json& line,
                   const std::string& where,
                   const char* option,
                   std::initializer_list<const char*> usual,
                   std::string& field) {
    if (!field.empty()) return;
    for (const char* name : usual) {
      if (!line.contains(name)) continue;
      field = name;
      return;
    }
    throw UserError(
        fmt::format("{}: which field holds the {}? Name it with "
                    "--{}; the line has {}",
                    where,
                    option,
                    option,
                    fields_of(line)));
  }

  const TextFileOptions& options_;
  TextFiles result_;
  bool found_condition_ = false;
};

}  // namespace

TextFiles read_text_files(const TextFileOptions& options) {
  return Reader(options).read();
}

int64_t input_bytes(const TextFileOptions& options) {
  int64_t bytes = 0;
  for (const InputFile& file : named_files(options)) {
    std::error_code unseen;
    const std::uintmax_t size = fs::file_size(file.path, unseen);
    if (!unseen) bytes += static_cast<int64_t>(size);
  }
  return bytes;
}

}  // namespace cdx
