#include "store/embedding_store.h"

#include "support.h"
#include "util/errors.h"

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using test::TemporaryFolder;

std::vector<float> found(const EmbeddingStore& store, const std::string& hash) {
  const auto row = store.lookup(hash);
  return {row.begin(), row.end()};
}

TEST_CASE("vectors are found again, in this process and the next") {
  const TemporaryFolder folder;
  {
    EmbeddingStore store(folder / "e", 2);
    CHECK(store.lookup("a").empty());
    store.add({"a", "b"}, {1, 2, 3, 4});
    store.add({"b", "c"}, {9, 9, 5, 6});  // b is known: not replaced
    CHECK(found(store, "b") == std::vector<float>{3, 4});
    CHECK(store.size() == 3);
  }
  const EmbeddingStore store(folder / "e", 2);
  CHECK(store.size() == 3);
  CHECK(found(store, "a") == std::vector<float>{1, 2});
  CHECK(found(store, "b") == std::vector<float>{3, 4});
  CHECK(found(store, "c") == std::vector<float>{5, 6});
  CHECK(store.lookup("d").empty());
}

TEST_CASE("nothing new writes nothing") {
  const TemporaryFolder folder;
  EmbeddingStore store(folder.path(), 1);
  store.add({}, {});
  store.add({"a", "a"}, {1, 2});
  store.add({"a"}, {3});
  CHECK(found(store, "a") == std::vector<float>{1});
  CHECK(std::filesystem::exists(folder / "00000.npy"));
  CHECK_FALSE(std::filesystem::exists(folder / "00001.npy"));
}

TEST_CASE("two processes that add at once both keep what they added") {
  const TemporaryFolder folder;
  EmbeddingStore first(folder.path(), 1);
  EmbeddingStore second(folder.path(), 1);
  first.add({"a"}, {1});
  second.add({"b"}, {2});
  const EmbeddingStore store(folder.path(), 1);
  CHECK(found(store, "a") == std::vector<float>{1});
  CHECK(found(store, "b") == std::vector<float>{2});
}

TEST_CASE("vectors whose names were never written do not count") {
  const TemporaryFolder folder;
  EmbeddingStore(folder.path(), 1).add({"a"}, {1});
  std::filesystem::remove(folder / "00000.txt");  // killed in between
  EmbeddingStore store(folder.path(), 1);
  CHECK(store.size() == 0);
  store.add({"b"}, {2});
  CHECK(EmbeddingStore(folder.path(), 1).size() == 1);
}

TEST_CASE("what does not fit is refused") {
  const TemporaryFolder folder;
  EmbeddingStore store(folder.path(), 2);
  CHECK_THROWS_AS(store.add({"a"}, {1, 2, 3}), std::invalid_argument);
  store.add({"a"}, {1, 2});
  CHECK(test::message_of<WorldError>([&] { EmbeddingStore(folder.path(), 3); })
            .find("00000.npy: holds 1 vectors of dimension 2, expected 1 of "
                  "3") != std::string::npos);
  test::write_text(folder / "00000.txt", "a\nb\n");
  CHECK_THROWS_AS(EmbeddingStore(folder.path(), 2), WorldError);
}

}  // namespace
}  // namespace cdx
