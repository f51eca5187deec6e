#include "experiment/yaml.h"

#include "support.h"
#include "util/errors.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cdx {
namespace {

std::string error_of(const std::string& text) {
  return test::message_of<UserError>([&] { parse_yaml(text, "x.yaml"); });
}

std::string override_error(const std::string& assignment) {
  YamlNode root = parse_yaml("a: 1\nlist:\n  - {name: p.q, b: 2}\n", "x.yaml");
  return test::message_of<UserError>([&] { apply_override(root, assignment); });
}

TEST_CASE("a node knows its line and whether it was quoted") {
  const YamlNode root =
      parse_yaml("a: 1\n\nb:\n  c: '2'\n  d: [x,\n    y]\n", "x.yaml");
  CHECK(root.find("a")->where == "x.yaml:1");
  CHECK_FALSE(root.find("a")->quoted);
  const YamlNode* b = root.find("b");
  CHECK(b->where == "x.yaml:3");
  CHECK(b->find("c")->where == "x.yaml:4");
  CHECK(b->find("c")->quoted);
  CHECK(b->find("d")->children[1].where == "x.yaml:6");
  CHECK(root.find("absent") == nullptr);
}

TEST_CASE("what yaml-cpp lets pass is refused with its line") {
  CHECK(error_of("a: 1\nb: 2\na: 3\n") ==
        "x.yaml:3: key 'a' is given twice (first: x.yaml:1)");
  CHECK(error_of("a: 1\nb:\n") ==
        "x.yaml:2: key 'b' has no value; write one, or leave the key out for "
        "its default");
  CHECK(error_of("a:\n  - 1\n  - ~\n")
            .starts_with("x.yaml:3: a value is missing"));
  CHECK(error_of("a: 1\n---\nb: 2\n") ==
        "x.yaml: holds 2 YAML documents, expected one");
  CHECK(error_of("# nothing\n") == "x.yaml: there is nothing in it");
  CHECK(error_of("") == "x.yaml: there is nothing in it");
  CHECK(error_of("a: 1\nb: !!int 5\n")
            .starts_with("x.yaml:2: the YAML tag 'tag:yaml.org,2002:int' is "
                         "not supported"));
  CHECK(error_of("a: 1\n? [k]\n: 2\n").find("a key must be a single word") !=
        std::string::npos);
  CHECK(error_of("a: \xff\n") == "x.yaml: not valid UTF-8");
}

TEST_CASE("a syntax error names its line") {
  CHECK(error_of("a: 1\nb: [1, 2\n").starts_with("x.yaml:"));
  CHECK(error_of("a: 1\nb: c: d\n").starts_with("x.yaml:2: not valid YAML: "));
}

TEST_CASE("aliases are followed, but not into a tree of any size") {
  const YamlNode root = parse_yaml("a: &x {t: 0.5}\nb: *x\n", "x.yaml");
  CHECK(root.find("b")->find("t")->scalar == "0.5");

  std::string bomb = "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::vector<std::string> ten(10, fmt::format("*l{}", i - 1));
    bomb += fmt::format("l{0}: &l{0} [{1}]\n", i, fmt::join(ten, ", "));
  }
  CHECK(error_of(bomb).find("too deep or is too large") != std::string::npos);
  CHECK(error_of("a: " + std::string(200, '[') + std::string(200, ']'))
            .find("too deep") != std::string::npos);
}

TEST_CASE("an override replaces, adds, and finds elements by name or index") {
  YamlNode root = parse_yaml(
      "a: {b: 1}\nlist:\n  - {name: p, v: 1}\n  - {name: p.q, v: 2}\n", "f");
  apply_override(root, "a.b=[1, 2]");
  apply_override(root, "a.c.d=x=y");
  apply_override(root, "list.0.v=10");
  apply_override(root, "list.p.q.v=20");
  apply_override(root, "list.p.w=30");
  CHECK(root.find("a")->find("b")->children.size() == 2);
  const YamlNode* d = root.find("a")->find("c")->find("d");
  CHECK(d->scalar == "x=y");
  CHECK(d->where == "--set a.c.d");
  const auto& list = root.find("list")->children;
  CHECK(list[0].find("v")->scalar == "10");
  CHECK(list[0].find("w")->scalar == "30");
  CHECK(list[1].find("v")->scalar == "20");
}

TEST_CASE("an impossible override says what is wrong with it") {
  CHECK(override_error("a") == "--set a: expected key.path=value");
  CHECK(override_error("=3") == "--set =3: expected key.path=value");
  CHECK(override_error("a=") == "--set a: there is nothing in it");
  CHECK(override_error("a=null") == "--set a: there is nothing in it");
  CHECK(override_error("a.b=3") ==
        "--set a.b: there is no 'b' inside a single value");
  CHECK(override_error("list.1.b=3") ==
        "--set list.1.b: the list has no element named '1'; name one of its 1 "
        "elements by its name or its index from 0");
  CHECK(override_error("list.x.b=3")
            .starts_with("--set list.x.b: the list has no element named 'x'"));
  CHECK(override_error("a=[1").starts_with("--set a: not valid YAML: "));
}

}  // namespace
}  // namespace cdx
