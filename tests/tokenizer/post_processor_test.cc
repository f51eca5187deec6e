#include "tokenizer/post_processor.h"

#include "support.h"
#include "util/errors.h"

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Ids = std::vector<int32_t>;

Json token(const char* id) {
  return {{"SpecialToken", {{"id", id}, {"type_id", 0}}}};
}

Json text(const char* id) {
  return {{"Sequence", {{"id", id}, {"type_id", 0}}}};
}

Json with_template(const Json& single) {
  return {{"type", "TemplateProcessing"},
          {"single", single},
          {"special_tokens",
           {{"[CLS]", {{"ids", {101, 7}}}}, {"[SEP]", {{"ids", {102}}}}}}};
}

TEST_CASE("a template sets its ids around the text") {
  auto [before, after] = read_post_processor(
      with_template(
          {token("[CLS]"), text("A"), token("[SEP]"), token("[SEP]")}),
      "f");
  CHECK(before == Ids{101, 7});
  CHECK(after == Ids{102, 102});
}

TEST_CASE("null and ByteLevel add nothing") {
  for (const Json& json : {Json(), Json{{"type", "ByteLevel"}}}) {
    auto [before, after] = read_post_processor(json, "f");
    CHECK(before.empty());
    CHECK(after.empty());
  }
}

TEST_CASE("in a sequence one processor may add ids") {
  Json adds = with_template({token("[SEP]"), text("A")});
  Json byte_level = {{"type", "ByteLevel"}};
  auto read = [](const Json& processors) {
    return read_post_processor(
        {{"type", "Sequence"}, {"processors", processors}}, "f");
  };
  CHECK(read({byte_level, adds, byte_level}).before == Ids{102});
  CHECK(test::message_of<UserError>([&] {
          read({adds, byte_level, adds});
        }) ==
        "f: a sequence of two processors that add tokens is not supported yet");
}

TEST_CASE("BertProcessing and RobertaProcessing set cls and sep around") {
  for (const char* type : {"BertProcessing", "RobertaProcessing"}) {
    Json json = {{"type", type}, {"sep", {"</s>", 2}}, {"cls", {"<s>", 0}}};
    auto [before, after] = read_post_processor(json, "f");
    CHECK(before == Ids{0});
    CHECK(after == Ids{2});
    json["sep"] = {"</s>"};
    CHECK(test::message_of<UserError>([&] {
            read_post_processor(json, "f");
          }) == "f: \"sep\" must be a token and its id");
    json["sep"] = {"</s>", -2};
    CHECK(test::message_of<UserError>([&] {
            read_post_processor(json, "f");
          }) == "f: the special token \"sep\" has no valid id");
  }
}

TEST_CASE("a broken template is refused") {
  auto refusal = [](const Json& json) {
    return test::message_of<UserError>([&] { read_post_processor(json, "f"); });
  };
  CHECK(refusal(with_template(Json::array({token("[CLS]")}))) ==
        "f: a template with 0 texts is not supported yet");
  CHECK(refusal(with_template({text("A"), text("B")})) ==
        "f: a template with 2 texts is not supported yet");
  CHECK(refusal(with_template({token("[X]"), text("A")})) ==
        "f: \"[X]\" is missing");
  Json json = with_template({token("[SEP]"), text("A")});
  json["special_tokens"]["[SEP]"]["ids"] = {-1};
  CHECK(refusal(json) == "f: the special token \"[SEP]\" has no valid id");
}

}  // namespace
}  // namespace cdx
