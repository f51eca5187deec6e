#include "store/score_table.h"

#include "support.h"
#include "util/errors.h"

#include <cmath>

#include <doctest/doctest.h>

namespace cdx {
namespace {

struct Files {
  test::TemporaryFolder folder;

  ScoreTable read(const std::string& name, const std::string& text) const {
    test::write_text(folder / name, text);
    return read_score_table(folder / name);
  }
  std::string error(const std::string& name, const std::string& text) const {
    const std::string message =
        test::message_of<UserError>([&] { read(name, text); });
    const std::string path = (folder / name).string();
    return message.starts_with(path) ? message.substr(path.size()) : message;
  }
};

TEST_CASE("scores are read from JSON lines and from CSV alike") {
  const Files files;
  const ScoreTable lines = files.read(
      "s.jsonl",
      R"({"condition":"a","prompt_id":3,"sample":0,"rm":1.5,"ok":true,"by":"x"})"
      "\n\n"
      R"({"condition":"a","prompt_id":"4","sample":1,"rm":null,"late":2})"
      "\n");
  CHECK(lines.names == std::vector<std::string>{"rm", "ok", "late"});
  CHECK(lines.not_scores == std::vector<std::string>{"by"});
  const std::vector<double>& first = lines.rows.at({"a", "3", 0});
  CHECK(first[0] == 1.5);
  CHECK(first[1] == 1);
  CHECK(std::isnan(first[2]));
  const std::vector<double>& second = lines.rows.at({"a", "4", 1});
  CHECK(std::isnan(second[0]));
  CHECK(second[2] == 2);

  const ScoreTable table = files.read("s.csv",
                                      "prompt_id,sample,condition,rm,note\n"
                                      "007,0,a,-2e-1,fine\n"
                                      "8,1,1.5,,\n");
  CHECK(table.names == std::vector<std::string>{"rm"});
  CHECK(table.not_scores == std::vector<std::string>{"note"});
  CHECK(table.rows.at({"a", "007", 0})[0] == -0.2);
  CHECK(std::isnan(table.rows.at({"1.5", "8", 1})[0]));
}

TEST_CASE("what is no table of scores is refused with file and line") {
  const Files files;
  const std::string row =
      R"({"condition":"a","prompt_id":"p","sample":0,"rm":1})"
      "\n";
  CHECK(files.error("s.jsonl", row + row) ==
        ":2: a second row of condition 'a', prompt 'p', sample 0");
  CHECK(files.error("s.jsonl", R"({"prompt_id":"p","sample":0,"rm":1})") ==
        ":1: \"condition\" is missing");
  CHECK(files.error("s.csv", "condition,prompt_id,sample,rm\na,p,0.5,1\n") ==
        ":2: \"sample\" is not a whole number from 0");
  CHECK(files.error("s.csv", "condition,prompt_id,sample,rm\na,p,0,inf\n") ==
        ":2: \"rm\" is infinite");
  CHECK(files.error("s.csv", "condition,prompt_id,sample,rm\na,p,0,bad\n") ==
        ": there is no column of numbers beside condition, prompt_id and "
        "sample");
}

}  // namespace
}  // namespace cdx
