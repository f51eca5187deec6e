#include "store/token_records.h"

#include "store/example.h"
#include "store/generation_log.h"
#include "support.h"
#include "util/errors.h"
#include "util/files.h"

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace cdx {
namespace {

using namespace std::string_view_literals;
using test::message_of;
using test::TemporaryFolder;
using test::write_text;

using Floats = std::vector<float>;
using Names = std::vector<std::string>;

const Names kColumns = {"log_prob", "entropy", "kept"};
constexpr std::string_view kDescription =
    R"({"dtype":"<f4","columns":["log_prob","entropy","kept"]})"
    "\n";

// A folder with the description and so many bytes of numbers.
struct Files {
  explicit Files(size_t bytes, std::string_view description = kDescription) {
    write_text(folder / "a.tokens.json", description);
    write_text(folder / "a.tokens.f32", std::string(bytes, '\0'));
  }
  TokenRecords read(int64_t row, int64_t n) const {
    return read_token_records(
        folder.path(), {.file = "a.tokens.f32", .row = row}, n);
  }

  TemporaryFolder folder;
};

std::string description_error(std::string_view description) {
  const Files files(12, description);
  const std::string message = message_of<UserError>([&] { files.read(0, 1); });
  const std::string path = (files.folder / "a.tokens.json").string();
  return message.starts_with(path) ? message.substr(path.size()) : message;
}

TEST_CASE("the rows of each story are read back from where they were put") {
  const TemporaryFolder folder;
  const float never = -std::numeric_limits<float>::infinity();
  const std::vector<Floats> stories = {
      {-0.5F, 1.25F, 3, -1e-30F, 0, 50000}, {never, 2, 1}, {1, 2, 3, 4, 5, 6}};
  TokenRecordWriter first(folder / "log", "a-r0", kColumns);
  TokenRecordWriter second(folder / "log", "b-r1", kColumns);
  std::vector<TokenRecordPlace> places;
  for (const Floats& story : stories) places.push_back(first.append(story));
  const TokenRecordPlace elsewhere = second.append({7, 8, 9});
  first.sync();
  second.sync();

  CHECK(places[0].file == "a-r0.tokens.f32");
  CHECK(places[0].row == 0);
  CHECK(places[1].row == 2);
  CHECK(places[2].row == 3);
  CHECK(elsewhere.file == "b-r1.tokens.f32");
  CHECK(elsewhere.row == 0);
  for (const size_t i : {2, 0, 1}) {
    const auto n = static_cast<int64_t>(stories[i].size() / 3);
    const TokenRecords read = read_token_records(folder / "log", places[i], n);
    CHECK(read.columns == kColumns);
    CHECK(read.values == stories[i]);
  }
  CHECK(read_token_records(folder / "log", elsewhere, 1).values ==
        Floats{7, 8, 9});
  CHECK(read_token_records(folder / "log", places[1], 0).values.empty());
}

TEST_CASE("the bytes are rows of little-endian float32, the columns in JSON") {
  const TemporaryFolder folder;
  TokenRecordWriter writer(folder.path(), "a", kColumns);
  writer.append({1, -2.5F, 0.1F});
  writer.append({0, -0.0F, std::numeric_limits<float>::infinity()});
  writer.sync();
  CHECK(read_file(folder / "a.tokens.json") == kDescription);
  // struct.pack('<6f', 1, -2.5, 0.1, 0, -0.0, math.inf)
  CHECK(read_file(folder / "a.tokens.f32") ==
        "\x00\x00\x80\x3f\x00\x00\x20\xc0\xcd\xcc\xcc\x3d"
        "\x00\x00\x00\x00\x00\x00\x00\x80\x00\x00\x80\x7f"sv);
}

TEST_CASE("a number that is none stays none") {
  const TemporaryFolder folder;
  TokenRecordWriter writer(folder.path(), "a", kColumns);
  const TokenRecordPlace place = writer.append({1, std::nanf(""), 3});
  writer.sync();
  const Floats values = read_token_records(folder.path(), place, 1).values;
  CHECK(std::isnan(values.at(1)));
  CHECK(values.at(2) == 3);
}

TEST_CASE("no file is made before the first story") {
  const TemporaryFolder folder;
  TokenRecordWriter writer(folder / "log", "a", kColumns);
  writer.sync();
  CHECK_FALSE(std::filesystem::exists(folder / "log"));
}

TEST_CASE("a writer never appends to another one's file") {
  const TemporaryFolder folder;
  TokenRecordWriter first(folder.path(), "a", kColumns);
  first.append({1, 2, 3});
  TokenRecordWriter second(folder.path(), "a", kColumns);
  CHECK(message_of<WorldError>([&] {
          second.append({4, 5, 6});
        }) == "cannot create " + (folder / "a.tokens.f32").string() +
                  ": File exists");
}

TEST_CASE("tokens lie beside the stories and are taken for none") {
  const TemporaryFolder folder;
  GenerationWriter stories(folder.path(), "a");
  TokenRecordWriter tokens(folder.path(), "a", kColumns);
  GenerationRecord record = test::example_record();
  record.tokens = tokens.append(Floats(record.token_ids.size() * 3, 0.5F));
  stories.append(record);
  tokens.sync();
  stories.sync();
  const Generations read = read_generations(folder.path());
  REQUIRE(read.records.size() == 1);
  CHECK(read.problems.warning().empty());
  CHECK(read_token_records(folder.path(), *read.records[0].tokens, 4)
            .values.size() == 12);
}

TEST_CASE("rows that are not there are said to be missing") {
  const Files files(5 * 12 - 1);  // the last of five rows is torn
  CHECK(files.read(0, 4).values == Floats(12, 0));
  CHECK(files.read(3, 1).values == Floats(3, 0));
  const auto error = [](const Files& some, int64_t row, int64_t n) {
    return message_of<WorldError>([&] { some.read(row, n); });
  };
  const std::string file = (files.folder / "a.tokens.f32").string();
  const std::string missing =
      " cannot be read: the file is missing or too short";
  CHECK(error(files, 3, 2) == file + ": rows 3 to 4" + missing);
  CHECK(error(files, 9, 1) == file + ": rows 9 to 9" + missing);
  const int64_t most = std::numeric_limits<int64_t>::max();
  CHECK(error(files, 0, most) ==
        fmt::format("{}: rows 0 to {}{}", file, most - 1, missing));
  CHECK(message_of<UserError>([&] { files.read(-1, 1); }) ==
        file + ": rows -1 to -1 are no rows of a story");
  std::filesystem::remove(file);
  CHECK(error(files, 0, 1) == file + ": rows 0 to 0" + missing);
}

TEST_CASE("numbers without a description are refused") {
  const Files files(12);
  std::filesystem::remove(files.folder / "a.tokens.json");
  CHECK(message_of<UserError>([&] { files.read(0, 1); }) ==
        "no such file: " + (files.folder / "a.tokens.json").string());
}

TEST_CASE("a description that is none is refused with its file") {
  CHECK(description_error("{\"dtype\":").starts_with(": not valid JSON: "));
  CHECK(description_error(R"({"dtype":"<f8","columns":["a"]})") ==
        ": dtype is not <f4");
  CHECK(description_error(R"({"columns":["a"]})") == ": \"dtype\" is missing");
  CHECK(description_error(R"({"dtype":"<f4"})") == ": \"columns\" is missing");
  CHECK(description_error(R"({"dtype":"<f4","columns":[]})") ==
        ": there are no columns");
  CHECK(description_error(R"({"dtype":"<f4","columns":["a",1]})") ==
        ": columns are no texts");
}

TEST_CASE("a place outside the folder is refused") {
  const TemporaryFolder folder;
  for (const std::string file :
       {"../a.f32", "/etc/passwd", "sub/a.f32", "a/"}) {
    CHECK(message_of<UserError>([&] {
            read_token_records(folder.path(), {.file = file, .row = 0}, 1);
          }) == folder.path().string() + ": '" + file +
                    "' is no file of this folder");
  }
}

}  // namespace
}  // namespace cdx
