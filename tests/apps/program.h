#pragma once

#include <array>
#include <cstdio>
#include <string>

#include <doctest/doctest.h>
#include <sys/wait.h>

// The program as a user runs it.
namespace cdx::test {

struct Result {
  int status = -1;
  std::string out;  // and errors
};

// Runs the shell line "VARIABLES cdx ARGUMENTS".
inline Result cdx(const std::string& arguments,
                  const std::string& variables = "") {
  const std::string line = variables + " " CDX_BINARY " " + arguments + " 2>&1";
  Result result;
  FILE* pipe = popen(line.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4096> chunk;
  for (size_t n = 0; (n = fread(chunk.data(), 1, chunk.size(), pipe)) > 0;) {
    result.out.append(chunk.data(), n);
  }
  const int status = pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return result;
}

}  // namespace cdx::test
