#include "metrics/off_prompt.h"

#include "support.h"
#include "util/errors.h"

#include <doctest/doctest.h>

namespace cdx {
namespace {

Rows prompts() {
  Rows rows(3, 2);
  rows << 1, 0, 0, 1, 0, 1;  // the second twice
  return rows;
}

TEST_CASE("a text is off its prompt when another one is nearer") {
  Embeddings texts(3, 2);
  texts << 5.0F, 1.0F, 1.0F, 5.0F, 2.0F, 2.0F;  // the last in the middle
  CHECK(off_prompt(texts, prompts(), 0) == std::vector<double>{0, 1, 0});
  CHECK(off_prompt(texts, prompts(), 1) == std::vector<double>{1, 0, 0});
}

TEST_CASE("off_prompt refuses what it cannot compare") {
  CHECK_THROWS_AS(off_prompt(Embeddings::Ones(1, 3), prompts(), 0), UserError);
  CHECK_THROWS_AS(off_prompt(Embeddings::Ones(1, 2), prompts(), 3), UserError);
  CHECK_THROWS_AS(off_prompt(Embeddings::Zero(1, 2), prompts(), 0), UserError);
  CHECK_THROWS_AS(off_prompt(Embeddings(0, 2), prompts(), 0), UserError);
}

}  // namespace
}  // namespace cdx
