#include "model/hub_cache.h"

#include "support.h"
#include "util/errors.h"

#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using test::write_text;

const std::string kCommit = "0123456789abcdef0123456789abcdef01234567";
const std::string kOther = "0123fedcba9876543210fedcba9876543210fedc";

bool has(const std::string& message, const std::string& part) {
  INFO(message);
  CHECK(message.find(part) != std::string::npos);
  return message.find(part) != std::string::npos;
}

// A cache as huggingface_hub 0.36 lays it out: snapshots of links into blobs.
class Cache {
 public:
  explicit Cache(const std::string& repository = "models--org--name")
      : root_(folder_ / repository) {
    fs::create_directories(root_ / "blobs");
  }

  fs::path snapshot(const std::string& commit) const {
    return root_ / "snapshots" / commit;
  }

  void add_file(const std::string& commit,
                const std::string& name,
                const std::string& text = "{}") {
    const std::string blob = "blob" + std::to_string(blobs_++);
    write_text(root_ / "blobs" / blob, text);
    fs::create_directories(snapshot(commit));
    fs::create_symlink("../../blobs/" + blob, snapshot(commit) / name);
  }

  void add_model(const std::string& commit) {
    add_file(commit, "config.json");
    add_file(commit, "model.safetensors");
  }

  void add_ref(const std::string& name, const std::string& commit) const {
    fs::create_directories((root_ / "refs" / name).parent_path());
    write_text(root_ / "refs" / name, commit);
  }

  fs::path find(const std::string& name) const {
    return find_model_folder(name, folder_.path());
  }
  std::string refusal(const std::string& name) const {
    return test::message_of<UserError>([&] { find(name); });
  }
  std::string damage(const std::string& name) const {
    return test::message_of<WorldError>([&] { find(name); });
  }
  const fs::path& root() const { return root_; }

 private:
  TemporaryFolder folder_;
  fs::path root_;
  int blobs_ = 0;
};

// Sets variables (nullopt: unsets them) for one test.
class Environment {
 public:
  void set(const std::string& name, const std::optional<std::string>& value) {
    const char* old = std::getenv(name.c_str());
    old_.try_emplace(name, old == nullptr ? std::nullopt : std::optional(old));
    apply(name, value);
  }
  ~Environment() {
    for (const auto& [name, value] : old_) apply(name, value);
  }

 private:
  static void apply(const std::string& name,
                    const std::optional<std::string>& value) {
    if (value) {
      setenv(name.c_str(), value->c_str(), 1);
    } else {
      unsetenv(name.c_str());
    }
  }
  std::map<std::string, std::optional<std::string>> old_;
};

}  // namespace

TEST_CASE("a model is found by the ref of its revision, main by default") {
  Cache cache;
  cache.add_model(kCommit);
  cache.add_model(kOther);
  cache.add_ref("main", kCommit);
  cache.add_ref("step1000", kOther + "\n");
  cache.add_ref("refs/pr/1", kOther);
  CHECK(cache.find("org/name") == cache.snapshot(kCommit));
  CHECK(cache.find("org/name@main") == cache.snapshot(kCommit));
  CHECK(cache.find("org/name@step1000") == cache.snapshot(kOther));
  CHECK(cache.find("org/name@refs/pr/1") == cache.snapshot(kOther));
  CHECK(fs::is_regular_file(cache.find("org/name") / "config.json"));
}

TEST_CASE("a commit is found without a ref, also abbreviated") {
  Cache cache;
  cache.add_model(kCommit);
  cache.add_model(kOther);
  CHECK(cache.find("org/name@" + kCommit) == cache.snapshot(kCommit));
  CHECK(cache.find("org/name@01234") == cache.snapshot(kCommit));
  has(cache.refusal("org/name@0123"), "begins several commits");
  has(cache.refusal("org/name@012"), "its revision 012");
  has(cache.refusal("org/name@abcdef"), "its revision abcdef");
}

TEST_CASE("a repository without an organisation is found") {
  Cache cache("models--gpt2");
  cache.add_model(kCommit);
  cache.add_ref("main", kCommit);
  CHECK(cache.find("gpt2") == cache.snapshot(kCommit));
}

TEST_CASE("a folder of that name wins over the cache") {
  Cache cache("models--tests--data");
  cache.add_model(kCommit);
  cache.add_ref("main", kCommit);
  CHECK(cache.find("tests/data") == "tests/data");
}

TEST_CASE("an absent model says how to download it") {
  Cache cache;
  cache.add_model(kCommit);
  cache.add_ref("main", kCommit);
  const std::string absent = cache.refusal("org/name@step7");
  has(absent, "neither a folder of that name nor");
  has(absent, "(there it has main)");
  has(absent,
      "`hf download org/name --revision step7 --include '*.j*' && "
      "hf download org/name --revision step7 --include 'model*.safetensors'`");
  has(absent, "`hf auth login`");
  has(absent, "with the same HF_HOME");
  has(cache.refusal("org/other"), "--revision main");
}

TEST_CASE("an incomplete download names what is missing") {
  Cache cache;
  cache.add_file(kCommit, "config.json");
  cache.add_ref("main", kCommit);
  has(cache.refusal("org/name"), "incomplete: model.safetensors missing: ");
  cache.add_file(kCommit,
                 "model.safetensors.index.json",
                 R"({"weight_map":{"a":"model-1.safetensors",)"
                 R"("b":"model-2.safetensors","c":"model-3.safetensors"}})");
  cache.add_file(kCommit, "model-1.safetensors");
  // Its blob is gone.
  fs::create_symlink("../../blobs/none",
                     cache.snapshot(kCommit) / "model-2.safetensors");
  write_text(cache.root() / "blobs" / "1234.incomplete", "");
  const std::string message = cache.refusal("org/name");
  has(message,
      "incomplete: model-2.safetensors, model-3.safetensors missing (1 "
      "*.incomplete in ");
  has(message, "hf download org/name");
}

TEST_CASE("links that lead round in a circle are an error") {
  Cache cache;
  cache.add_model(kCommit);
  cache.add_ref("main", kCommit);
  const fs::path link = cache.snapshot(kCommit) / "tokenizer.json";
  fs::create_symlink("tokenizer.json", link);
  has(cache.damage("org/name"), "tokenizer.json: symbolic links that lead");
  has(cache.damage(cache.snapshot(kCommit).string()), "round in a circle");
  has(cache.damage(link.string()), "round in a circle");
  fs::create_symlink("b", cache.root() / "a");
  fs::create_symlink("a", cache.root() / "b");
  has(cache.damage((cache.root() / "a").string()), "round in a circle");
}

TEST_CASE("a ref that holds no commit is an error") {
  Cache cache;
  cache.add_model(kCommit);
  for (const std::string& text : {std::string("../../../etc"),
                                  std::string(""),
                                  kCommit.substr(1),
                                  kCommit + kCommit + kCommit}) {
    CAPTURE(text);
    cache.add_ref("main", text);
    has(cache.damage("org/name"), "refs/main: holds no commit");
  }
}

TEST_CASE("a name that cannot be a repository is no way out of the cache") {
  const Cache cache;
  for (const char* name : {"../x",
                           "org/..",
                           "org/name/more",
                           "/org/name",
                           "org/name@",
                           "org/name@../main",
                           "org/name@a b",
                           "org/name@/x",
                           "org/na me",
                           "org--x/name",
                           ""}) {
    CAPTURE(name);
    CHECK_FALSE(is_hub_name(name));
    has(cache.refusal(name), "is no org/name[@revision]");
  }
  CHECK(is_hub_name("allenai/OLMo-2-1124-7B@stage1-step1000-tokens5B"));
  has(cache.refusal("CMakeLists.txt"), "a file, but a model is");
}

TEST_CASE("the cache lies where huggingface_hub has it") {
  Environment environment;
  environment.set("HF_HUB_CACHE", std::nullopt);
  environment.set("HF_HOME", std::nullopt);
  environment.set("XDG_CACHE_HOME", std::nullopt);
  environment.set("HOME", "/home/u");
  CHECK(hub_cache_folder() == "/home/u/.cache/huggingface/hub");
  environment.set("XDG_CACHE_HOME", "/xdg");
  CHECK(hub_cache_folder() == "/xdg/huggingface/hub");
  environment.set("HF_HOME", "~/hf");
  CHECK(hub_cache_folder() == "/home/u/hf/hub");
  environment.set("HF_HUB_CACHE", "/scratch/hub");
  CHECK(hub_cache_folder() == "/scratch/hub");
}

}  // namespace cdx
